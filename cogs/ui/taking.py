"""Drawings from an interaction into a draft: fetched one by one, kept at once, shown on a card."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from dataclasses import dataclass
from typing import Final

import discord
from aiohttp import ClientError

from bot.errors import UserError
from bot.services.datasets import IntakeReport
from bot.services.intake import Upload
from bot.services.names import DEFAULT_NAME
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction
from cogs.ui.card import Card
from cogs.ui.intake_card import intake_card
from data.models import DatasetId, OwnerId

log = logging.getLogger(__name__)

#: One file may take so long; a later try may have more luck.
_FETCH_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """What an artist handed over in one go."""

    attachments: tuple[discord.Attachment, ...]
    name: str | None = None
    words: str | None = None
    #: the draft that it belongs to; None for the open or a new one
    dataset_id: DatasetId | None = None
    #: what it is trained on; None leaves it as it is
    base: str | None = None


async def take_drawings(interaction: BotInteraction, given: HandOver, *, notice: str = "") -> None:
    """Keep the drawings, then show the card, in place of the one that was added to."""
    if not interaction.response.is_done():  # else whoever opened the draft has deferred it
        await _defer(interaction, given)
    try:
        report = await _add(interaction, given)
    except UserError as error:
        if error.key != "style.name_bad" or not given.attachments:
            raise
        # Nobody should have to send thirty files again because of a name.
        report = await _add(interaction, dataclasses.replace(given, name=DEFAULT_NAME))
        texts = texts_of(interaction)
        notice = f"{texts.error(error)} {texts.say('train.name_later', name=DEFAULT_NAME)}"
    await show_draft(interaction, report, notice=notice)


async def _defer(interaction: BotInteraction, given: HandOver) -> None:
    if given.dataset_id is not None and interaction.message is not None:
        await interaction.response.defer()
    else:
        await interaction.response.defer(ephemeral=True, thinking=True)


async def _add(interaction: BotInteraction, given: HandOver) -> IntakeReport:
    app, owner_id = interaction.client.app, OwnerId(interaction.user.id)
    report = await app.datasets.add(
        owner_id,
        [as_upload(attachment) for attachment in given.attachments],
        name=given.name,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        caption=given.words,
        dataset_id=given.dataset_id,
    )
    if given.base is not None:
        await app.base_choice.choose(report.dataset.id, owner_id, given.base)
    return report


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


def as_upload(attachment: discord.Attachment) -> Upload:
    """Read an attachment when its turn comes; UserError intake.not_arrived."""

    async def read() -> bytes:
        try:
            async with asyncio.timeout(_FETCH_TIMEOUT_S):
                return await attachment.read()
        except (discord.HTTPException, ClientError, TimeoutError) as error:
            log.warning("an upload did not arrive: %s", error)
            raise UserError("intake.not_arrived") from error

    return Upload(name=attachment.filename, size_bytes=attachment.size, read=read)
