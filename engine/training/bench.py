"""Where trainings make their steps: those that are alike in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.base.loading import LoadedBase
from engine.training.loop import Training, alike, step_together

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
        most = max(1, self._most_rows // first.recipe.batch)
        same = [training for [training] in waiting if alike(training, first)]
        return same[:most]

    def do(self, trainings: Sequence[Training]) -> None:
        """Make the next step of each."""
        step_together(self._base, trainings)
