"""How the loss fell: one line of the training, one of the drawings that were kept aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw

from cogs.ui.lettering import FAINT, GROUND, INK, write
from cogs.ui.pictures import Copy, as_png
from data.losses import LossPoint

WIDTH: Final = 780
HEIGHT: Final = 300
TRAINING: Final = (232, 163, 61)
HELD_OUT: Final = (104, 172, 255)
_GRID: Final = (64, 67, 73)
#: The plot inside the picture: left, top, right, bottom.
_PLOT: Final = (24, 70, WIDTH - 24, HEIGHT - 48)
_LEGEND: Final = 28
_NUMBERS: Final = 26
#: Drawn so many times larger, so that lines come out smooth.
_FINE: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """What is known of a training's loss so far."""

    #: of how many steps
    steps: int
    training: Sequence[LossPoint]
    #: measured at checkpoints; empty when no drawing is kept aside
    held_out: Sequence[LossPoint]
    #: the steps of the checkpoints, the first of them is number 1
    checkpoints: Sequence[int]


def chart(curve: Curve, *, training: str, held_out: str) -> Copy:
    """Draw the curve under a legend with the newest values, the checkpoints by their numbers."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), GROUND)
    fine = picture.resize((WIDTH * _FINE, HEIGHT * _FINE))
    place = _Place.of(curve)
    pen = ImageDraw.Draw(fine)
    for step in curve.checkpoints:
        x = place.x(step)
        pen.line((x, _PLOT[1] * _FINE, x, _PLOT[3] * _FINE), _GRID, 2 * _FINE)
    pen.line((_PLOT[0] * _FINE, _PLOT[3] * _FINE, _PLOT[2] * _FINE, _PLOT[3] * _FINE), _GRID, 6)
    _line(pen, place, curve.training, TRAINING, dots=len(curve.training) == 1)
    _line(pen, place, curve.held_out, HELD_OUT, dots=True)
    picture = fine.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    _number(picture, place, curve.checkpoints)
    left = _legend(picture, _PLOT[0], TRAINING, training, curve.training)
    _legend(picture, left + 40, HELD_OUT, held_out, curve.held_out)
    return as_png(picture)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a point lies in the fine picture."""

    steps: int
    low: float
    high: float

    @classmethod
    def of(cls, curve: Curve) -> _Place:
        losses = [point.loss for point in (*curve.training, *curve.held_out)] or [0.0]
        low, high = min(losses), max(losses)
        room = 0.08 * (high - low) or 0.5
        return cls(steps=max(1, curve.steps), low=low - room, high=high + room)

    def x(self, step: int) -> float:
        left, right = _PLOT[0], _PLOT[2]
        return (left + (right - left) * min(step, self.steps) / self.steps) * _FINE

    def y(self, loss: float) -> float:
        top, bottom = _PLOT[1], _PLOT[3]
        return (bottom - (bottom - top) * (loss - self.low) / (self.high - self.low)) * _FINE


def _line(
    pen: ImageDraw.ImageDraw,
    place: _Place,
    points: Sequence[LossPoint],
    colour: tuple[int, int, int],
    *,
    dots: bool,
) -> None:
    at = [(place.x(point.step), place.y(point.loss)) for point in points]
    if len(at) > 1:
        pen.line(at, colour, 4 * _FINE, joint="curve")
    for x, y in at if dots else at[-1:]:
        radius = 6 * _FINE
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), colour, GROUND, _FINE)


def _number(picture: Image.Image, place: _Place, checkpoints: Sequence[int]) -> None:
    """Write the checkpoints' numbers under the plot, and leave out what would not fit."""
    free = 0.0
    for number, step in enumerate(checkpoints, 1):
        x = place.x(step) / _FINE
        if x < free:
            continue
        write(picture, str(number), (x, HEIGHT - 24), size=_NUMBERS, anchor="mm", colour=FAINT)
        free = x + 34


def _legend(
    picture: Image.Image,
    left: float,
    colour: tuple[int, int, int],
    name: str,
    points: Sequence[LossPoint],
) -> float:
    """Name a line with its newest value; return where the legend ends."""
    if not points:
        return left
    middle = 36
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((left, middle - 4, left + 28, middle + 4), 4, colour)
    at = (left + 40, middle)
    width = write(picture, f"{name} ", at, size=_LEGEND, anchor="lm", colour=FAINT)
    value = f"{points[-1].loss:.4f}"
    return (
        at[0]
        + width
        + write(picture, value, (at[0] + width, middle), size=_LEGEND, anchor="lm", colour=INK)
    )
