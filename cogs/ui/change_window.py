"""The window in which an order is changed and drawn again."""

from __future__ import annotations

import dataclasses
import re
from typing import Any, Final, Self, TypeVar, cast

import discord

from bot.errors import UserError
from bot.i18n import Texts
from bot.services.draws import MAX_PROMPT_CHARS
from bot.services.orders import DrawOrder
from bot.tree import report, texts_of
from cogs.ui.buttons import BotInteraction, CardButton
from cogs.ui.ordering import draw_order
from data.models import JobId, OwnerId

_CUSTOM_ID: Final = re.compile(r"oh:change:(?P<job>[0-9a-z]{1,24})")
_NUMBER_CHARS: Final = 12
_LABELS: Final = {
    "prompt": ("change.prompt", "change.prompt_hint"),
    "negative": ("change.negative", "change.negative_hint"),
    "score": ("change.score", "change.score_hint"),
    "seed": ("change.seed", "change.seed_hint"),
    "change": ("change.change", "change.change_hint"),
}
_INPUT = discord.ui.TextInput[Any]
_Number = TypeVar("_Number", int, float)


class ChangeButton(CardButton, verb="change"):
    """Open the window with what was ordered."""

    async def press(self, interaction: BotInteraction) -> None:
        """Show it to whoever asks; whether they may draw so is seen when they do."""
        order = await _ordered(interaction, JobId(self.target))
        await interaction.response.send_modal(
            ChangeWindow(texts_of(interaction), JobId(self.target), order)
        )


class ChangeWindow(discord.ui.Modal):
    """Asks for prompt, negative, score, seed; made again when it is sent in, like all windows."""

    def __init__(self, texts: Texts, job_id: JobId, order: DrawOrder | None = None) -> None:
        super().__init__(title=texts.say("change.title"), custom_id=f"oh:change:{job_id}")
        # See DrawingsModal: `receive` answers, not discord.py.
        self.stop()
        self._job_id = job_id
        known = order or DrawOrder(owner_id=OwnerId(0), prompt="")
        self._prompt = _text("prompt", known.prompt, required=True)
        self._negative = _text("negative", known.negative or "")
        self._score = _number("score", known.score)
        self._seed = _number("seed", None)
        self._change = _number("change", known.start.denoise if known.start else None)
        parts = [self._prompt, self._negative, self._score, self._seed]
        if known.start is not None or order is None:
            parts.append(self._change)
        for part in parts:
            key, hint_key = _LABELS[part.custom_id]
            label: discord.ui.Label[Any] = discord.ui.Label(
                text=texts.say(key), description=texts.say(hint_key), component=part
            )
            self.add_item(label)

    @classmethod
    def sent_in(cls, interaction: discord.Interaction[Any]) -> Self | None:
        """Make the window again that was sent in; None when it is another one."""
        data = cast("dict[str, Any]", interaction.data)
        match = _CUSTOM_ID.fullmatch(data["custom_id"])
        return match and cls(texts_of(interaction), JobId(match["job"]))

    async def receive(self, interaction: discord.Interaction[Any]) -> None:
        """Read what was put into the window, and do what `on_submit` says."""
        data = cast("dict[str, Any]", interaction.data)
        await self._dispatch_submit(interaction, data["components"], data.get("resolved") or {})

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Draw what is asked for now."""
        order = await _ordered(interaction, self._job_id)
        change = number_in(self._change, "change", float)
        start = order.start
        if start is not None and change is not None:
            start = dataclasses.replace(start, denoise=change)
        order = dataclasses.replace(
            order,
            prompt=self._prompt.value.strip(),
            negative=self._negative.value.strip() or None,
            score=number_in(self._score, "score", int),
            seed=number_in(self._seed, "seed", int),
            start=start,
        )
        await draw_order(interaction, order)

    async def on_error(self, interaction: discord.Interaction[Any], error: Exception, /) -> None:
        """Report like a command's error."""
        await report(interaction, error)


async def _ordered(interaction: BotInteraction, job_id: JobId) -> DrawOrder:
    order = await interaction.client.app.draws.again(
        job_id, OwnerId(interaction.user.id), guild_id=interaction.guild_id
    )
    return dataclasses.replace(
        order, channel_id=interaction.channel_id, locale=interaction.locale.value
    )


def _text(name: str, value: str, *, required: bool = False) -> _INPUT:
    return discord.ui.TextInput(
        custom_id=name,
        style=discord.TextStyle.paragraph,
        default=value or None,
        max_length=MAX_PROMPT_CHARS,
        required=required,
    )


def _number(name: str, value: float | None) -> _INPUT:
    default = None if value is None else f"{value:g}"
    return discord.ui.TextInput(
        custom_id=name, default=default, max_length=_NUMBER_CHARS, required=False
    )


def number_in(part: _INPUT, name: str, kind: type[_Number]) -> _Number | None:
    """Read a number that was typed into a window; UserError draw.option_number."""
    typed = part.value.strip().replace(",", ".")
    if not typed:
        return None
    try:
        return kind(typed)
    except ValueError:
        raise UserError("draw.option_number", option=name, value=typed) from None
