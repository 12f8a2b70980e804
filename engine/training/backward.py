"""Going backward through a batch, with no more of it at once than the memory holds."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from engine.base.loading import LoadedBase
from engine.training.lesson import Rows, row_losses


@contextlib.contextmanager
def computed_again(base: LoadedBase, wanted: bool) -> Iterator[None]:
    """Forget inside what can be computed again going backward, where that is wanted."""
    if not wanted:
        yield
        return
    base.unet.model.enable_gradient_checkpointing()
    try:
        yield
    finally:
        base.unet.model.disable_gradient_checkpointing()


def go_backward(base: LoadedBase, lessons: Sequence[Rows], scales: Tensor, at_once: int) -> Tensor:
    """Add up the gradients of the styles in use; return the loss of each row, (lessons, rows).

    Only so many rows of each lesson at once.
    """
    losses: list[Tensor] = []
    for first in range(0, len(lessons[0].latents), at_once):
        some = [lesson.some(slice(first, first + at_once)) for lesson in lessons]
        rows = row_losses(base, some).reshape(len(lessons), -1)
        (rows.sum(dim=1) * scales).sum().backward()
        losses.append(rows.detach())
    return torch.cat(losses, dim=1)
