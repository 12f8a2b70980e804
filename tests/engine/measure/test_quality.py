"""The quality that is read follows the asked score, and no knob of a style."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from engine.builtin.codec import round_trips
from engine.builtin.drawing import draw
from engine.builtin.knobs import KNOBS, turned
from engine.builtin.look import Look
from engine.builtin.shipping import shipped_codec
from engine.builtin.state import assets_folder
from engine.measure.quality import SIGNS, WEIGHTS, quality_score, signs
from engine.measure.statistics import spearman

SEED = 62_000_000
SCORES = range(4, 10)
#: In standard deviations among random drawings.
MOST_MOVED = 0.2


def read(count: int, look: Look | None = None, score: int | None = None) -> np.ndarray:
    """Judge drawings of the same seeds, as they are and as the VAE gives them back, (2, count)."""
    drawn = [draw(SEED + n, look=look, score=score).picture for n in range(count)]
    given = (drawn, round_trips(codec(), drawn))
    return np.asarray([[quality_score(picture) for picture in pictures] for pictures in given])


@cache
def codec() -> AutoencoderKL:
    return shipped_codec(assets_folder()).eval()


@cache
def deviation() -> np.ndarray:
    """How much the read quality differs among random drawings, both ways, (2,)."""
    return read(40).std(axis=1)


def test_signs_have_names_and_weights() -> None:
    picture = draw(SEED).picture
    assert signs(picture).shape == WEIGHTS.shape == (len(SIGNS),)
    assert quality_score(picture) == pytest.approx(WEIGHTS @ signs(picture))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_blocks_of_drawings_rank_as_their_scores() -> None:
    for blocks in np.stack([read(40, score=score) for score in SCORES], axis=1):
        means = blocks.reshape(6, 5, 8).mean(axis=2)
        own = means - means.mean(axis=0)
        assert spearman(np.repeat(SCORES, 5), own.ravel()) >= 0.9


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("knob", KNOBS)
def test_no_knob_of_a_style_moves_the_quality(knob: str) -> None:
    low, high = turned(knob)
    moved = read(40, high, 8).mean(axis=1) - read(40, low, 8).mean(axis=1)
    assert (np.abs(moved) / deviation()).max() <= MOST_MOVED
