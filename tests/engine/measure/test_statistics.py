"""Against closed forms."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from engine.measure.statistics import ranks, sign_flip_p, spearman


def test_equal_values_share_a_rank() -> None:
    assert ranks([10, 30, 20, 30]).tolist() == [1, 3.5, 2, 3.5]


def test_spearman_without_ties_is_the_textbook_formula() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.permutation(9), rng.permutation(9)
    d = ranks(a) - ranks(b)
    assert spearman(a, b) == pytest.approx(1 - 6 * float(d @ d) / (9 * (81 - 1)))
    assert spearman(a, a**3) == pytest.approx(1)
    assert spearman(a, -a) == pytest.approx(-1)
    assert spearman(a, np.ones(9)) == 0


def test_sign_flips_agree_with_counting_all_of_them() -> None:
    gains = np.asarray([1.0, 0.4, -0.3, 0.8, 0.1, 0.9])
    flips = np.asarray(list(itertools.product((-1, 1), repeat=6)))
    exact = float(((flips @ gains) >= gains.sum() - 1e-12).mean())
    assert sign_flip_p(gains, rounds=20_000) == pytest.approx(exact, abs=0.01)


def test_no_effect_is_no_evidence() -> None:
    assert sign_flip_p([0.5, -0.5, 0.2, -0.2]) > 0.4
