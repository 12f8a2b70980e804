"""Find the weights of `engine.measure.quality`: what tells score 9 from 4 whatever the style.

The weights w make the mean difference between a drawing done well and the same one done badly as
large as can be beside its spread (Fisher's linear discriminant), where turning any knob of a
style counts as spread, too. The difference is read as the base's pictures are, after its VAE; a
knob may not move what is read before it either.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.builtin.codec import round_trips
from engine.builtin.drawing import draw
from engine.builtin.knobs import KNOBS, turned
from engine.builtin.look import Look
from engine.builtin.shipping import shipped_codec
from engine.builtin.state import assets_folder
from engine.measure.quality import signs

FIRST_SEED: Final = 60_000_000
PAIRS, TURNS = 160, 100
_KNOBS_COUNT: Final = 3.0
_DOUBT: Final = 0.5


def fitted_weights() -> NDArray[np.float64]:
    """Draw and read 7,400 pictures, half of them through the base's VAE (twenty minutes)."""
    codec = shipped_codec(assets_folder()).eval()

    def read(count: int, look: Look | None, score: int | None) -> NDArray[np.float64]:
        sharp = [draw(FIRST_SEED + n, look=look, score=score).picture for n in range(count)]
        return _signs([*sharp, *round_trips(codec, sharp)])

    scale = read(PAIRS, None, None).std(axis=0)
    gain = (read(PAIRS, None, 9) - read(PAIRS, None, 4))[PAIRS:] / scale
    spread = np.cov(gain.T) + _DOUBT * np.eye(len(scale))
    for knob in KNOBS:
        low, high = (read(TURNS, look, 8) / scale for look in turned(knob))
        for half in (slice(TURNS), slice(TURNS, None)):
            moved = (high[half] - low[half]).mean(axis=0)
            spread += _KNOBS_COUNT * np.outer(moved, moved)
    return np.linalg.solve(spread, gain.mean(axis=0)) / scale


def _signs(pictures: list[Image.Image]) -> NDArray[np.float64]:
    return np.stack([signs(picture) for picture in pictures])
