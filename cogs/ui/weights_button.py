"""The same words and seed with a style at three weights."""

from __future__ import annotations

from bot.services.orders import DrawOrder
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction, CardButton
from cogs.ui.opening import opened
from cogs.ui.place import is_private, place_of
from data.models import JobId, OwnerId


class WeightsButton(CardButton, verb="weights"):
    """Draw the sheet's first prompt weaker and stronger, for whoever may draw with the style."""

    async def press(self, interaction: BotInteraction) -> None:
        """Answer with the message that the pictures will be in."""
        app, locale = interaction.client.app, interaction.locale.value
        async with opened(interaction, texts_of(interaction).say("draw.starting")) as message_id:
            interaction.client.lend(message_id, interaction)
            order = DrawOrder(
                owner_id=OwnerId(interaction.user.id),
                prompt="",
                guild_id=interaction.guild_id,
                channel_id=interaction.channel_id,
                locale=locale,
            )
            plan = await app.choice.at_weights(await app.jobs.view(JobId(self.target)), order)
            await app.draws.request(
                plan,
                place=place_of(interaction, message_id),
                locale=locale,
                quiet=is_private(interaction),
            )
