"""What a job does, by its kind."""

from __future__ import annotations

from bot.services.jobs import JobView
from bot.services.tasks import DrawTask, TrainTask


def draw_task(view: JobView) -> DrawTask:
    """Take the draw out of a job that is one."""
    if not isinstance(view.task, DrawTask):
        raise TypeError(f"job {view.job.id} draws nothing")
    return view.task


def train_task(view: JobView) -> TrainTask:
    """Take the training out of a job that is one."""
    if not isinstance(view.task, TrainTask):
        raise TypeError(f"job {view.job.id} trains nothing")
    return view.task
