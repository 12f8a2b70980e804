"""Reports: what somebody thinks a moderator should see, brought to where moderators look."""

from __future__ import annotations

from typing import Any, Final, Self

import discord

from bot.errors import UserError
from bot.i18n import Texts
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction, CardButton
from cogs.ui.window import Window
from cogs.ui.wording import mention, plain
from data.models import JobId, OwnerId

_REASON_CHARS: Final = 500


class ReportButton(CardButton, verb="report"):
    """Ask what is wrong."""

    async def press(self, interaction: BotInteraction) -> None:
        """Open the window, where there is somebody to tell."""
        await ask_reason(interaction, JobId(self.target))


async def ask_reason(interaction: BotInteraction, job_id: JobId) -> None:
    """Open the window; UserError report.nobody where no moderators' channel is known."""
    _moderators(interaction)
    await interaction.response.send_modal(ReportWindow(texts_of(interaction), job_id))


class ReportWindow(Window):
    """Asks for a reason; made again when it is sent in, like all windows."""

    verb = "report"

    def __init__(self, texts: Texts, job_id: JobId) -> None:
        super().__init__(texts, job_id, texts.say("report.title"))
        self._job_id = job_id
        self._reason: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="reason",
            style=discord.TextStyle.paragraph,
            max_length=_REASON_CHARS,
            required=True,
        )
        self.ask("report.reason", None, self._reason)

    @classmethod
    def again(cls, texts: Texts, target: str) -> Self:
        """Make the window that was sent in."""
        return cls(texts, JobId(target))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Bring it to the moderators."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        place = (await interaction.client.app.jobs.view(self._job_id)).job.place
        texts = Texts(str(interaction.guild_locale or interaction.locale))
        said = texts.say(
            "report.told",
            person=mention(OwnerId(interaction.user.id)),
            link=f"https://discord.com/channels/{place.guild_id}/{place.channel_id}/{place.message_id}",
            reason=plain(self._reason.value, _REASON_CHARS),
        )
        try:
            await _moderators(interaction).send(said)
        except discord.Forbidden:
            raise UserError("report.nobody") from None
        await interaction.followup.send(texts_of(interaction).say("report.thanks"), ephemeral=True)


def _moderators(interaction: discord.Interaction[Any]) -> discord.TextChannel:
    """Find the channel that Discord itself warns this server's moderators in."""
    guild = interaction.guild
    found = guild and (guild.safety_alerts_channel or guild.public_updates_channel)
    if not found:
        raise UserError("report.nobody")
    return found
