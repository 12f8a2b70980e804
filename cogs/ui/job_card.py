"""The one message of a job, whatever it does."""

from __future__ import annotations

from bot.app import App
from bot.services.jobs import JobView
from cogs.ui.card import Card
from cogs.ui.draw_card import draw_card
from cogs.ui.train_card import train_card
from data.models import JobKind


async def job_card(app: App, view: JobView, *, lasting: bool = True) -> Card:
    """Lay out the job's message in its present state."""
    if view.job.kind is JobKind.TRAIN:
        return await train_card(app, view)
    return await draw_card(app, view, lasting=lasting)
