"""The window that asks for a series: a prompt on every line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Self

import discord

from bot.i18n import Texts
from bot.services.drawing.series import lines_of
from bot.services.orders import DrawOrder
from cogs.ui.change_window import number_in
from cogs.ui.ordering import draw_order
from cogs.ui.window import Window
from data.models import OwnerId

_LINES_CHARS: Final = 4000
_STYLE_CHARS: Final = 32
_NEGATIVE_CHARS: Final = 1500
_NUMBER_CHARS: Final = 12
_COVERED: Final = "spoiler"
_INPUT = discord.ui.TextInput[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What the command said already."""

    lines: tuple[str, ...] = ()
    style: str | None = None
    score: int | None = None
    seed: int | None = None
    spoiler: bool = False


class SeriesWindow(Window):
    """Holds everything of the order itself; made again when it is sent in, like all windows.

    No field is left to ask for a spoiler: that the command said, and the window's id keeps it.
    """

    verb = "series"

    def __init__(self, texts: Texts, typed: Typed | None = None) -> None:
        known = typed or Typed()
        target = _COVERED if known.spoiler else "new"
        super().__init__(texts, target, texts.say("series.title"))
        self._lines = _input("lines", "\n".join(known.lines), _LINES_CHARS, paragraph=True)
        self._style = _input("style", known.style, _STYLE_CHARS)
        self._score = _input("score", known.score, _NUMBER_CHARS)
        self._seed = _input("seed", known.seed, _NUMBER_CHARS)
        self._negative = _input("negative", None, _NEGATIVE_CHARS)
        for part in (self._lines, self._style, self._score, self._seed, self._negative):
            self.ask(f"series.ask_{part.custom_id}", f"series.hint_{part.custom_id}", part)

    @classmethod
    def again(cls, texts: Texts, target: str) -> Self:
        """Make the window that was sent in."""
        return cls(texts, Typed(spoiler=target == _COVERED))

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
            spoiler=self.target == _COVERED,
            locale=interaction.locale.value,
        )
        await draw_order(interaction, order)


def _input(name: str, value: object, most: int, *, paragraph: bool = False) -> _INPUT:
    style = discord.TextStyle.paragraph if paragraph else discord.TextStyle.short
    return discord.ui.TextInput(
        custom_id=name,
        style=style,
        default=None if value is None or value == "" else str(value),
        max_length=most,
        required=paragraph,
    )
