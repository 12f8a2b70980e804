"""From an order to a job with a message: what `/draw`, *Again* and the welcome card share."""

from __future__ import annotations

from bot.errors import UserError
from bot.services.orders import DrawOrder, DrawPlan
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction, button
from cogs.ui.card import card
from cogs.ui.place import is_private, place_of
from cogs.ui.wording import plain


async def draw_order(interaction: BotInteraction, order: DrawOrder) -> None:
    """Plan while nothing is shown yet, then promise: the message first, the job second.

    The job's message is the interaction's answer; from then on the outbox keeps it.
    """
    app = interaction.client.app
    try:
        plan = await app.draws.plan(order)
    except UserError as error:
        if error.key != "draw.no_style":
            raise
        await _offer_training(interaction, error)
        return
    message_id = await _open_message(interaction, plan)
    place = place_of(interaction, message_id)
    try:
        await app.draws.request(
            plan, place=place, locale=interaction.locale.value, quiet=is_private(interaction)
        )
    except Exception:
        await interaction.delete_original_response()
        raise


async def _open_message(interaction: BotInteraction, plan: DrawPlan) -> int:
    """Answer with the message that the job will live in; it promises nothing yet.

    A real message instead of "thinking": Discord lets the bot's token edit it at once.
    """
    begun = card(f"**{plain(plan.order.prompt)}**", texts_of(interaction).say("draw.starting"))
    answer = await interaction.response.send_message(view=begun.view)
    message_id = answer.message_id or (await interaction.original_response()).id
    interaction.client.lend(message_id, interaction)
    return message_id


async def _offer_training(interaction: BotInteraction, error: UserError) -> None:
    """Say that there is no style yet, and put the way to the first one under it."""
    texts = texts_of(interaction)
    offer = card(texts.error(error), buttons=[button("train", "new", texts)])
    await interaction.response.send_message(view=offer.view, ephemeral=True)
