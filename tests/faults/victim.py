"""A whole bot without Discord, run as a process by the fault tests, and killed at a chosen point.

`python -m tests.faults.victim STATE CHAT POINT`: opens the app over STATE with the scripted engine
in its own process, asks for a training and a draw when STATE has none, shows jobs in CHAT (a JSON
file that plays Discord: it outlives us and knows nonces), and leaves with code 0 when everything is
announced. POINT is `NAME:before|after:N`: the process is killed (SIGKILL, no clean-up) before or
after the N-th call of that step; `-` never.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bot.app import App, open_app
from bot.config import Settings
from bot.engine_setup import engine_settings
from bot.services.draws import DrawOrder
from bot.services.jobs import JobView
from bot.services.recording import Recorder
from data.blobs import Blobs
from data.models import OwnerId, Place
from data.repos.checkpoints import CheckpointRepo
from data.repos.datasets import DatasetRepo
from data.repos.jobs import JobRepo
from data.repos.pictures import PictureRepo
from data.repos.rehearsals import RehearsalRepo
from data.repos.states import StateRepo
from engine.client import EngineSettings
from engine.supervisor import ProcessEngine
from tests.services.conftest import drawings

OWNER = OwnerId(4242)
PLACE = Place(guild_id=1, channel_id=2, message_id=None)


class Chat:
    """Messages in a file: post with a nonce, edit, react."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> list[dict[str, Any]]:
        return json.loads(self._path.read_text()) if self._path.exists() else []

    def _write(self, messages: list[dict[str, Any]]) -> None:
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps(messages))
        draft.replace(self._path)

    async def show(self, view: JobView) -> Place | None:
        messages = self.read()
        state = view.job.state.value
        for message in messages:
            if message["nonce"] == view.job.id:
                message["states"].append(state)
                self._write(messages)
                known = view.job.place.message_id == message["id"]
                return None if known else Place(guild_id=1, channel_id=2, message_id=message["id"])
        new = {"id": 1000 + len(messages), "nonce": view.job.id, "states": [state], "seeded": 0}
        self._write([*messages, new])
        return Place(guild_id=1, channel_id=2, message_id=new["id"])

    async def seed_reactions(self, view: JobView) -> None:
        messages = self.read()
        for message in messages:
            if message["nonce"] == view.job.id:
                message["seeded"] += 1
        self._write(messages)

    async def delete(self, channel_id: int, message_id: int) -> None:
        self._write([message for message in self.read() if message["id"] != message_id])


STEPS: dict[str, tuple[type, str]] = {
    "claim": (JobRepo, "claim"),
    "seal": (DatasetRepo, "seal"),
    "create": (JobRepo, "create"),
    "adopt": (Blobs, "adopt"),
    "checkpoint": (CheckpointRepo, "add"),
    "bare": (RehearsalRepo, "keep_bare"),
    "loss": (RehearsalRepo, "note_loss"),
    "forget": (StateRepo, "forget_old"),
    "recorded": (Recorder, "checkpoint"),
    "picture": (PictureRepo, "add"),
    "finish": (JobRepo, "finish"),
    "show": (Chat, "show"),
    "place": (JobRepo, "set_place"),
    "react": (Chat, "seed_reactions"),
    "mark": (JobRepo, "mark_announced"),
}


def arm(point: str) -> None:
    """Put the bomb at its place."""
    if point == "-":
        return
    name, side, number = point.split(":")
    owner, method = STEPS[name]
    original: Callable[..., Awaitable[object]] = getattr(owner, method)
    left = int(number)

    async def fatal(*args: Any, **kwargs: Any) -> object:
        nonlocal left
        left -= 1
        if left == 0 and side == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = await original(*args, **kwargs)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, method, fatal)


def scripted(settings: Settings) -> ProcessEngine:
    """Make the real process with torch-free runners."""
    values = json.loads(engine_settings(settings).to_json()) | {"scripted": True}
    return ProcessEngine(EngineSettings.from_json(json.dumps(values)))


async def ask(app: App) -> None:
    """Want a training and a draw, once: an earlier life may have asked already."""
    jobs = await app.store.jobs.of_owner(OWNER)
    kinds = {job.kind.value for job in jobs}
    if "train" not in kinds:
        draft = next(iter(await app.store.datasets.drafts_of(OWNER)), None)
        if draft is None or len(await app.store.datasets.drawings(draft.id)) < 6:
            report = await app.datasets.add(OWNER, drawings(6, "!slow"), name="ink", guild_id=1)
            draft = report.dataset
        await app.trainings.start(draft.id, owner_id=OWNER, place=PLACE)
    if "draw" not in kinds:
        order = DrawOrder(owner_id=OWNER, prompt="!slow cat", style="none", seed=5, count=3)
        await app.draws.request(await app.draws.plan(order), place=PLACE)


async def live(state: Path, chat: Path, point: str) -> None:
    """Live until everything is announced, or until the bomb goes off."""
    settings = Settings(state_dir=state, train_steps=100)
    async with open_app(settings, engine=scripted(settings)) as app:
        await app.start()
        await app.wait_ready()
        arm(point)
        app.attach(Chat(chat))
        await ask(app)
        for job in await app.store.jobs.of_owner(OWNER):
            await app.jobs.wait(job.id)
            while (await app.store.jobs.get(job.id)).announced_ms is None:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
