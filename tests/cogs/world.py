"""A server with people in it, and short ways to say what they do and see."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import discord
import pytest
import simcord.interactions
from PIL import Image, ImageDraw
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, GuildHandle
from simcord.env import Env
from simcord.results import InteractionResult, ResponseMessage

from bot.app import App
from bot.services.jobs import JobView
from data.choices import RecipeChoice
from data.models import JobId, OwnerId
from engine.fake import FakeEngine

File = tuple[str, bytes]
_PATIENCE_S = 20.0


@dataclass
class World:
    env: Env
    app: App
    engine: FakeEngine
    incidents_expected: int = 0
    people: dict[str, MemberActor] = field(default_factory=dict[str, MemberActor])

    def __post_init__(self) -> None:
        self.guild: GuildHandle = self.env.create_guild()
        self.channel: ChannelHandle = self.guild.create_text_channel("art")

    def member(self, name: str) -> MemberActor:
        if name not in self.people:
            self.people[name] = self.guild.add_member(self.env.create_user(name))
        return self.people[name]

    def host(self) -> MemberActor:
        """Add somebody who manages channels."""
        may = discord.Permissions(manage_channels=True, view_channel=True)
        role = self.guild.create_role("Hosts", permissions=may)
        return self.guild.add_member(self.env.create_user("host"), roles=[role])

    def manager(self) -> MemberActor:
        """Add somebody who manages the server."""
        may = discord.Permissions(manage_guild=True, view_channel=True)
        role = self.guild.create_role("Managers", permissions=may)
        return self.guild.add_member(self.env.create_user("manager"), roles=[role])

    def owner_id(self, name: str) -> OwnerId:
        return OwnerId(self.member(name).id)

    async def eventually(self, check: Callable[[], object]) -> Any:
        """Wait until `check` is true: the outbox shows things by itself, in real time."""
        deadline = time.monotonic() + _PATIENCE_S
        while not (found := check()):
            assert time.monotonic() < deadline, f"it never came: {self.env.transcript()[-3000:]}"
            await asyncio.sleep(0.02)
        return found

    # --- messages -----------------------------------------------------------------------------

    def messages(self, channel: ChannelHandle | None = None) -> list[discord.Message]:
        """List what was written; SimCord announces private threads as if they were public."""
        return [
            message
            for message in (channel or self.channel).history()
            if message.type is not discord.MessageType.thread_created
        ]

    def message_of(self, job_id: str, channel: ChannelHandle | None = None) -> discord.Message:
        """Find the one message that shows a job; two would be a fault."""
        view_id = [m for m in self.messages(channel) if job_id in str(custom_ids(m))]
        assert len(view_id) == 1, [text_of(m) for m in self.messages(channel)]
        return view_id[0]

    async def shown(self, job_id: str, *words: str) -> discord.Message:
        """Wait until the job's message says all `words`."""

        def look() -> discord.Message | None:
            for message in self.messages():
                text = text_of(message)
                if job_id in str(custom_ids(message)) + text and all(w in text for w in words):
                    return message
            return None

        return await self.eventually(look)

    # --- acts ---------------------------------------------------------------------------------

    async def draw(self, name: str, prompt: str, **options: Any) -> InteractionResult:
        return await self.member(name).slash(self.channel, "draw", prompt=prompt, **options)

    async def drawn(self, name: str, prompt: str, **options: Any) -> tuple[JobId, discord.Message]:
        """Order pictures and wait until they are shown with the reactions to vote by."""
        before = {view.job.id for view in await self.jobs()}
        result = await self.draw(name, prompt, **options)
        assert result.response is not None, result
        assert not result.ephemeral, text_of(result.response)
        message_id = result.response.id
        [job_id] = [v.job.id for v in await self.jobs() if v.job.id not in before]
        done = await self.app.jobs.wait(job_id)
        count = len(done.pictures)
        return job_id, await self.eventually(
            lambda: next(
                (
                    m
                    for m in self.messages()
                    if m.id == message_id and len(m.reactions) == count and count
                ),
                None,
            )
        )

    async def panel(self, name: str, message: discord.Message, label: str) -> InteractionResult:
        """Open the panel of a message with pictures, and press one of its buttons."""
        opened = await self.member(name).click(message, label="⋯")
        return await self.member(name).click(last_answer(opened), label=label)

    async def jobs(self) -> list[JobView]:
        """List all jobs ever, oldest first."""
        rows = await self.app.db.read().fetch_all("SELECT id FROM jobs ORDER BY created_ms, rowid")
        return [await self.app.jobs.view(JobId(row["id"])) for row in rows]

    async def last_job(self) -> JobView:
        return (await self.jobs())[-1]

    async def hand_over(
        self, name: str, files: Sequence[File], *, style: str = "ink", words: str = "1girl"
    ) -> InteractionResult:
        """Open the window of `/train`, and put files into its uploads, ten each."""
        opened = await self.member(name).slash(self.channel, "train")
        return await self.member(name).submit_modal(
            opened, {"name": style, "words": words, **uploads(files)}
        )

    async def add_more(
        self, name: str, card: ResponseMessage, files: Sequence[File]
    ) -> InteractionResult:
        opened = await self.member(name).click(card, label="Add more")
        return await self.member(name).submit_modal(opened, uploads(files))

    async def trained(self, name: str, style: str = "ink", *, count: int = 6) -> JobId:
        """Train a style in the open with five checkpoints, and wait for its end."""
        result = await self.hand_over(name, pngs(count), style=style)
        assert result.response is not None
        [draft] = await self.app.store.datasets.drafts_of(self.owner_id(name))
        five = RecipeChoice(recipe="own", changes="checkpoints=5")
        await self.app.recipes.choose(draft.id, draft.owner_id, five)
        await self.member(name).click(result.response, label="Start")
        await self.member(name).click(result.response, label="Train in the open")
        job = (await self.last_job()).job
        await self.app.jobs.wait(job.id)
        await self.shown(job.id, "is ready")
        return job.id


async def votes_of(world: World, job_id: str) -> list[int]:
    rows = await world.app.db.read().fetch_all(
        "SELECT p.ordinal, coalesce(sum(v.weight), 0) AS votes FROM pictures p "
        "LEFT JOIN votes v ON v.picture_id = p.id WHERE p.job_id = ? GROUP BY p.id "
        "ORDER BY p.ordinal",
        (job_id,),
    )
    return [row["votes"] for row in rows]


def uploads(files: Sequence[File]) -> dict[str, list[File]]:
    parts = [list(files[first : first + 10]) for first in range(0, len(files), 10)]
    return {f"files{number}": part for number, part in enumerate(parts, 1)}


def png(seed: int, size: tuple[int, int] = (96, 80)) -> bytes:
    """Draw a small picture that differs for every seed."""
    picture = Image.new("RGB", size, (seed % 256, seed * 7 % 256, seed * 13 % 256))
    ImageDraw.Draw(picture).line((0, seed % size[1], size[0], size[1] // 2), fill="black", width=3)
    out = io.BytesIO()
    picture.save(out, format="PNG")
    return out.getvalue()


def pngs(count: int, first: int = 0) -> list[File]:
    return [(f"d{number:02}.png", png(number)) for number in range(first, first + count)]


def walk(components: Sequence[Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for component in components:
        node = component if isinstance(component, dict) else component.to_dict()
        found.append(node)
        found += walk(node.get("components") or [])
        if node.get("component"):
            found += walk([node["component"]])
    return found


def text_of(message: discord.Message | ResponseMessage) -> str:
    """Read everything that a message says."""
    shown = [str(node["content"]) for node in walk(message.components) if "content" in node]
    return "\n".join([message.content, *shown])


def said_to(result: InteractionResult) -> str:
    """Read everything that one act was answered with."""
    answers = [result.response, *result.followups]
    return "\n".join(text_of(answer) for answer in answers if answer is not None)


def last_answer(result: InteractionResult) -> ResponseMessage:
    """Return what one act was answered with in the end."""
    answer = (result.followups or [result.response])[-1]
    assert answer is not None, result
    return answer


def with_limit(monkeypatch: pytest.MonkeyPatch, size_bytes: int) -> None:
    """Let Discord take no larger files; SimCord knows one limit only."""
    change_payloads(monkeypatch, attachment_size_limit=size_bytes)


def change_payloads(monkeypatch: pytest.MonkeyPatch, **changes: object) -> None:
    """Change what Discord says with every interaction from now on."""
    original = simcord.interactions.base_payload

    def changed(*args: Any, **kwargs: Any) -> tuple[object, dict[str, Any]]:
        record, payload = original(*args, **kwargs)
        return record, {**payload, **changes}

    monkeypatch.setattr(simcord.interactions, "base_payload", changed)


def custom_ids(message: discord.Message | ResponseMessage) -> list[str]:
    return [str(node["custom_id"]) for node in walk(message.components) if "custom_id" in node]


def labels(message: discord.Message | ResponseMessage) -> list[str]:
    return [str(n["label"]) for n in walk(message.components) if n.get("label")]


def is_disabled(message: discord.Message | ResponseMessage, label: str) -> bool:
    [found] = [n for n in walk(message.components) if n.get("label") == label]
    return bool(found.get("disabled"))


def picture(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB")
