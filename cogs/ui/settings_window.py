"""The window of `/settings` for what no menu has."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import Any, Final, Self

import discord

from bot.i18n import Texts
from bot.services.drawing.choices import MAX_TEXT_CHARS, Choices
from bot.tree import texts_of
from cogs.ui.change_window import number_in
from cogs.ui.place import actor_of
from cogs.ui.settings_card import holder_of, settings_card
from cogs.ui.taking import put
from cogs.ui.window import Window

_SHORT_CHARS: Final = 40


class SettingsWindow(Window):
    """Asks for five choices; what is left empty is not set."""

    verb = "setmore"

    def __init__(self, texts: Texts, target: str, now: Choices | None = None) -> None:
        super().__init__(texts, target, texts.say("settings.title"))
        known = now or Choices()
        self._negative = _field("negative", known.negative, MAX_TEXT_CHARS)
        self._steps = _field("steps", known.steps)
        self._cfg = _field("cfg", known.guidance)
        self._sampler = _field("sampler", known.sampler)
        self._weight = _field("weight", known.weight)
        self.ask("settings.negative", "settings.negative_hint", self._negative)
        self.ask("settings.steps", "settings.steps_hint", self._steps)
        self.ask("settings.cfg", "settings.cfg_hint", self._cfg)
        self.ask("settings.sampler", "settings.sampler_hint", self._sampler)
        self.ask("settings.weight", "settings.weight_hint", self._weight)

    @classmethod
    def again(cls, texts: Texts, target: str) -> Self:
        """Make the window that was sent in."""
        return cls(texts, target)

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Set it, and show the panel."""
        await interaction.response.defer()
        app, actor = interaction.client.app, actor_of(interaction)
        holder = holder_of(self.target, actor)
        typed = Choices(
            negative=self._negative.value or None,
            steps=number_in(self._steps, "steps", int),
            guidance=number_in(self._cfg, "cfg", float),
            sampler=self._sampler.value.strip() or None,
            weight=number_in(self._weight, "weight", float),
        )
        await app.defaults.change(holder, actor, partial(_with, typed))
        await put(interaction, await settings_card(app, texts_of(interaction), actor, holder))


def _with(typed: Choices, now: Choices) -> Choices:
    return dataclasses.replace(
        now,
        negative=typed.negative,
        steps=typed.steps,
        guidance=typed.guidance,
        sampler=typed.sampler,
        weight=typed.weight,
    )


def _field(name: str, now: object, most: int = _SHORT_CHARS) -> discord.ui.TextInput[Any]:
    shown = f"{now:g}" if isinstance(now, float) else now
    return discord.ui.TextInput(
        custom_id=name,
        style=discord.TextStyle.paragraph if most > _SHORT_CHARS else discord.TextStyle.short,
        default=None if shown is None else str(shown),
        max_length=most,
        required=False,
    )
