"""What can be done with drawn pictures."""

from __future__ import annotations

from bot.services.surface import ShowRefusedError
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction, CardButton
from cogs.ui.job_buttons import is_moderator
from cogs.ui.ordering import draw_again
from cogs.ui.originals import about_files, originals, uploads
from cogs.ui.recipe_text import recipe_text
from cogs.ui.tasks import draw_task
from data.models import JobId, OwnerId


class AgainButton(CardButton, verb="again"):
    """Draw the same order with fresh seeds, for whoever presses."""

    async def press(self, interaction: BotInteraction) -> None:
        """Make the order anew."""
        await draw_again(interaction, JobId(self.target))


class RecipeButton(CardButton, verb="recipe"):
    """Show how the pictures were drawn, and hand out the untouched originals."""

    async def press(self, interaction: BotInteraction) -> None:
        """Answer the one who asked."""
        await tell_recipe(interaction, JobId(self.target))


class DeleteButton(CardButton, verb="delete"):
    """Take the pictures and their message away."""

    async def press(self, interaction: BotInteraction) -> None:
        """Delete for the owner or a moderator, and answer only them."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        view = await interaction.client.app.draws.delete(
            JobId(self.target),
            OwnerId(interaction.user.id),
            is_moderator=is_moderator(interaction),
        )
        place = view.job.place
        said = "draw.deleted"
        if place.channel_id is not None and place.message_id is not None:
            try:
                await interaction.client.surface.delete(place.channel_id, place.message_id)
            except ShowRefusedError:
                said = "draw.deleted_message_stays"
        await interaction.followup.send(texts_of(interaction).say(said), ephemeral=True)


async def tell_recipe(interaction: BotInteraction, job_id: JobId) -> None:
    """Say how a grid was drawn, with the originals, to whoever asked."""
    app = interaction.client.app
    await interaction.response.defer(ephemeral=True, thinking=True)
    view = await app.jobs.view(job_id)
    found = await originals(app, view, interaction.filesize_limit)
    texts, task = texts_of(interaction), draw_task(view)
    length = await app.prompt_lengths.of(task.recipes[0])
    said = recipe_text(texts, task, about_files(texts, found), length=length)
    first, *others = uploads(found) or [[]]
    await interaction.followup.send(said, files=first, ephemeral=True)
    for files in others:
        await interaction.followup.send(files=files, ephemeral=True)
