"""Where trainings make their steps: those that are alike in one pass."""

from __future__ import annotations

import gc
import logging
from collections.abc import Sequence
from typing import Final

import torch

from engine.base.loading import LoadedBase
from engine.errors import JobFailed
from engine.memory.shortage import asked_bytes, is_shortage
from engine.training.loop import Training, alike, step_together

log = logging.getLogger(__name__)

#: Rows of all trainings in one pass.
MOST_ROWS: Final = 32


class TrainingBench:
    """Co-trains, as long as rows do not grow too many."""

    def __init__(self, base: LoadedBase, *, most_rows: int = MOST_ROWS) -> None:
        self._base = base
        self._most_rows = min(most_rows, base.plan.train_rows or most_rows)

    def choose(self, waiting: Sequence[Sequence[Training]]) -> list[Training]:
        """Take the first, and whatever is like it."""
        first = waiting[0][0]
        most = 1 if first.parts else max(1, self._most_rows // first.recipe.batch)
        same = [training for [training] in waiting if alike(training, first)]
        return same[:most]

    def do(self, trainings: Sequence[Training]) -> None:
        """Make the next step of each.

        Where memory is short, so many never go together again: whoever asked tries each alone. Who
        is alone makes the same step with less, once; after that JobFailed `train.no_memory`.
        """
        try:
            step_together(self._base, trainings)
        except (MemoryError, RuntimeError) as error:
            if not is_shortage(error):
                raise
            if len(trainings) > 1:
                self._most_rows = (len(trainings) - 1) * trainings[0].recipe.batch
                raise
            _save_memory(trainings[0], error)
        else:
            return
        # Out here, for until the error is gone its frames hold what the step had made.
        _free()
        self.do(trainings)


def _save_memory(training: Training, error: BaseException) -> None:
    if training.save_memory():
        log.warning("memory was short: the batch goes in %d parts now", training.parts)
        return
    asked = asked_bytes(error)
    if asked is None:
        raise error
    raise JobFailed(
        "train.no_memory",
        asked=f"{asked / 1e9:.2g}",
        step=training.step_number + 1,
        batch=training.recipe.batch,
        rank=training.recipe.rank,
    ) from error


def _free() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
