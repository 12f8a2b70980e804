"""What is pressed and chosen on the panel of `/settings`, in whatever process it was made."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from bot.services.drawing.choices import Choices
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction, CardButton
from cogs.ui.card_menu import CardMenu
from cogs.ui.place import actor_of
from cogs.ui.settings_card import OPEN, holder_of, settings_card, styles_card
from cogs.ui.settings_window import SettingsWindow
from cogs.ui.taking import put
from data.models import StyleId
from data.settings import Holder


class MySettingsButton(CardButton, verb="setmine"):
    """Turn to one's own."""

    async def press(self, interaction: BotInteraction) -> None:
        """Show them in place of the others."""
        await interaction.response.defer()
        await show_settings(interaction, holder_of(self.target, actor_of(interaction)))


class ServerSettingsButton(CardButton, verb="setserver"):
    """Turn to this server's."""

    async def press(self, interaction: BotInteraction) -> None:
        """Show them, if the presser manages it."""
        await interaction.response.defer()
        await show_settings(interaction, holder_of(self.target, actor_of(interaction)))


class StyleSettingsButton(CardButton, verb="setstyles"):
    """Turn to one of one's styles."""

    async def press(self, interaction: BotInteraction) -> None:
        """Ask which one."""
        await interaction.response.defer()
        styles = await interaction.client.app.styles.of_owner(actor_of(interaction).id)
        await put(interaction, styles_card(texts_of(interaction), styles))


class MoreSettingsButton(CardButton, verb="setmore"):
    """Open the window for what no menu has."""

    async def press(self, interaction: BotInteraction) -> None:
        """Show it filled in; a window must be the first answer, so it is read before it."""
        app, actor = interaction.client.app, actor_of(interaction)
        holder = holder_of(self.target, actor)
        await app.defaults.check(holder, actor)
        window = SettingsWindow(texts_of(interaction), self.target, await app.defaults.of(holder))
        await interaction.response.send_modal(window)


class ForgetSettingsButton(CardButton, verb="setforget"):
    """Set nothing any more."""

    async def press(self, interaction: BotInteraction) -> None:
        """Do it, and show that."""
        await interaction.response.defer()
        actor = actor_of(interaction)
        holder = holder_of(self.target, actor)
        await interaction.client.app.defaults.forget(holder, actor)
        await show_settings(interaction, holder)


class StyleMenu(CardMenu, verb="setstyle"):
    """Which of one's styles."""

    async def take(self, interaction: BotInteraction, chosen: Sequence[str]) -> None:
        """Show what is set for it."""
        await show_settings(interaction, Holder(style_id=StyleId(chosen[0])))


class ScoreMenu(CardMenu, verb="setscore"):
    """The score."""

    async def take(self, interaction: BotInteraction, chosen: Sequence[str]) -> None:
        """Set it."""
        score = None if chosen[0] == OPEN else int(chosen[0])
        await _set(interaction, self.target, lambda now: dataclasses.replace(now, score=score))


class ShapeMenu(CardMenu, verb="setshape"):
    """The shape."""

    async def take(self, interaction: BotInteraction, chosen: Sequence[str]) -> None:
        """Set it."""
        shape = None if chosen[0] == OPEN else chosen[0]
        await _set(interaction, self.target, lambda now: dataclasses.replace(now, shape=shape))


class CountMenu(CardMenu, verb="setcount"):
    """How many pictures."""

    async def take(self, interaction: BotInteraction, chosen: Sequence[str]) -> None:
        """Set it."""
        count = None if chosen[0] == OPEN else int(chosen[0])
        await _set(interaction, self.target, lambda now: dataclasses.replace(now, count=count))


class PresetMenu(CardMenu, verb="setpreset"):
    """The preset."""

    async def take(self, interaction: BotInteraction, chosen: Sequence[str]) -> None:
        """Set it."""
        preset = None if chosen[0] == OPEN else chosen[0]
        await _set(interaction, self.target, lambda now: dataclasses.replace(now, preset=preset))


SETTINGS_ITEMS = (
    *(MySettingsButton, ServerSettingsButton, StyleSettingsButton),
    *(MoreSettingsButton, ForgetSettingsButton),
    *(StyleMenu, ScoreMenu, ShapeMenu, CountMenu, PresetMenu),
)


async def show_settings(interaction: BotInteraction, holder: Holder) -> None:
    """Put the panel into the answer, which was deferred before."""
    app, texts = interaction.client.app, texts_of(interaction)
    await put(interaction, await settings_card(app, texts, actor_of(interaction), holder))


async def _set(
    interaction: BotInteraction, target: str, edit: Callable[[Choices], Choices]
) -> None:
    actor = actor_of(interaction)
    holder = holder_of(target, actor)
    await interaction.client.app.defaults.change(holder, actor, edit)
    await show_settings(interaction, holder)
