"""What an artist decides when a style is trained. Each button names the training's job."""

from __future__ import annotations

import logging

from bot.errors import UserError
from bot.services.jobs import JobView
from bot.services.surface import ShowRefusedError
from bot.tree import answer, texts_of
from cogs.ui.buttons import BotInteraction, CardButton
from cogs.ui.file_handing import hand_out
from cogs.ui.place import server_name
from cogs.ui.wording import plain
from data.models import JobId, OwnerId, Style, StyleVersion

log = logging.getLogger(__name__)


async def trained(interaction: BotInteraction, job_id: str) -> tuple[Style, StyleVersion]:
    """Find what a job trained; UserError job.unknown when it is gone."""
    view = await interaction.client.app.jobs.view(JobId(job_id))
    if view.style is None or view.version is None:
        raise UserError("job.unknown")
    return view.style, view.version


async def _confirm(interaction: BotInteraction, job_id: str, sentence: str) -> None:
    """Tell the one who pressed, then bring the training's message up to date."""
    await answer(interaction, sentence)
    await bring_up_to_date(interaction, await interaction.client.app.jobs.view(JobId(job_id)))


async def bring_up_to_date(interaction: BotInteraction, view: JobView) -> None:
    """Show the training's message as it is now, if its place still lets us."""
    try:
        await interaction.client.surface.show(view)
    except ShowRefusedError as refusal:
        log.info("the training's message keeps its old look: %s", refusal)


class ShareButton(CardButton, verb="share"):
    """Let the server draw with the version that was trained."""

    async def press(self, interaction: BotInteraction) -> None:
        """Share it, if the presser may."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        style, version = await trained(interaction, self.target)
        card = await interaction.client.app.sharing.publish(
            style.id,
            OwnerId(interaction.user.id),
            guild_id=interaction.guild_id,
            version_id=version.id,
        )
        texts, name = texts_of(interaction), plain(style.name)
        own, shared = version.number, card.shared_number
        if shared is None or shared == own:
            server = plain(server_name(interaction, style.guild_id))
            said = texts.say("train.now_shared", style=name, server=server)
        else:
            said = texts.say("train.now_shared_older", style=name, own=own, shared=shared)
        await _confirm(interaction, self.target, said)


class KeepPrivateButton(CardButton, verb="private"):
    """Let only the artist draw with the version that was trained."""

    async def press(self, interaction: BotInteraction) -> None:
        """Keep it, if the presser may."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        style, version = await trained(interaction, self.target)
        card = await interaction.client.app.sharing.keep_private(
            style.id, OwnerId(interaction.user.id), version_id=version.id
        )
        texts, name = texts_of(interaction), plain(style.name)
        own, shared = version.number, card.shared_number
        if shared is None:
            said = texts.say("train.now_private", style=name)
        else:
            said = texts.say("train.now_private_other", style=name, own=own, shared=shared)
        await _confirm(interaction, self.target, said)


class GetFileButton(CardButton, verb="file"):
    """Give the artist the LoRA file of the version that was trained."""

    async def press(self, interaction: BotInteraction) -> None:
        """Hand it out, if the presser may have it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        style, version = await trained(interaction, self.target)
        await hand_out(interaction, style, version.id)
