"""The buttons under a page of drawings."""

from __future__ import annotations

import io
from contextlib import aclosing
from typing import Any, Final, Self

import discord

from bot.errors import UserError
from bot.i18n import Texts
from bot.services.collection import Opened, Packed
from bot.tree import answer, texts_of
from cogs.ui.buttons import BotInteraction, CardButton
from cogs.ui.collection_card import collection_card
from cogs.ui.mend_buttons import show_again
from cogs.ui.taking import put
from cogs.ui.window import Window
from data.models import DatasetId, OwnerId

_PAGE_CHARS: Final = 3
_MARK_CHARS: Final = 8


async def show_page(
    interaction: BotInteraction, dataset_id: DatasetId, *, page: int = 0, notice: str = ""
) -> None:
    """Put a page into the answer, which was deferred before."""
    app = interaction.client.app
    shown = await app.collection.get(dataset_id, OwnerId(interaction.user.id))
    texts = texts_of(interaction)
    await put(interaction, await collection_card(app, texts, shown, page=page, notice=notice))


class PageButton(CardButton, verb="page"):
    """Turn the page."""

    async def press(self, interaction: BotInteraction) -> None:
        """Show it, if the set is the presser's."""
        await interaction.response.defer()
        dataset_id = DatasetId(self.target[:-_PAGE_CHARS])
        await show_page(interaction, dataset_id, page=int(self.target[-_PAGE_CHARS:]))


class ZipButton(CardButton, verb="zip"):
    """Hand the drawings back with their captions."""

    async def press(self, interaction: BotInteraction) -> None:
        """Send the archives, each within what Discord takes."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        collection, owner_id = interaction.client.app.collection, OwnerId(interaction.user.id)
        dataset_id, limit = DatasetId(self.target), interaction.filesize_limit
        async with collection.packed(dataset_id, owner_id, limit) as packed:
            await _send_archives(interaction, packed)
        if packed.left_out:
            said = texts_of(interaction).say("drawings.zip_left_out", count=packed.left_out)
            await answer(interaction, said)


async def _send_archives(interaction: BotInteraction, packed: Packed) -> None:
    """Send one, and only then make the next."""
    texts, number = texts_of(interaction), 0
    async with aclosing(packed.archives()) as archives:
        async for archive in archives:
            number += 1
            ordinal = "" if packed.count == 1 else f"-{number}-of-{packed.count}"
            await interaction.followup.send(
                texts.say("drawings.zip", number=number, of=packed.count),
                file=discord.File(io.BytesIO(archive), f"drawings{ordinal}.zip"),
                ephemeral=True,
            )


def anew_said(texts: Texts, opened: Opened) -> str:
    """Say what a draft of a set's next version holds."""
    return texts.say("drawings.anew" if opened.is_new else "drawings.still_open")


class AnewButton(CardButton, verb="anew"):
    """Train anew on sealed drawings."""

    async def press(self, interaction: BotInteraction) -> None:
        """Open the next version as a draft, and show its card."""
        await interaction.response.defer()
        opened = await interaction.client.app.collection.anew(
            DatasetId(self.target), OwnerId(interaction.user.id)
        )
        await show_again(interaction, opened.draft.id, anew_said(texts_of(interaction), opened))


class DropButton(CardButton, verb="drop"):
    """Ask which drawings to remove."""

    async def press(self, interaction: BotInteraction) -> None:
        """Show the window."""
        await interaction.response.send_modal(DropModal(texts_of(interaction), self.target))


class DropModal(Window):
    """Asks for numbers; like every window of ours it is made again when it is sent in."""

    verb = "drop"

    def __init__(self, texts: Texts, target: str) -> None:
        super().__init__(texts, target, texts.say("drawings.drop_title"))
        self._numbers: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="numbers", max_length=200, required=True
        )
        self.ask("drawings.drop_label", "drawings.drop_hint", self._numbers)

    @classmethod
    def again(cls, texts: Texts, target: str) -> Self:
        """Make the window that was sent in."""
        return cls(texts, target)

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Remove them, and show the first page; an old page is only brought up to date."""
        await interaction.response.defer()
        dataset_id, mark = DatasetId(self.target[:-_MARK_CHARS]), self.target[-_MARK_CHARS:]
        texts, owner_id = texts_of(interaction), OwnerId(interaction.user.id)
        collection = interaction.client.app.collection
        try:
            count = await collection.take_out(dataset_id, owner_id, self._numbers.value, mark)
            notice = texts.say("mend.removed", count=count)
        except UserError as error:
            if error.key != "train.card_old":
                raise
            notice = texts.error(error)
        await show_page(interaction, dataset_id, notice=notice)


COLLECTION_BUTTONS = (PageButton, ZipButton, AnewButton, DropButton)
