"""The windows of the caption editor: one drawing's words, all drawings' tags, text files.

Like the window for drawings each is made again from its id when it is sent in, so that a restart
of the bot costs nobody what they typed.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, Self

import discord
from aiohttp import ClientError

from bot.errors import UserError
from bot.i18n import Texts
from bot.services.captions import MAX_TRIGGER_CHARS, CaptionPage
from bot.services.captions_files import MAX_ZIP_BYTES
from bot.services.captions_tags import MAX_CAPTION_CHARS
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction
from cogs.ui.caption_card import caption_card, read_page_target
from cogs.ui.taking import put
from cogs.ui.window import Window
from data.models import DatasetId, DrawingId, OwnerId

_TAGS_CHARS: Final = 400
_FILES: Final = 10
_FETCH_TIMEOUT_S: Final = 60.0


class EditWindow(Window):
    """The words of one drawing."""

    verb = "capedit"

    def __init__(self, texts: Texts, target: str, *, number: int = 0, caption: str = "") -> None:
        super().__init__(texts, target, texts.say("modal.caption_edit_title", number=number))
        self.words: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="words",
            style=discord.TextStyle.paragraph,
            default=caption[:MAX_CAPTION_CHARS],
            max_length=MAX_CAPTION_CHARS,
            required=False,
        )
        self.ask("modal.caption_words", "modal.caption_words_hint", self.words)

    @classmethod
    def again(cls, texts: Texts, target: str) -> Self:
        """Make the window that was sent in."""
        return cls(texts, target)

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Keep the words, and show the page that the drawing is on."""
        await interaction.response.defer()
        page = await interaction.client.app.captions.edit(
            DrawingId(self.target), OwnerId(interaction.user.id), self.words.value
        )
        await show_page(interaction, page)


class AllWindow(Window):
    """Tags of all drawings, and the trigger word."""

    verb = "capall"

    def __init__(self, texts: Texts, target: str, *, trigger: str = "") -> None:
        super().__init__(texts, target, texts.say("modal.caption_all_title"))
        self.out, self.put = (
            discord.ui.TextInput[Any](custom_id=name, max_length=_TAGS_CHARS, required=False)
            for name in ("out", "put")
        )
        self.trigger: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="trigger", default=trigger, max_length=MAX_TRIGGER_CHARS, required=False
        )
        self.ask("modal.caption_out", "modal.caption_out_hint", self.out)
        self.ask("modal.caption_put", "modal.caption_put_hint", self.put)
        self.ask("modal.caption_trigger_word", "modal.caption_trigger_word_hint", self.trigger)

    @classmethod
    def again(cls, texts: Texts, target: str) -> Self:
        """Make the window that was sent in."""
        return cls(texts, target)

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Change all captions, say how many, and show the page again."""
        await interaction.response.defer()
        name, number = read_page_target(self.target)
        dataset_id, owner_id = DatasetId(name), OwnerId(interaction.user.id)
        captions = interaction.client.app.captions
        changed = await captions.change_all(
            dataset_id, owner_id, out=self.out.value, put=self.put.value
        )
        await captions.set_trigger(dataset_id, owner_id, self.trigger.value)
        page = await captions.page(dataset_id, owner_id, number)
        asked = self.out.value.strip() or self.put.value.strip()
        notice = self.texts.say("captions.changed", count=changed) if asked else ""
        await show_page(interaction, page, notice=notice)


class ImportWindow(Window):
    """Text files, or a zip of them."""

    verb = "capin"

    def __init__(self, texts: Texts, target: str) -> None:
        super().__init__(texts, target, texts.say("modal.caption_import_title"))
        self.files: discord.ui.FileUpload[Any] = discord.ui.FileUpload(
            custom_id="files", min_values=1, max_values=_FILES
        )
        self.ask("modal.caption_files", "modal.caption_files_hint", self.files)

    @classmethod
    def again(cls, texts: Texts, target: str) -> Self:
        """Make the window that was sent in."""
        return cls(texts, target)

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Take the captions, say what became of the files, and show the page again."""
        await interaction.response.defer()
        name, number = read_page_target(self.target)
        dataset_id, owner_id = DatasetId(name), OwnerId(interaction.user.id)
        files = [await _fetched(attachment) for attachment in self.files.values]
        captions = interaction.client.app.captions
        done = await captions.take_files(dataset_id, owner_id, files)
        notice = [self.texts.say("captions.changed", count=done.changed)]
        if done.unknown:
            notice.append(self.texts.say("captions.unknown_files", count=len(done.unknown)))
        page = await captions.page(dataset_id, owner_id, number)
        await show_page(interaction, page, notice=" ".join(notice))


async def show_page(interaction: BotInteraction, page: CaptionPage, *, notice: str = "") -> None:
    """Put a page into the answer, which was deferred before."""
    texts = texts_of(interaction)
    await put(interaction, await caption_card(interaction.client.app, texts, page, notice=notice))


async def _fetched(attachment: discord.Attachment) -> tuple[str, bytes]:
    if attachment.size > MAX_ZIP_BYTES:
        raise UserError("captions.zip_bad", file=attachment.filename)
    try:
        async with asyncio.timeout(_FETCH_TIMEOUT_S):
            return attachment.filename, await attachment.read()
    except (discord.HTTPException, ClientError, TimeoutError) as error:
        raise UserError("intake.not_arrived") from error
