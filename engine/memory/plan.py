"""What is made smaller, one thing after the other, until the work fits into the memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from engine.errors import JobFailed

if TYPE_CHECKING:
    from engine.memory.needs import Needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How generous the engine is with its memory; the defaults are for as much as one likes."""

    #: styles in use at once
    slots: int = 8
    #: pictures of the family's own size in one batch
    pictures: int = 8
    #: batches whose gathered styles are remembered: groups of several sizes take turns
    batches: int = 4
    #: for keys and values of prompts: twenty of one window on SDXL
    kept_text_bytes: int = 512 << 20
    #: rows of a training step that go through the U-Net at once; None for all
    train_rows: int | None = None
    #: forget what a training step could compute again going backward (Chen et al. 2016)
    checkpointed: bool = False
    #: decode every picture in squares
    tiled: bool = False
    #: leave the text encoders in the host's memory
    texts_on_host: bool = False
    #: pixels of a picture that is decoded whole, larger ones in squares; None for any
    whole_pixels: int | None = None
    #: pixels of all pictures in one batch: four of 512², one of 1024²
    most_pixels: int = 1024 * 1024
    #: pixels of the largest picture that is drawn; None for any
    largest_pixels: int | None = None

    def resident(self, needs: Needs) -> int:
        """Bytes that are held all the time."""
        texts = 0 if self.texts_on_host else needs.texts
        return needs.weights + texts + (self.slots + 1) * needs.style + self.kept_text_bytes

    def gathered(self, needs: Needs) -> int:
        """Bytes of the styles that are laid out for the rows of the remembered batches."""
        return self.batches * 2 * self.pictures * needs.style

    def drawing(self, needs: Needs) -> int:
        """Bytes that a drawing step or a decoding takes, whichever is more."""
        decoding = needs.decoding_tile if self.tiled else needs.decoding
        return max(2 * self.pictures * needs.drawing_row, decoding)

    def training(self, needs: Needs) -> int:
        """Bytes that a training step takes."""
        row = needs.training_row_again if self.checkpointed else needs.training_row
        return max((self.train_rows or USUAL_ROWS) * row, needs.learning)

    def peaks(self, needs: Needs) -> dict[str, int]:
        """Bytes at the worst moment: drawing, training, and both, whose steps take turns."""
        drawing = self.resident(needs) + self.gathered(needs)
        training = self.resident(needs) + needs.training
        both = training + self.gathered(needs) + max(self.drawing(needs), self.training(needs))
        return {
            "drawing": drawing + self.drawing(needs),
            "training": training + self.training(needs),
            "drawing beside training": both,
        }

    def peak(self, needs: Needs) -> int:
        """Bytes at the worst moment of all."""
        return max(self.peaks(needs).values())


GENEROUS: Final = Plan()
#: Side of the squares that a picture is decoded in, in latents.
TILE: Final = 64
#: Rows of a usual training step.
USUAL_ROWS: Final = 4
#: The least loss first: none of these changes what comes out but for rounding. Several trainings
#: may go through the U-Net together before this begins.
_THRIFT: Final[tuple[dict[str, Any], ...]] = (
    {"train_rows": USUAL_ROWS},
    {"checkpointed": True},
    {"pictures": 4},
    {"tiled": True},
    {"batches": 2},
    {"train_rows": 2},
    {"pictures": 2},
    {"slots": 4, "kept_text_bytes": 256 << 20},
    {"train_rows": 1},
    {"batches": 1, "pictures": 1},
    {"texts_on_host": True},
    {"slots": 2, "kept_text_bytes": 64 << 20},
    {"slots": 1},
)


def fitting(needs: Needs, budget: int, *, trainings: int = 1, slots: int = 0) -> Plan:
    """Find the most generous plan for so many bytes; JobFailed `engine.small_memory` if none is.

    `slots` is how many there must be, 0 for as many as fit.
    """
    plan, peak = GENEROUS, 0
    for change in (*_together(trainings), *_THRIFT):
        plan = dataclasses.replace(plan, **(change | ({"slots": slots} if slots else {})))
        peak = plan.peak(needs) + (trainings - 1) * needs.training
        if peak <= budget:
            room = budget - peak + plan.drawing(needs)
            largest = max(plan.pictures, room // (2 * needs.drawing_row)) * needs.pixels
            return dataclasses.replace(
                plan,
                most_pixels=plan.pictures * needs.pixels,
                largest_pixels=largest,
                whole_pixels=0 if plan.tiled else needs.pixels,
            )
    needed, free = (f"{amount / 1e9:.1f}" for amount in (peak, budget))
    raise JobFailed("engine.small_memory", needed=needed, free=free)


def _together(trainings: int) -> Iterator[dict[str, Any]]:
    """Give the plans in which so many trainings make their steps in one pass, then fewer."""
    for rows in range(trainings * USUAL_ROWS, USUAL_ROWS, -USUAL_ROWS):
        yield {"train_rows": rows}
