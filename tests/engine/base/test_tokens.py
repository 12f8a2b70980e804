"""A small base says which words it does not know, and which known ones are near."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.base.tokens import KnownWords, read_words

WORDS = KnownWords(
    tags=frozenset({"1girl", "1boy", "cat", "house", "leaf", "berry", "glasses", "smile"})
    | {"red hair", "brown hair", "blue eyes", "blue sky"},
    words=frozenset({"red", "brown", "blue", "hair", "sky"}),
)


@pytest.mark.parametrize(
    "prompt",
    [
        "1girl, red hair, blue eyes",
        "1GIRL , Red  Hair",
        "red_hair",
        "cats, leaves, berries, glasses",
        "a cat with red hair and blue eyes in the house",
        "score_7, score_6_up, cat",
        "red sky",
        "a girl, kitten",
        "",
        " , ,",
    ],
)
def test_known_prompts_miss_nothing(prompt: str) -> None:
    assert WORDS.unknown_words(prompt) == []


@pytest.mark.parametrize(
    ("prompt", "missed"),
    [
        ("smlie", [("smlie", "smile")]),
        ("glases", [("glases", "glasses")]),
        ("brawn heir", [("brawn heir", "brown hair")]),
        ("cat, dragon", [("dragon", None)]),
        ("dragon, cat, dragon", [("dragon", None)]),
        ("fierce dragon", [("fierce", None), ("dragon", None)]),
    ],
)
def test_unknown_words_come_with_the_nearest(
    prompt: str, missed: list[tuple[str, str | None]]
) -> None:
    assert WORDS.unknown_words(prompt) == missed


def test_a_sentence_is_spelled_as_tags() -> None:
    assert WORDS.spelled("a cat with blue eyes, dragons") == "cat, blue eyes, dragons"
    assert WORDS.spelled("a girl, red sky") == "1girl, red, sky"
    assert WORDS.spelled("score_7, score_6_up, Cats") == "score_7, score_6_up, cat"


def test_marks_in_a_prompt_are_no_words() -> None:
    prompt = "a (cat:1.25) with ((blue eyes)) BREAK (a dragon)"
    assert WORDS.spelled(prompt) == "(cat:1.25), ((blue eyes)) BREAK (dragon)"
    assert WORDS.unknown_words(prompt) == [("dragon", None)]


def test_words_are_counted() -> None:
    assert len(WORDS) == 12


def test_a_folder_without_words_knows_ordinary_language(tmp_path: Path) -> None:
    assert read_words(tmp_path) is None


def test_words_are_read_from_the_folder(tmp_path: Path) -> None:
    (tmp_path / "words.json").write_text(
        json.dumps({"tags": ["Cat", "red hair"], "words": ["red"]})
    )
    words = read_words(tmp_path)
    assert words is not None
    assert (words.tags, words.words) == ({"cat", "red hair"}, {"red"})
