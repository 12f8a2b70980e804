"""The buttons of the caption editor; who may press is decided by the service that each calls."""

from __future__ import annotations

import io
from typing import Final

import discord

from bot.errors import UserError
from bot.services.captions import PER_PAGE
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction, CardButton
from cogs.ui.caption_card import read_page_target
from cogs.ui.caption_tags_card import read_tag_target, tags_card
from cogs.ui.caption_windows import AllWindow, EditWindow, ImportWindow, show_page
from cogs.ui.taking import put
from cogs.ui.wording import plain
from data.models import DatasetId, DrawingId, OwnerId

EXPORT_NAME: Final = "captions-txt.zip"


class CaptionsButton(CardButton, verb="captions"):
    """Open the editor, or turn to another of its pages."""

    async def press(self, interaction: BotInteraction) -> None:
        """Show the page."""
        await interaction.response.defer()
        await _show(interaction, self.target)


class EditCaptionButton(CardButton, verb="capedit"):
    """Open the window with one drawing's words."""

    async def press(self, interaction: BotInteraction) -> None:
        """Show it filled in; a window must be the first answer, so the words are read before it."""
        captions, owner_id = interaction.client.app.captions, OwnerId(interaction.user.id)
        drawing = await captions.drawing(DrawingId(self.target), owner_id)
        page = await captions.page_of(drawing.id, owner_id)
        number = page.number * PER_PAGE + 1 + page.shown.index(drawing)
        window = EditWindow(
            texts_of(interaction), self.target, number=number, caption=drawing.caption
        )
        await interaction.response.send_modal(window)


class AllCaptionsButton(CardButton, verb="capall"):
    """Open the window that changes all captions."""

    async def press(self, interaction: BotInteraction) -> None:
        """Show it with the trigger word that holds."""
        page = await interaction.client.app.captions.page(*_of(interaction, self.target))
        trigger = page.settings.trigger
        window = AllWindow(texts_of(interaction), self.target, trigger=trigger)
        await interaction.response.send_modal(window)


class UndoButton(CardButton, verb="capundo"):
    """Take the last change back."""

    async def press(self, interaction: BotInteraction) -> None:
        """Say what was taken back, and show the page again."""
        await interaction.response.defer()
        undone = await interaction.client.app.captions.undo(*_of(interaction, self.target))
        if undone is None:
            notice = texts_of(interaction).say("captions.nothing_to_undo")
        else:
            notice = texts_of(interaction).say("captions.undone", count=undone.drawings)
        await _show(interaction, self.target, notice=notice)


class ExportButton(CardButton, verb="capout"):
    """Hand the captions out as text files."""

    async def press(self, interaction: BotInteraction) -> None:
        """Send a zip to the presser alone; the card stays."""
        await interaction.response.defer()
        packed = await interaction.client.app.captions.export(*_of(interaction, self.target))
        file = discord.File(io.BytesIO(packed), EXPORT_NAME)
        said = texts_of(interaction).say("captions.exported")
        await interaction.followup.send(said, file=file, ephemeral=True)


class ImportButton(CardButton, verb="capin"):
    """Open the window that takes text files."""

    async def press(self, interaction: BotInteraction) -> None:
        """Show it, if the drawings are the presser's."""
        await interaction.client.app.captions.page(*_of(interaction, self.target))
        await interaction.response.send_modal(ImportWindow(texts_of(interaction), self.target))


class ScoresButton(CardButton, verb="capscores"):
    """Train on score tags, or not."""

    async def press(self, interaction: BotInteraction) -> None:
        """Turn it, and show the page again."""
        await interaction.response.defer()
        await interaction.client.app.captions.turn_scores(*_of(interaction, self.target))
        await _show(interaction, self.target)


class TagsButton(CardButton, verb="captags"):
    """Show the tags, counted."""

    async def press(self, interaction: BotInteraction) -> None:
        """Put the counts in place of the page."""
        await interaction.response.defer()
        await _show_tags(interaction, self.target)


class TellTagsButton(CardButton, verb="captell"):
    """Let the style's file tell the tags, or keep them private."""

    async def press(self, interaction: BotInteraction) -> None:
        """Turn it, and show the counts again."""
        await interaction.response.defer()
        await interaction.client.app.captions.turn_telling(*_of(interaction, self.target))
        await _show_tags(interaction, self.target)


class LeaveOutButton(CardButton, verb="capdrop"):
    """Take a tag out of all captions."""

    async def press(self, interaction: BotInteraction) -> None:
        """Do it, and count again."""
        await interaction.response.defer()
        name, mark = read_tag_target(self.target)
        tag = await interaction.client.app.captions.leave_out(*_of(interaction, name), mark)
        await _show_tags(interaction, name, "captions.left_out", tag)


class MakeTriggerButton(CardButton, verb="captrig"):
    """Turn a tag into the trigger word."""

    async def press(self, interaction: BotInteraction) -> None:
        """Do it, and show the counts again."""
        await interaction.response.defer()
        name, mark = read_tag_target(self.target)
        tag = await interaction.client.app.captions.make_trigger(*_of(interaction, name), mark)
        await _show_tags(interaction, name, "captions.trigger", tag)


def _of(interaction: BotInteraction, target: str) -> tuple[DatasetId, OwnerId]:
    return DatasetId(read_page_target(target)[0]), OwnerId(interaction.user.id)


async def _show(interaction: BotInteraction, target: str, *, notice: str = "") -> None:
    number = read_page_target(target)[1]
    page = await interaction.client.app.captions.page(*_of(interaction, target), number)
    await show_page(interaction, page, notice=notice)


async def _show_tags(
    interaction: BotInteraction, dataset_id: str, key: str = "", tag: str | None = None
) -> None:
    if key and tag is None:
        raise UserError("captions.tag_gone")
    texts = texts_of(interaction)
    counted = await interaction.client.app.captions.stats(*_of(interaction, dataset_id))
    notice = texts.say(key, word=plain(tag)) if tag is not None else ""
    await put(interaction, tags_card(texts, *counted, notice=notice))


BUTTONS = (
    CaptionsButton,
    EditCaptionButton,
    AllCaptionsButton,
    UndoButton,
    ExportButton,
    ImportButton,
    ScoresButton,
    TagsButton,
    TellTagsButton,
    LeaveOutButton,
    MakeTriggerButton,
)
