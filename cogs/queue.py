"""`/queue`: what is being worked on, and stopping it."""

from __future__ import annotations

from collections.abc import Sequence

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import OwnhandBot
from bot.i18n import Texts
from bot.services.jobs import JobView, QueueEntry
from bot.services.tasks import DrawTask
from bot.translator import named
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction, button
from cogs.ui.card import Card, card
from cogs.ui.job_buttons import is_moderator
from cogs.ui.place import seen_ids
from cogs.ui.taking import put
from cogs.ui.wording import mention, plain
from data.models import JobState, OwnerId

_LISTED_MOST = 10
_PROMPT_CHARS = 60


class QueueCog(commands.Cog):
    """Shows the queue of a server."""

    def __init__(self, bot: OwnhandBot) -> None:
        self.bot = bot

    @app_commands.command(
        name=named("command.queue.name"), description=named("command.queue.about")
    )
    async def queue(self, interaction: discord.Interaction[OwnhandBot]) -> None:
        """List jobs in their order, with a button for each that the person may stop."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        viewer = OwnerId(interaction.user.id)
        entries = await self.bot.app.jobs.queue(viewer, interaction.guild_id, seen_ids(interaction))
        shown = _card(texts_of(interaction), entries, _stoppable(interaction, entries))
        await put(interaction, shown)


def _stoppable(interaction: BotInteraction, entries: Sequence[QueueEntry]) -> set[str]:
    """Decide which buttons are worth showing; the service decides who may."""
    jobs = [entry.view.job for entry in entries]
    if is_moderator(interaction):
        return {job.id for job in jobs}
    return {job.id for job in jobs if job.owner_id == interaction.user.id}


def _card(texts: Texts, entries: Sequence[QueueEntry], stoppable: set[str]) -> Card:
    if not entries:
        return card(texts.say("queue.empty"))
    shown = list(enumerate(entries[:_LISTED_MOST], 1))
    lines = [f"**{number}.** {_line(texts, entry)}" for number, entry in shown]
    if len(entries) > _LISTED_MOST:
        lines.append(texts.say("queue.more", count=len(entries) - _LISTED_MOST))
    ids = [(number, entry.view.job.id) for number, entry in shown]
    buttons = [
        button("cancel", job_id, texts, label=texts.say("queue.cancel", number=number))
        for number, job_id in ids
        if job_id in stoppable
    ]
    return card(f"### {texts.say('queue.title')}", "\n".join(lines), buttons=buttons)


def _line(texts: Texts, entry: QueueEntry) -> str:
    view, state = entry.view, _state(texts, entry.view)
    if not entry.readable:
        return texts.say("queue.hidden", state=state)
    person = mention(view.job.owner_id)
    return texts.say("queue.line", what=_what(texts, view), person=person, state=state)


def _what(texts: Texts, view: JobView) -> str:
    task = view.task
    if isinstance(task, DrawTask):
        return texts.say("queue.drawing", prompt=plain(task.prompt, _PROMPT_CHARS))
    return texts.say("queue.training", style=plain(task.style_name))


def _state(texts: Texts, view: JobView) -> str:
    job = view.job
    if job.state is JobState.RUNNING:
        return texts.say("queue.running", percent=100 * job.step // max(1, job.steps))
    return texts.say("queue.waiting", position=view.position or 1)


async def setup(bot: OwnhandBot) -> None:
    """Load the extension."""
    await bot.add_cog(QueueCog(bot))
