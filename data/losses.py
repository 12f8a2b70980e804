"""What a training tells of its loss."""

from __future__ import annotations

from typing import NamedTuple


class LossPoint(NamedTuple):
    """The mean training loss of the steps up to this one, since the point before."""

    step: int
    loss: float
