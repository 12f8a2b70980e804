"""Kinds of drawings are found where there are some, and not where there are none."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.builtin.artists import DORA, DRAWINGS, Kind
from engine.measure.kinds import KINDS_MOST, kind_traits, suggest_kinds

ARTISTS = Path(__file__).resolve().parents[3] / "data" / "assets" / "artists"
TRUTH = [DORA.kinds[index % len(DORA.kinds)] for index in range(DRAWINGS)]


@cache
def traits_of(artist: str) -> list[np.ndarray]:
    return [kind_traits(Image.open(path)) for path in sorted((ARTISTS / artist).glob("*.png"))]


def agreement(found: tuple[int, ...], truth: list[Kind]) -> float:
    """Cohen's kappa over pairs: 1 for the same partition, 0 for chance."""
    pairs = [(found[a] == found[b], truth[a] is truth[b]) for a, b in combinations(range(36), 2)]
    same = np.asarray(pairs)
    agreed = (same[:, 0] == same[:, 1]).mean()
    one, other = same.mean(axis=0)
    chance = one * other + (1 - one) * (1 - other)
    return float((agreed - chance) / (1 - chance))


def test_sketches_among_finished_drawings_are_found_exactly() -> None:
    found = suggest_kinds(traits_of("dora"))
    sketches = {kind for kind, truth in zip(found, TRUTH, strict=True) if truth is Kind.SKETCH}
    others = {kind for kind, truth in zip(found, TRUTH, strict=True) if truth is not Kind.SKETCH}
    assert sketches == {2}, "the largest kind is the first"
    assert others == {1}, "one brush for lines and fills is not told from finished"


def test_the_suggestion_agrees_with_the_truth_far_better_than_chance() -> None:
    truth = agreement(suggest_kinds(traits_of("dora")), TRUTH)
    rng = np.random.default_rng(5)
    by_chance = [
        agreement(tuple(rng.permutation(suggest_kinds(traits_of("dora"))).tolist()), TRUTH)
        for _ in range(200)
    ]
    assert truth > 0.5
    assert truth > max(by_chance)


@pytest.mark.parametrize("artist", ["ada", "boris", "cleo", "emil"])
def test_drawings_of_one_kind_are_not_torn_apart(artist: str) -> None:
    assert set(suggest_kinds(traits_of(artist))) == {1}


def test_three_and_four_heaps_are_counted() -> None:
    rng = np.random.default_rng(1)
    for count in range(2, KINDS_MOST + 1):
        heaps = [rng.normal(4 * heap, 0.3, 4) for heap in range(count) for _ in range(9 - heap)]
        wanted = tuple(heap + 1 for heap in range(count) for _ in range(9 - heap))
        assert suggest_kinds(heaps) == wanted


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_drawings_are_of_one_kind(count: int) -> None:
    assert suggest_kinds([np.full(4, float(number)) for number in range(count)]) == (1,) * count


def test_equal_drawings_are_of_one_kind() -> None:
    assert suggest_kinds([np.zeros(4)] * 12) == (1,) * 12


def test_a_plain_sheet_can_be_measured() -> None:
    assert np.isfinite(kind_traits(Image.new("RGB", (64, 64), "white"))).all()
