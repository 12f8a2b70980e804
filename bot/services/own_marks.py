"""An artist's own judgement of what was drawn in their style."""

from __future__ import annotations

from bot.clock import Clock
from bot.errors import UserError
from bot.services.jobs import JobService, JobView
from bot.services.store import Store
from data.errors import NotFound
from data.models import JobId, OwnerId


class OwnMarkService:
    """Keeps which pictures an artist could have drawn."""

    def __init__(self, store: Store, jobs: JobService, clock: Clock) -> None:
        self._store = store
        self._jobs = jobs
        self._clock = clock

    async def toggle(self, job_id: JobId, number: int, person_id: OwnerId) -> bool:
        """Mark picture `number`, counted from 1, or take the mark back; whether it stands now.

        Only the artist of the style that it was drawn with may. UserError job.unknown,
        draw.own_not_artist, draw.picture_gone.
        """
        try:
            view = await self._jobs.view(job_id)
        except NotFound:
            raise UserError("job.unknown") from None
        if not is_artist(view, person_id):
            raise UserError("draw.own_not_artist")
        for picture in view.pictures:
            if picture.ordinal == number - 1:
                return await self._store.own_marks.toggle(
                    picture.id, person_id, self._clock.now_ms()
                )
        raise UserError("draw.picture_gone")


def is_artist(view: JobView, person_id: OwnerId) -> bool:
    """Tell whether a draw is in this person's own hand, which what they imported is not."""
    style = view.style
    return style is not None and style.owner_id == person_id and style.source_file is None
