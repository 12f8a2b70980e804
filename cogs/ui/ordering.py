"""From an order to a job with a message: what `/draw`, *Again* and the welcome card share."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import discord

from bot.errors import UserError
from bot.services.orders import DrawOrder
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction, button
from cogs.ui.card import card
from cogs.ui.opening import opened
from cogs.ui.place import is_private, place_of
from cogs.ui.taking import as_upload
from data.models import JobId, OwnerId


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """A picture that somebody hands over to start from, and how much of it is drawn anew."""

    attachment: discord.Attachment
    change: float | None = None


async def draw_order(
    interaction: BotInteraction, order: DrawOrder, sketch: Sketch | None = None
) -> None:
    """Draw what was ordered; what is wrong with the order itself is told before all else."""
    interaction.client.app.draws.check(order)

    async def ordered() -> DrawOrder:
        if sketch is None:
            return order
        taken = await interaction.client.app.sketches.take(
            as_upload(sketch.attachment), sketch.change
        )
        return dataclasses.replace(order, start=taken)

    await _draw(interaction, ordered)


async def draw_again(interaction: BotInteraction, job_id: JobId) -> None:
    """Draw the order of an earlier job with fresh seeds, for whoever asks."""

    async def ordered() -> DrawOrder:
        order = await interaction.client.app.draws.again(
            job_id, OwnerId(interaction.user.id), guild_id=interaction.guild_id
        )
        return dataclasses.replace(
            order, channel_id=interaction.channel_id, locale=interaction.locale.value
        )

    await _draw(interaction, ordered)


async def _draw(interaction: BotInteraction, ordered: Callable[[], Awaitable[DrawOrder]]) -> None:
    """Answer with the message that the job will live in; it promises nothing yet."""
    try:
        async with opened(interaction, texts_of(interaction).say("draw.starting")) as message_id:
            interaction.client.lend(message_id, interaction)
            await _begin(interaction, await ordered(), message_id)
    except UserError as error:
        if error.key != "draw.no_style":
            raise
        await _offer_training(interaction, error)


async def _begin(interaction: BotInteraction, order: DrawOrder, message_id: int) -> None:
    """Plan, then promise: from the job's row on, the outbox keeps the message."""
    draws = interaction.client.app.draws
    plan = await draws.plan(order)
    await draws.request(
        plan,
        place=place_of(interaction, message_id),
        locale=interaction.locale.value,
        quiet=is_private(interaction),
    )


async def _offer_training(interaction: BotInteraction, error: UserError) -> None:
    """Say that there is no style yet, and put the way to the first one under it."""
    texts = texts_of(interaction)
    offer = card(texts.error(error), buttons=[button("train", "new", texts)])
    await interaction.followup.send(view=offer.view, ephemeral=True)
