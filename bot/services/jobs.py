"""Jobs as people see them: state, place in the queue, results, cancel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from data.models import Checkpoint, Job, JobId, OwnerId, Picture, Place, Style
from bot.services.tasks import DrawTask, TrainTask


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """One job with everything its message shows."""

    job: Job
    #: what was asked: prompt, recipes, unknown words, or the training's plan
    task: DrawTask | TrainTask
    #: the style drawn with or trained; None without one
    style: Style | None = None
    #: 1 is next; None unless queued
    position: int | None = None
    #: of a draw, by ordinal (0-based)
    pictures: tuple[Picture, ...] = ()
    #: of a training, oldest first
    checkpoints: tuple[Checkpoint, ...] = ()

    @property
    def style_name(self) -> str | None:
        """The style's name, or None."""
        return self.style.name if self.style else None


class JobService:
    """Read and cancel jobs."""

    async def view(self, job_id: JobId) -> JobView:
        """Collect what the job's message shows; data.errors.NotFound when it was erased."""
        raise NotImplementedError

    async def queue(self, viewer_id: OwnerId, guild_id: int | None) -> tuple[JobView, ...]:
        """List running and queued jobs of this server and the viewer's own, in queue order.

        Others' quiet jobs are left out.
        """
        raise NotImplementedError

    async def cancel(
        self, job_id: JobId, actor_id: OwnerId, *, is_moderator: bool = False
    ) -> JobView:
        """Ask for the end of a job; UserError job.not_yours, job.ended or job.unknown."""
        raise NotImplementedError

    async def set_place(self, job_id: JobId, place: Place) -> None:
        """Remember where the job's one message is."""
        raise NotImplementedError

    def follow(self, job_id: JobId) -> AsyncIterator[JobView]:
        """Yield the job now and after every change, the last time in its final state."""
        raise NotImplementedError

    async def wait(self, job_id: JobId) -> JobView:
        """Wait for the job's final state."""
        raise NotImplementedError
