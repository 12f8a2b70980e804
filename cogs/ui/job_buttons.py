"""Stop a job, from its message or from the queue."""

from __future__ import annotations

from bot.tree import answer, texts_of
from cogs.ui.buttons import BotInteraction, CardButton
from data.models import JobId, OwnerId


def is_moderator(interaction: BotInteraction) -> bool:
    """Tell whether Discord lets this person manage messages here."""
    return interaction.guild_id is not None and interaction.permissions.manage_messages


class CancelButton(CardButton, verb="cancel"):
    """Stop a job; its own message then shows that it stopped."""

    async def press(self, interaction: BotInteraction) -> None:
        """Ask for the end of the job."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.client.app.jobs.cancel(
            JobId(self.target),
            OwnerId(interaction.user.id),
            is_moderator=is_moderator(interaction),
        )
        await answer(interaction, texts_of(interaction).say("job.cancelled"))
