"""The window in which an order is changed and drawn again."""

from __future__ import annotations

import dataclasses
from typing import Any, Final, Self, TypeVar

import discord

from bot.errors import UserError
from bot.i18n import Texts
from bot.services.draws import MAX_PROMPT_CHARS
from bot.services.orders import DrawOrder
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction, CardButton
from cogs.ui.ordering import draw_order
from cogs.ui.recipe_text import length_text
from cogs.ui.tasks import draw_task
from cogs.ui.window import Window
from data.models import JobId, OwnerId

_NUMBER_CHARS: Final = 12
_LABELS: Final = {
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
        app, job_id, texts = interaction.client.app, JobId(self.target), texts_of(interaction)
        order = await _ordered(interaction, job_id)
        length = await app.prompt_lengths.of(draw_task(await app.jobs.view(job_id)).recipes[0])
        hint = length_text(texts, "change.prompt_length", length) if length else ""
        await interaction.response.send_modal(ChangeWindow(texts, job_id, order, hint))


class ChangeWindow(Window):
    """Asks for prompt, negative, score, seed; made again when it is sent in, like all windows."""

    verb = "change"

    def __init__(
        self, texts: Texts, job_id: JobId, order: DrawOrder | None = None, hint: str = ""
    ) -> None:
        super().__init__(texts, job_id, texts.say("change.title"))
        self._job_id = job_id
        known = order or DrawOrder(owner_id=OwnerId(0), prompt="")
        self._prompt = _text("prompt", known.prompt, required=True)
        self._negative = _text("negative", known.negative or "")
        self._score = _number("score", known.score)
        self._seed = _number("seed", None)
        self._change = _number("change", known.start.denoise if known.start else None)
        self.ask_so("change.prompt", hint or texts.say("change.prompt_hint"), self._prompt)
        parts = [self._negative, self._score, self._seed]
        if known.start is not None or order is None:
            parts.append(self._change)
        for part in parts:
            self.ask(*_LABELS[part.custom_id], part)

    @classmethod
    def again(cls, texts: Texts, target: str) -> Self:
        """Make the window that was sent in."""
        return cls(texts, JobId(target))

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
            negative=self._negative.value.strip(),
            score=number_in(self._score, "score", int),
            seed=number_in(self._seed, "seed", int),
            start=start,
        )
        await draw_order(interaction, order)


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
