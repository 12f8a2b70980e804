"""`/queue`: what is being worked on, and stopping it."""

from __future__ import annotations

from collections.abc import Sequence

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import OwnhandBot
from bot.i18n import Texts
from bot.services.jobs import JobView
from bot.services.tasks import DrawTask
from bot.translator import named
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction, button
from cogs.ui.card import Card, card
from cogs.ui.job_buttons import is_moderator
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
        viewer = OwnerId(interaction.user.id)
        views = await self.bot.app.jobs.queue(viewer, interaction.guild_id)
        shown = _card(texts_of(interaction), views, _stoppable(interaction, views))
        await interaction.response.send_message(view=shown.view, ephemeral=True)


def _stoppable(interaction: BotInteraction, views: Sequence[JobView]) -> set[str]:
    """Decide which buttons are worth showing; the service decides who may."""
    if is_moderator(interaction):
        return {view.job.id for view in views}
    return {view.job.id for view in views if view.job.owner_id == interaction.user.id}


def _card(texts: Texts, views: Sequence[JobView], stoppable: set[str]) -> Card:
    if not views:
        return card(texts.say("queue.empty"))
    shown = list(enumerate(views[:_LISTED_MOST], 1))
    lines = [f"**{number}.** {_line(texts, view)}" for number, view in shown]
    if len(views) > _LISTED_MOST:
        lines.append(texts.say("queue.more", count=len(views) - _LISTED_MOST))
    buttons = [
        button("cancel", view.job.id, texts, label=texts.say("queue.cancel", number=number))
        for number, view in shown
        if view.job.id in stoppable
    ]
    return card(f"### {texts.say('queue.title')}", "\n".join(lines), buttons=buttons)


def _line(texts: Texts, view: JobView) -> str:
    job, task = view.job, view.task
    if isinstance(task, DrawTask):
        what = texts.say("queue.drawing", prompt=plain(task.prompt, _PROMPT_CHARS))
    else:
        what = texts.say("queue.training", style=plain(task.style_name))
    if job.state is JobState.RUNNING:
        state = texts.say("queue.running", percent=100 * job.step // max(1, job.steps))
    else:
        state = texts.say("queue.waiting", position=view.position or 1)
    return texts.say("queue.line", what=what, person=mention(job.owner_id), state=state)


async def setup(bot: OwnhandBot) -> None:
    """Load the extension."""
    await bot.add_cog(QueueCog(bot))
