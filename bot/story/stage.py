"""The story's stage: people do things, and what the bot shows is kept and looked at."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import discord
from simcord.results import InteractionResult

from bot.i18n import Texts
from bot.playground.world import World
from bot.services.votes import VOTE_EMOJI
from bot.story.checks import Checks
from bot.story.reading import Upload, fill, walk, words_of
from bot.story.transcript import Transcript

DRAW_S: Final = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One finished `/draw`."""

    who: str
    prompt: str
    score: int | None
    style: str | None
    seed: int | None
    message_id: int
    files: tuple[Path, ...]
    seconds: float


@dataclass(slots=True, kw_only=True)
class Stage:
    """Everything the acts use."""

    world: World
    transcript: Transcript
    checks: Checks
    out: Path
    #: to the person at the terminal
    tell: Callable[[str], None]
    drawn: list[Drawn] = field(default_factory=list[Drawn])
    seconds: dict[str, float] = field(default_factory=dict[str, float])

    @property
    def texts(self) -> Texts:
        """What the bot says, in everybody's language."""
        return self.world.texts

    async def command(self, who: str, name: str, /, **options: Any) -> InteractionResult:
        """Type a slash command."""
        typed = " ".join(f"{key}:{value}" for key, value in options.items())
        self.transcript.did(who, f"/{name} {typed}".strip())
        async with self.world.turn():
            member = self.world.members[who]
            return await member.slash(self.world.channel, name, **options)

    async def press(self, who: str, message: discord.Message, key: str) -> InteractionResult:
        """Press the button that is labelled with this sentence of the catalogue."""
        label = self.texts.say(key)
        self.transcript.did(who, self.texts.say("story.presses", label=label))
        async with self.world.turn():
            return await self.world.members[who].click(message, label=label)

    async def press_id(
        self, who: str, message: discord.Message, custom_id: str
    ) -> InteractionResult:
        """Press the button with this id, where several have the same label."""
        parts = walk(item.to_dict() for item in message.components)
        label = next(str(part["label"]) for part in parts if part.get("custom_id") == custom_id)
        self.transcript.did(who, self.texts.say("story.presses", label=label))
        async with self.world.turn():
            return await self.world.members[who].click(message, custom_id=custom_id)

    async def submit(
        self, who: str, window: InteractionResult, uploads: Sequence[Upload], text: str | None
    ) -> discord.Message:
        """Fill a window with files, send it, and return the card that answers."""
        if window.modal is None:
            raise LookupError("no window opened")
        values = fill(window.modal, uploads, text)
        self.transcript.did(who, self.texts.say("story.drops_in", count=len(uploads)))
        async with self.world.turn():
            answer = await self.world.members[who].submit_modal(window, values)
        return self.answer(who, answer)

    def answer(
        self, who: str, result: InteractionResult, *, on: discord.Message | None = None
    ) -> discord.Message:
        """Return what the bot answered, or what became of the message `on` that was pressed.

        Keeps it in the transcript.
        """
        answers = [*result.followups] or ([result.response] if result.response else [])
        if answers:
            message = answers[-1].message
        elif on is not None:
            message = self.world.message(on.id)
        else:
            raise LookupError(f"no answer: {result}")
        self.transcript.shown(message, only_for=who if message.flags.ephemeral else "")
        return message

    async def press_on(self, who: str, message: discord.Message, key: str) -> discord.Message:
        """Press a button and return the answer."""
        return self.answer(who, await self.press(who, message, key), on=message)

    async def react(self, who: str, message_id: int, number: int) -> None:
        """React with a number."""
        emoji = VOTE_EMOJI[number - 1]
        self.transcript.told(self.texts.say("story.reacts", person=who, emoji=emoji))
        async with self.world.turn():
            message = self.world.message(message_id)
            await self.world.members[who].react(message, emoji)

    def counted(self, message_id: int) -> None:
        """Say how many reacted with what by now."""
        reactions = self.world.message(message_id).reactions
        counts = " · ".join(f"{item.emoji} {item.count}" for item in reactions)
        self.transcript.told(self.texts.say("story.counted", counts=counts))

    async def draw(self, who: str, prompt: str, *, count: int = 1, **options: Any) -> Drawn:
        """Type `/draw`, wait for the pictures, and keep them as files."""
        began = time.perf_counter()
        result = await self.command(who, "draw", prompt=prompt, count=count, **options)
        if result.response is None:
            raise LookupError(f"/draw was not answered: {result}")
        message = await self.pictures(result.response.id, count)
        return await self._keep(who, prompt, message, time.perf_counter() - began, options)

    async def pictures(self, message_id: int, count: int) -> discord.Message:
        """Wait until a message shows so many pictures and asks for votes on them."""

        def ready() -> discord.Message | None:
            message = self.world.message(message_id)
            self._stop_on_failure(message)
            return message if len(self.world.offered(message_id)) == count else None

        message = await self.world.until(ready, wait_s=DRAW_S, what=f"{count} pictures")
        self.transcript.shown(message)
        return message

    async def until_words(self, message_id: int, words: str, *, wait_s: float) -> discord.Message:
        """Wait until a message says these words."""

        def ready() -> discord.Message | None:
            message = self.world.message(message_id)
            self._stop_on_failure(message)
            return message if words in words_of(message) else None

        return await self.world.until(ready, wait_s=wait_s, what=f"“{words}”")

    def _stop_on_failure(self, message: discord.Message) -> None:
        for key in ("draw.failed", "train.failed"):
            if self.texts.say(key, reason="").strip() in words_of(message):
                raise LookupError(words_of(message))

    async def _keep(
        self, who: str, prompt: str, message: discord.Message, took: float, options: dict[str, Any]
    ) -> Drawn:
        folder = self.out / "pictures"
        slug = re.sub(r"[^a-z0-9]+", "-", prompt.lower()).strip("-")[:40].strip("-")
        files: list[Path] = []
        for number, item in enumerate(message.attachments, 1):
            name = f"{len(self.drawn) + 1:02}-{who.lower()}-{slug}-{number}"
            path = folder / f"{name}{Path(item.filename).suffix}"
            path.write_bytes(await item.read())
            self.tell(f"  {path}")
            files.append(path)
        drawn = Drawn(
            who=who,
            prompt=prompt,
            score=options.get("score"),
            style=options.get("style"),
            seed=options.get("seed"),
            message_id=message.id,
            files=tuple(files),
            seconds=round(took, 2),
        )
        self.drawn.append(drawn)
        return drawn
