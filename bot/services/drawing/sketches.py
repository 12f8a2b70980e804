"""A person's own picture, from which others start."""

from __future__ import annotations

import hashlib
from contextlib import aclosing

from bot.errors import UserError
from bot.services.intake import Accepted, IntakeService, Upload
from bot.services.orders import Start

#: How much is drawn anew when nobody says: the sketch's layout stays, its lines are made anew.
DEFAULT_CHANGE = 0.6
LEAST_CHANGE = 0.1


class SketchService:
    """Takes one picture in, as drawings are taken in: decoded in the limited child process."""

    def __init__(self, intake: IntakeService) -> None:
        self._intake = intake

    async def take(self, upload: Upload, change: float | None = None) -> Start:
        """Decode it; UserError draw.change_range, and those of a drawing that is refused.

        Nothing is stored yet: its draw does that.
        """
        denoise = DEFAULT_CHANGE if change is None else change
        if not LEAST_CHANGE <= denoise <= 1:
            raise UserError("draw.change_range", value=denoise, low=LEAST_CHANGE, high=1)
        if upload.name.lower().endswith(".zip"):
            raise UserError("draw.one_picture")
        async with aclosing(self._intake.judge([upload], room=1)) as outcomes:
            async for outcome in outcomes:
                if isinstance(outcome, Accepted):
                    return _start(outcome, denoise)
                raise UserError(outcome.key, **outcome.facts)
        raise UserError("draw.one_picture")


def _start(taken: Accepted, denoise: float) -> Start:
    return Start(
        sha256=hashlib.sha256(taken.png).hexdigest(),
        denoise=denoise,
        png=taken.png,
        size=(taken.width, taken.height),
    )
