"""Drawings from an interaction into a draft: downloaded at once, kept at once, shown on a card."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import discord
from aiohttp import ClientError

from bot.errors import UserError
from bot.services.datasets import IntakeReport
from bot.services.intake import Refused, Upload
from bot.services.names import DEFAULT_NAME
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction
from cogs.ui.card import Card
from cogs.ui.intake_card import intake_card
from data.models import DatasetId, OwnerId

log = logging.getLogger(__name__)

_DOWNLOADS_AT_ONCE: Final = 6
_MB: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """What an artist handed over in one go."""

    attachments: tuple[discord.Attachment, ...]
    name: str | None = None
    words: str | None = None
    #: the draft that it belongs to; None for the open or a new one
    dataset_id: DatasetId | None = None


async def take_drawings(interaction: BotInteraction, given: HandOver) -> None:
    """Keep the drawings, then show the card, in place of the one that was added to."""
    if given.dataset_id is not None and interaction.message is not None:
        await interaction.response.defer()
    else:
        await interaction.response.defer(ephemeral=True, thinking=True)
    limit_mb = interaction.client.app.settings.max_upload_mb
    uploads, lost = await _download(given.attachments, limit_mb)
    notice = ""
    try:
        report = await _add(interaction, given, uploads)
    except UserError as error:
        if error.key != "style.name_bad" or not uploads:
            raise
        # Nobody should have to send thirty files again because of a name.
        report = await _add(interaction, dataclasses.replace(given, name=DEFAULT_NAME), uploads)
        texts = texts_of(interaction)
        notice = f"{texts.error(error)} {texts.say('train.name_later', name=DEFAULT_NAME)}"
    report = dataclasses.replace(report, refused=(*lost, *report.refused))
    await show_draft(interaction, report, notice=notice)


async def _add(
    interaction: BotInteraction, given: HandOver, uploads: Sequence[Upload]
) -> IntakeReport:
    return await interaction.client.app.datasets.add(
        OwnerId(interaction.user.id),
        uploads,
        name=given.name,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        caption=given.words,
        dataset_id=given.dataset_id,
    )


async def show_draft(
    interaction: BotInteraction, report: IntakeReport, *, notice: str = ""
) -> None:
    """Put the card of a draft into the answer, which was deferred before."""
    texts = texts_of(interaction)
    card = await intake_card(interaction.client.app, texts, report, notice=notice)
    await put(interaction, card)


async def put(interaction: BotInteraction, card: Card) -> None:
    """Show a card in the answer to this interaction, in place of what was there."""
    await interaction.edit_original_response(view=card.view, attachments=card.files())


async def _download(
    attachments: Sequence[discord.Attachment], limit_mb: int
) -> tuple[list[Upload], list[Refused]]:
    """Fetch all files at once: Discord deletes what interactions carry."""
    gate = asyncio.Semaphore(_DOWNLOADS_AT_ONCE)

    async def fetch(attachment: discord.Attachment) -> Upload | Refused:
        if attachment.size > limit_mb * _MB:
            facts = {"size": round(attachment.size / _MB), "most": limit_mb}
            return Refused(
                file_name=attachment.filename, key="intake.file_too_big", facts={**facts}
            )
        async with gate:
            return await _fetch(attachment)

    fetched = await asyncio.gather(*(fetch(attachment) for attachment in attachments))
    uploads = [each for each in fetched if isinstance(each, Upload)]
    return uploads, [each for each in fetched if isinstance(each, Refused)]


async def _fetch(attachment: discord.Attachment) -> Upload | Refused:
    try:
        return Upload(name=attachment.filename, data=await attachment.read())
    except (discord.HTTPException, ClientError, TimeoutError) as error:
        log.warning("an upload did not arrive: %s", error)
        return Refused(file_name=attachment.filename, key="intake.not_arrived", facts={})
