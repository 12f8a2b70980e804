"""The window that asks for a series: a prompt on every line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Self, cast

import discord

from bot.i18n import Texts
from bot.services.drawing.series import lines_of
from bot.services.orders import DrawOrder
from bot.tree import report, texts_of
from cogs.ui.change_window import number_in
from cogs.ui.ordering import draw_order
from data.models import OwnerId

_CUSTOM_ID: Final = "oh:series:new"
_LINES_CHARS: Final = 4000
_STYLE_CHARS: Final = 32
_NEGATIVE_CHARS: Final = 1500
_NUMBER_CHARS: Final = 12
_INPUT = discord.ui.TextInput[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What the command said already."""

    lines: tuple[str, ...] = ()
    style: str | None = None
    score: int | None = None
    seed: int | None = None


class SeriesWindow(discord.ui.Modal):
    """Holds everything of the order itself; made again when it is sent in, like all windows."""

    def __init__(self, texts: Texts, typed: Typed | None = None) -> None:
        super().__init__(title=texts.say("series.title"), custom_id=_CUSTOM_ID)
        # See DrawingsModal: `receive` answers, not discord.py.
        self.stop()
        known = typed or Typed()
        self._lines = _input("lines", "\n".join(known.lines), _LINES_CHARS, paragraph=True)
        self._style = _input("style", known.style, _STYLE_CHARS)
        self._score = _input("score", known.score, _NUMBER_CHARS)
        self._seed = _input("seed", known.seed, _NUMBER_CHARS)
        self._negative = _input("negative", None, _NEGATIVE_CHARS)
        for part in (self._lines, self._style, self._score, self._seed, self._negative):
            label: discord.ui.Label[Any] = discord.ui.Label(
                text=texts.say(f"series.ask_{part.custom_id}"),
                description=texts.say(f"series.hint_{part.custom_id}"),
                component=part,
            )
            self.add_item(label)

    @classmethod
    def sent_in(cls, interaction: discord.Interaction[Any]) -> Self | None:
        """Make the window again that was sent in; None when it is another one."""
        data = cast("dict[str, Any]", interaction.data)
        return cls(texts_of(interaction)) if data["custom_id"] == _CUSTOM_ID else None

    async def receive(self, interaction: discord.Interaction[Any]) -> None:
        """Read what was put into the window, and do what `on_submit` says."""
        data = cast("dict[str, Any]", interaction.data)
        await self._dispatch_submit(interaction, data["components"], data.get("resolved") or {})

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Draw the lines."""
        lines = lines_of(self._lines.value)
        order = DrawOrder(
            owner_id=OwnerId(interaction.user.id),
            prompt=lines[0],
            lines=lines,
            guild_id=interaction.guild_id,
            channel_id=interaction.channel_id,
            style=self._style.value.strip() or None,
            score=number_in(self._score, "score", int),
            seed=number_in(self._seed, "seed", int),
            negative=self._negative.value.strip() or None,
            locale=interaction.locale.value,
        )
        await draw_order(interaction, order)

    async def on_error(self, interaction: discord.Interaction[Any], error: Exception, /) -> None:
        """Report like a command's error."""
        await report(interaction, error)


def _input(name: str, value: object, most: int, *, paragraph: bool = False) -> _INPUT:
    style = discord.TextStyle.paragraph if paragraph else discord.TextStyle.short
    return discord.ui.TextInput(
        custom_id=name,
        style=style,
        default=None if value is None or value == "" else str(value),
        max_length=most,
        required=paragraph,
    )
