"""The one message of a job, whatever it does."""

from __future__ import annotations

from bot.app import App
from bot.services.files.room import USUAL_BYTES
from bot.services.jobs import JobView
from cogs.ui.card import Card
from cogs.ui.draw_card import draw_card
from cogs.ui.train_card import train_card
from data.models import JobKind


async def job_card(
    app: App, view: JobView, *, lasting: bool = True, file_bytes: int = USUAL_BYTES
) -> Card:
    """Lay out the job's message in its present state, with files of at most `file_bytes` each."""
    if view.job.kind is JobKind.TRAIN:
        return await train_card(app, view)
    return await draw_card(app, view, lasting=lasting, file_bytes=file_bytes)
