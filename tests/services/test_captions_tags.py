"""Captions as tags: what a tagger saw, and what becomes of it."""

from __future__ import annotations

import pytest

from bot.services.captions_tags import (
    DEFAULT_BLACKLIST,
    MAX_CAPTION_CHARS,
    TagRules,
    caption_of,
    fold,
    is_score,
    joined,
    tags_of,
)
from engine.protocol import Captioned

RULES = TagRules.of()


def seen(**general: float) -> Captioned:
    spelled = {name.replace("_", " "): share for name, share in general.items()}
    return Captioned(
        request_id="c",
        index=0,
        general=spelled,
        characters={"hatsune miku": 0.99},
        ratings={"general": 0.9, "explicit": 0.1},
    )


def test_who_is_there_comes_first_then_the_surest_tag() -> None:
    what = seen(smile=0.6, long_hair=0.9, solo=0.95)
    what.general.update({"1girl": 0.7, "multiple boys": 0.8, "6+others": 0.5})
    said = caption_of(what, RULES)
    assert said == "multiple boys, 1girl, 6+others, solo, long hair, smile"


def test_ratings_and_characters_stay_out() -> None:
    assert caption_of(seen(cat=0.9), RULES) == "cat"
    named = caption_of(seen(cat=0.9), TagRules.of(characters=True))
    assert named == "hatsune miku, cat"


def test_a_blacklist_leaves_out_in_any_spelling() -> None:
    what = seen(cat=0.9, style_parody=0.8, blue_hair=0.7, dog=0.6)
    assert caption_of(what, RULES) == "cat, blue hair, dog"
    assert caption_of(what, TagRules.of(["Blue_Hair", " ", "DOG"])) == "cat"
    assert len(TagRules.of().blacklist) == len(DEFAULT_BLACKLIST)


def test_a_sentence_is_taken_as_it_is() -> None:
    said = Captioned(request_id="c", index=0, sentence="a cat  on\na table")
    assert caption_of(said, RULES) == "a cat on a table"


def test_a_caption_is_cut_between_tags() -> None:
    tags = [f"tag number {n}" for n in range(200)]
    caption = joined(tags)
    assert len(caption) <= MAX_CAPTION_CHARS
    assert tags_of(caption) == tuple(tags[: len(tags_of(caption))])
    assert len(f"{caption}, {tags[len(tags_of(caption))]}") > MAX_CAPTION_CHARS


def test_a_caption_comes_apart_into_tags_once_each() -> None:
    assert tags_of("1girl,  long_hair , ,Long Hair, ^_^, 1girl") == ("1girl", "long_hair", "^_^")
    assert tags_of("") == ()


@pytest.mark.parametrize(
    ("tag", "folded"),
    [
        ("Long_Hair", "long hair"),
        ("^_^", "^_^"),
        ("score_7_up", "score_7_up"),
        ("source_anime", "source_anime"),
        ("Синие_Волосы", "синие волосы"),
    ],
)
def test_faces_and_ponys_own_tags_keep_their_underscores(tag: str, folded: str) -> None:
    assert fold(tag) == folded


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("score_9", True),
        ("score_7_up", True),
        ("Masterpiece", True),
        ("best_quality", True),
        ("score", False),
        ("scoreboard", False),
        ("source_anime", False),
    ],
)
def test_score_tags_are_known_in_every_familys_language(tag: str, expected: bool) -> None:
    assert is_score(tag) is expected
