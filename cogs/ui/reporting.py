"""Reports: what somebody thinks a moderator should see, brought to where moderators look."""

from __future__ import annotations

import re
from typing import Any, Final, Self, cast

import discord

from bot.errors import UserError
from bot.i18n import Texts
from bot.tree import report, texts_of
from cogs.ui.buttons import BotInteraction, CardButton
from cogs.ui.wording import mention, plain
from data.models import JobId, OwnerId

_CUSTOM_ID: Final = re.compile(r"oh:report:(?P<job>[0-9a-z]{1,24})")
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


class ReportWindow(discord.ui.Modal):
    """Asks for a reason; made again when it is sent in, like all windows."""

    def __init__(self, texts: Texts, job_id: JobId) -> None:
        super().__init__(title=texts.say("report.title"), custom_id=f"oh:report:{job_id}")
        # See DrawingsModal: `receive` answers, not discord.py.
        self.stop()
        self._job_id = job_id
        self._reason: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="reason",
            style=discord.TextStyle.paragraph,
            max_length=_REASON_CHARS,
            required=True,
        )
        label: discord.ui.Label[Any] = discord.ui.Label(
            text=texts.say("report.reason"), component=self._reason
        )
        self.add_item(label)

    @classmethod
    def sent_in(cls, interaction: discord.Interaction[Any]) -> Self | None:
        """Make the window again that was sent in; None when it is another one."""
        data = cast("dict[str, Any]", interaction.data)
        match = _CUSTOM_ID.fullmatch(data["custom_id"])
        return match and cls(texts_of(interaction), JobId(match["job"]))

    async def receive(self, interaction: discord.Interaction[Any]) -> None:
        """Read what was put into the window, and do what `on_submit` says."""
        data = cast("dict[str, Any]", interaction.data)
        await self._dispatch_submit(interaction, data["components"], data.get("resolved") or {})

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

    async def on_error(self, interaction: discord.Interaction[Any], error: Exception, /) -> None:
        """Report like a command's error."""
        await report(interaction, error)


def _moderators(interaction: discord.Interaction[Any]) -> discord.TextChannel:
    """Find the channel that Discord itself warns this server's moderators in."""
    guild = interaction.guild
    found = guild and (guild.safety_alerts_channel or guild.public_updates_channel)
    if not found:
        raise UserError("report.nobody")
    return found
