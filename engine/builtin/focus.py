"""Where training looks closer: a face is a tenth of the picture and half of what is asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor

from engine.builtin.pen import SIDE, Face

CELL: Final = 8  # pixels of the picture per latent
CELLS: Final = SIDE // CELL
#: A small face would otherwise count for all of the loss.
MOST: Final = 8.0


def face_weights(faces: Sequence[Face | None]) -> Tensor:
    """Weigh the latents so that a face counts as much as all around it; (B, 1, 16, 16), mean 1.

    Weights on places do not change what the best guess of each is, only how soon it is learnt.
    """
    return torch.stack([_weights(face) for face in faces])[:, None]


def _weights(face: Face | None) -> Tensor:
    weights = torch.ones(CELLS, CELLS)
    if face is None:
        return weights
    x, y, radius = face
    middles = (torch.arange(CELLS) + 0.5) * CELL
    inside = ((middles - y).abs() < radius)[:, None] & ((middles - x).abs() < radius)[None]
    share = float(inside.float().mean())
    if share > 0:
        weights[inside] = min(MOST, max(1.0, (1 - share) / share))
    return weights / weights.mean()
