"""The story as it can be read afterwards: what people did, and each message as it was then."""

from __future__ import annotations

import html
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import discord

from bot.playground.world import BOT, World
from bot.story import sheet
from bot.story.bubbles import Bubble, data_uri
from bot.story.markup import Markup

FACE_SIDE: Final = 80


@dataclass(slots=True, kw_only=True)
class Transcript:
    """Collects moments; a message that is edited later stays here as it was."""

    world: World
    began_s: float | None = None
    entries: list[str] = field(default_factory=list[str])

    def scene(self, title: str) -> None:
        """Begin a scene; the first one starts the clock."""
        self.began_s = self.began_s or time.perf_counter()
        self.entries.append(sheet.scene(title))

    def told(self, text: str) -> None:
        """Say something as the narrator."""
        self.entries.append(sheet.told(text))

    def did(self, member: str, what: str) -> None:
        """Note what a member typed or pressed."""
        body = f'<p class="did">{html.escape(what)}</p>'
        self.entries.append(sheet.message(member, self._when(), body, face=self._face(member)))

    def shown(self, message: discord.Message, *, only_for: str = "") -> None:
        """Keep a message of the bot as it looks now."""
        markup = Markup(
            texts=self.world.texts,
            name_of=self.world.name_of,
            now_s=self.world.env.now().timestamp(),
        )
        bubble = Bubble.of(message, markup, self.world.env.backend.cdn.get)
        body = bubble.html(message)
        hidden = self.world.texts.say("story.only_for", person=only_for) if only_for else ""
        self.entries.append(
            sheet.message(BOT, self._when(), body, face=self._face(BOT), bot=True, hidden=hidden)
        )

    def write(self, path: Path) -> None:
        """Write the file."""
        path.write_text(sheet.page(self.world.texts, "\n".join(self.entries)), encoding="utf-8")

    def _face(self, name: str) -> str:
        data = self.world.faces.get(name)
        return data_uri(data, FACE_SIDE) if data else ""

    def _when(self) -> str:
        minutes, seconds = divmod(int(time.perf_counter() - (self.began_s or 0)), 60)
        return f"{minutes}:{seconds:02}"
