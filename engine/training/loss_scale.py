"""Gradients in half precision: the loss is made larger, so that small ones are not lost."""

from __future__ import annotations

from typing import Final

import torch

from engine.errors import JobFailed

_START: Final = 2.0**16
_LARGEST: Final = 2.0**24
#: so many good steps in a row, and it is tried with twice as much
_PATIENCE: Final = 500


class LossScale:
    """Micikevicius et al. 2018 (arXiv 1710.03740), section 3.2, with its dynamic scale.

    With any other kind of numbers than float16 it is 1 for ever, and nothing is forgiven.
    """

    def __init__(self, dtype: torch.dtype) -> None:
        self._moves = dtype is torch.float16
        self.value = _START if self._moves else 1.0
        #: good steps since it was changed last
        self.good = 0

    def judge(self, *, finite: bool, step: int) -> bool:
        """Take note of a step's gradients; say whether they may be used.

        JobFailed `train.not_finite` when they are no numbers and a smaller scale would not help.
        """
        if finite:
            self._rise()
            return True
        if not self._moves or self.value <= 1:
            raise JobFailed("train.not_finite", step=step)
        self.value, self.good = self.value / 2, 0
        return False

    def _rise(self) -> None:
        self.good += 1
        if self._moves and self.good >= _PATIENCE:
            self.value, self.good = min(_LARGEST, self.value * 2), 0
