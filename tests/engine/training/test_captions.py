"""Captions are the artist's words, in several orders where they are tags."""

from __future__ import annotations

import pytest

from engine.captions.plain import tidy, variants


@pytest.mark.parametrize(
    ("caption", "tidied"),
    [
        ("  a ,b,,  c d \n e ", "a, b, c d e"),
        ("One sentence.", "One sentence."),
        ("", ""),
        (" , ", ""),
    ],
)
def test_captions_are_tidied(caption: str, tidied: str) -> None:
    assert tidy(caption) == tidied


def test_orders_differ_and_keep_the_first_tag() -> None:
    made = variants("mira, a, b, c, d", count=4, seed=1)
    assert made[0] == "mira, a, b, c, d"
    assert len(set(made)) == 4
    assert all(text.startswith("mira, ") for text in made)
    assert all(sorted(text.split(", ")) == ["a", "b", "c", "d", "mira"] for text in made)


def test_orders_follow_from_the_seed() -> None:
    assert variants("m, a, b, c, d", count=4, seed=1) == variants("m, a, b, c, d", count=4, seed=1)
    assert variants("m, a, b, c, d", count=4, seed=1) != variants("m, a, b, c, d", count=4, seed=2)


@pytest.mark.parametrize(
    ("caption", "orders"), [("", 1), ("a cat on a mat", 1), ("a, b", 1), ("m, a, b", 2)]
)
def test_short_captions_have_as_many_orders_as_there_are(caption: str, orders: int) -> None:
    made = variants(caption, count=4, seed=1)
    assert len(made) == len(set(made)) == orders
