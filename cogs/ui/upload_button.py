"""Takes drawings that are too large for Discord, through the bot's own page."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from typing import Any

import discord
from aiohttp import ClientError

from bot.errors import UserError
from bot.files_page.tickets import LIFE_S, UploadTicket
from bot.services.datasets import IntakeReport
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction, CardButton
from cogs.ui.card import card
from cogs.ui.taking import put, show_draft
from cogs.ui.wording import plain
from data.models import DatasetId, OwnerId

log = logging.getLogger(__name__)


class UploadButton(CardButton, verb="upload"):
    """Give the artist a link to the page where a draft takes large files."""

    async def press(self, interaction: BotInteraction) -> None:
        """Show the link to the one who pressed; when the files are in, the draft takes its place.

        The page's link and the right to edit this answer live equally long.
        """
        app, texts = interaction.client.app, texts_of(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        dataset_id, owner_id = DatasetId(self.target), OwnerId(interaction.user.id)
        dataset = (await app.datasets.report(dataset_id, owner_id)).dataset
        if dataset.sealed_ms is not None:
            raise UserError("train.sealed", name=dataset.name)
        if not app.files_page.is_open:  # it was, when the card was made
            raise UserError("page.closed")

        pressed = contextvars.copy_context()

        async def arrived(report: IntakeReport) -> None:
            # The upload runs in the page's context; Discord's library keeps its own in this one.
            showing = asyncio.create_task(show_draft(interaction, report), context=pressed)
            try:
                await showing
            except (discord.HTTPException, ClientError) as error:
                log.info("an uploaded draft's card could not be shown: %s", error)

        url = app.files_page.offer_upload(
            UploadTicket(
                owner_id=owner_id,
                dataset_id=dataset_id,
                style=dataset.name,
                locale=interaction.locale.value,
                arrived=arrived,
            )
        )
        said = texts.say("page.offer", style=plain(dataset.name), minutes=LIFE_S // 60)
        link = discord.ui.Button[Any](label=texts.say("button.open_page"), url=url)
        await put(interaction, card(said, buttons=[link]))
