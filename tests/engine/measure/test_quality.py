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


def read(
    count: int, look: Look | None = None, score: int | None = None, *, vae: bool = False
) -> np.ndarray:
    """Judge drawings of the same seeds, as they are or as the base's VAE gives them back."""
    drawn = [draw(SEED + n, look=look, score=score).picture for n in range(count)]
    given = round_trips(codec(), drawn) if vae else drawn
    return np.asarray([quality_score(picture) for picture in given])


@cache
def codec() -> AutoencoderKL:
    return shipped_codec(assets_folder()).eval()


@cache
def deviation(*, vae: bool) -> float:
    """How much the read quality differs among random drawings."""
    return float(read(60, vae=vae).std())


def test_signs_have_names_and_weights() -> None:
    picture = draw(SEED).picture
    assert signs(picture).shape == WEIGHTS.shape == (len(SIGNS),)
    assert quality_score(picture) == pytest.approx(WEIGHTS @ signs(picture))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("vae", [False, True])
def test_blocks_of_drawings_rank_as_their_scores(vae: bool) -> None:
    blocks = np.stack([read(40, score=score, vae=vae) for score in SCORES])
    means = blocks.reshape(6, 5, 8).mean(axis=2)
    own = means - means.mean(axis=0)
    assert spearman(np.repeat(SCORES, 5), own.ravel()) >= 0.9


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("vae", [False, True])
@pytest.mark.parametrize("knob", KNOBS)
def test_no_knob_of_a_style_moves_the_quality(knob: str, vae: bool) -> None:
    low, high = turned(knob)
    moved = read(60, high, 8, vae=vae).mean() - read(60, low, 8, vae=vae).mean()
    assert abs(moved) / deviation(vae=vae) <= MOST_MOVED
