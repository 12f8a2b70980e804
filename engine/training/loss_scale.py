"""Gradients in half precision: the loss is made larger, so that small ones are not lost."""

from __future__ import annotations

from typing import Final

import torch

from engine.errors import JobFailed

_START: Final = 2.0**16
_LARGEST: Final = 2.0**24
#: so many good steps in a row, and it is tried with twice as much
_PATIENCE: Final = 500
#: steps in a row that may fail
_FORGIVEN: Final = 20


class LossScale:
    """Micikevicius et al. 2018 (arXiv 1710.03740), section 3.2, with its dynamic scale.

    With any other kind of numbers than float16 it is 1 for ever, and nothing is forgiven.
    """

    def __init__(self, dtype: torch.dtype) -> None:
        self._moves = dtype is torch.float16
        self.value = _START if self._moves else 1.0
        #: good steps since it was changed last
        self.good = 0
        #: steps in a row that could not be used
        self.bad = 0

    def judge(self, *, loss: bool, grads: bool, step: int) -> bool:
        """Take note whether a step's loss and gradients are numbers; say if they may be used.

        JobFailed `train.not_finite` when they are none, and a smaller scale would not help.
        """
        if loss and grads:
            self.bad = 0
            self._rise()
            return True
        self.bad += 1
        if not self._moves or self.value <= 1 or self.bad > _FORGIVEN:
            raise JobFailed("train.not_finite", step=step)
        if loss:  # it went forward, so the scale was too much going backward
            self.value, self.good = self.value / 2, 0
        return False

    def go_on(self, value: float, good: int) -> None:
        """Take up what an earlier process had, if it computed in the same kind."""
        if self._moves and value > 1:
            self.value, self.good = value, good

    def _rise(self) -> None:
        if not self._moves:
            return
        self.good += 1
        if self.good >= _PATIENCE:
            self.value, self.good = min(_LARGEST, self.value * 2), 0
