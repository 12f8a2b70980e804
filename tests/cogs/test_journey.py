"""Foreign LoRAs come in, two are stacked, every button is pressed, also after a restart.

All of it is real but Discord: the engine's process, the built-in base, files and database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import discord
import numpy as np
import pytest
from simcord.results import InteractionResult, ResponseMessage

from bot.app import App
from bot.clock import RealClock
from bot.config import Settings
from bot.engine_setup import process_engine
from cogs.ui.tasks import draw_task
from data.models import JobId, JobState
from engine.fake import FakeEngine
from tests.cogs.reopening import Doors
from tests.cogs.world import World, custom_ids, last_answer, said_to, text_of
from tests.engine.lora.foreign_files import write
from tests.engine.lora.malformed import KEYS, LAYER, TEXT, WIDE, good

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

#: buttons whose answer is a new draw
DRAWING = ("again", "exact", "larger", "subtle", "strong")
MIRA, COUNT = "Mira's ink", 2


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "state", engine_threads=1)


@pytest.fixture
def engine() -> FakeEngine:
    """None of it is faked here."""
    return cast("FakeEngine", None)


@pytest.fixture
def moderators(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let reports arrive: SimCord's servers have no community channels."""
    channel = world.guild.create_text_channel("moderators")
    monkeypatch.setattr(
        discord.Guild,
        "safety_alerts_channel",
        property(lambda guild: guild.get_channel(channel.id)),
    )


@pytest.fixture
def doors(settings: Settings) -> Doors:
    return Doors(settings, lambda: process_engine(settings), RealClock)


@pytest.fixture
async def app(doors: Doors) -> AsyncIterator[App]:
    yield await doors.open()
    await doors.close()


def lora(path: Path, layer: str, into: int, seed: int) -> tuple[str, bytes]:
    numbers = np.random.default_rng(seed)
    tensors = {
        name: value if value.ndim == 0 else numbers.normal(0, 0.05, value.shape).astype(np.float16)
        for name, value in good(layer, WIDE, into).items()
    }
    told = {"modelspec.title": path.stem, "modelspec.trigger_phrase": path.stem.lower()}
    return path.name, write(path, tensors, told).read_bytes()


class Presser:
    """Presses buttons as ana does, and holds each to exactly one answer."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.pressed: list[str] = []

    async def press(
        self, message: discord.Message | ResponseMessage, custom_id: str
    ) -> InteractionResult:
        jobs = {view.job.id for view in await self.world.jobs()}
        result = await self.world.member("ana").click(message, custom_id=custom_id)
        verb = custom_id.split(":")[1]
        self.pressed.append(verb)
        if verb in ("change", "report"):
            result = await self._fill_in(result, verb)
        answers = [one for one in (result.response, *result.followups) if one is not None]
        assert len(answers) == 1, (verb, said_to(result))
        new = [view.job.id for view in await self.world.jobs() if view.job.id not in jobs]
        assert len(new) == (verb in (*DRAWING, "change")), (verb, said_to(result))
        for job_id in new:
            await self.drawn(job_id)
        return result

    async def drawn(self, job_id: JobId) -> discord.Message:
        """Wait for a draw's pictures, in the one message that it has."""
        view = await self.world.app.jobs.wait(job_id)
        assert view.job.state is JobState.DONE, view.job.error_key
        count = len(view.pictures)
        await self.world.eventually(
            lambda: len(self.world.message_of(job_id).reactions) == count > 0
        )
        message = self.world.message_of(job_id)
        assert len(message.attachments) == count
        assert len(draw_task(view).recipes[0].adapters) == 2
        return message

    async def press_all(self, job_id: JobId, *, old: ResponseMessage | None) -> ResponseMessage:
        """Press what is under a draw's message and in its panel; one of an `old` panel too."""
        message = self.world.message_of(job_id)
        for custom_id in custom_ids(message):
            if "panel" not in custom_id:
                await self.press(message, custom_id)
        [opening] = [one for one in custom_ids(message) if "panel" in one]
        panel = last_answer(await self.press(message, opening))
        for shown in filter(None, (old, panel)):
            for custom_id in custom_ids(shown):
                if "delete" not in custom_id:
                    await self.press(shown, custom_id)
        return panel

    async def _fill_in(self, window: InteractionResult, verb: str) -> InteractionResult:
        typed: dict[str, Any] = {"prompt": "cat, house"} if verb == "change" else {"reason": "rude"}
        return await self.world.member("ana").submit_modal(window, typed)


@pytest.mark.usefixtures("moderators")
async def test_everything_can_be_pressed_before_and_after_a_restart(
    world: World, doors: Doors, tmp_path: Path
) -> None:
    ana, presser = world.member("ana"), Presser(world)
    for number, (name, layer, into) in enumerate(((MIRA, LAYER, WIDE), ("Fog", KEYS, TEXT))):
        file = lora(tmp_path / f"{name}.safetensors", layer, into, number)
        said = said_to(await ana.slash(world.channel, "style import", file=file))
        assert f"**{name}** is imported" in said
    ordered = await world.draw(
        "ana", "1girl, cat steps:3", style=MIRA, **{"with": "Fog:0.6"}, score=7, seed=5, count=COUNT
    )
    assert ordered.response is not None
    job_id = (await world.last_job()).job.id
    message = await presser.drawn(job_id)
    assert "score 7" in text_of(message)
    panel = await presser.press_all(job_id, old=None)

    await doors.restart(world)
    fresh = await presser.press_all(job_id, old=panel)
    [delete] = [one for one in custom_ids(fresh) if "delete" in one]
    await presser.press(fresh, delete)
    assert job_id not in str([custom_ids(one) for one in world.messages()])
    assert {*DRAWING, "panel", "change", "recipe", "report", "delete"} == set(presser.pressed)
