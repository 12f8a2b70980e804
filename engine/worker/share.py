"""How drawings and trainings divide the device's time while both want it."""

from __future__ import annotations


class Share:
    """Lets a training step pass when trainings are behind their share, and never two in a row.

    So a drawing waits for one training step at most. Who is alone has all the time, and nothing
    is owed for it.
    """

    def __init__(self, of_training: float) -> None:
        if not 0 < of_training < 1:
            raise ValueError(f"a share is between 0 and 1, not {of_training}")
        self._rate = of_training / (1 - of_training)
        #: seconds that trainings may still take
        self._owed = 0.0
        self._was_training = False

    @property
    def training_next(self) -> bool:
        """Whose turn it is while both want it."""
        return self._owed >= 0 and not self._was_training

    def spent(self, seconds: float, *, training: bool, both: bool) -> None:
        """Count a step; `both` says whether the other kind wanted the time as well."""
        self._was_training = training
        if not both:
            self._owed = 0.0
        elif training:
            self._owed -= seconds
        else:
            self._owed += seconds * self._rate
