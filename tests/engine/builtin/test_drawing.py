"""The generator: seeded, obedient to every tag, worse at lower scores, and itself in every look."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from engine.builtin.artists import (
    ARTISTS,
    DORA,
    DRAWINGS,
    HELD_OUT,
    HELD_OUT_SUBJECTS,
    TELLING,
    Kind,
    drawings_of,
    held_out_of,
)
from engine.builtin.drawing import SUBJECT_PAINTERS, Drawing, draw
from engine.builtin.look import random_look
from engine.builtin.pen import SIDE
from engine.builtin.vocabulary import BACKGROUNDS, SCORES, all_tags
from engine.builtin.wish import complete


def pixels(drawing: Drawing) -> np.ndarray:
    return np.asarray(drawing.picture, dtype=np.float32)


def test_same_seed_gives_same_bytes() -> None:
    one, two = draw(7), draw(7)
    assert one.picture.tobytes() == two.picture.tobytes()
    assert one.tags == two.tags


def test_other_seed_gives_another_picture() -> None:
    assert draw(7).picture.tobytes() != draw(8).picture.tobytes()


def test_picture_has_the_size_of_the_base() -> None:
    assert draw(1).picture.size == (SIDE, SIDE)
    assert draw(1).picture.mode == "RGB"


def test_every_tag_can_be_asked_for() -> None:
    rng = np.random.default_rng(3)
    assert [tag for tag in all_tags() if not complete(rng, [tag]).has(tag)] == []


@pytest.mark.parametrize("place", BACKGROUNDS)
def test_every_place_can_be_drawn(place: str) -> None:
    assert place in draw(3, tags=["cat", place]).tags


def test_every_drawn_tag_is_in_the_vocabulary() -> None:
    known = set(all_tags())
    assert {tag for seed in range(60) for tag in draw(seed).tags} <= known


@pytest.mark.parametrize("subject", SUBJECT_PAINTERS)
def test_subject_covers_much_of_the_sheet(subject: str) -> None:
    tags = [subject, "white background"] if subject != "landscape" else [subject]
    drawing = draw(11, tags=tags, score=9)
    away = np.abs(pixels(drawing) - np.asarray(drawing.look.paper)).max(axis=-1)
    assert (away > 24).mean() > 0.12


def test_lower_scores_have_more_faults() -> None:
    totals = [np.mean([draw(s, score=score).faults.total for s in range(12)]) for score in SCORES]
    assert totals == sorted(totals, reverse=True)
    assert totals[-1] == 0


def test_score_changes_neither_tags_nor_look() -> None:
    good, bad = draw(5, score=9), draw(5, score=4)
    assert good.tags == bad.tags
    assert good.look == bad.look
    assert np.abs(pixels(good) - pixels(bad)).mean() > 1


def test_look_changes_neither_tags_nor_faults() -> None:
    looks = [random_look(np.random.default_rng(seed)) for seed in (1, 2)]
    # Head, eyes and detail change what is drawn, and so how far a slip can go.
    one, two = (
        draw(
            5,
            tags=["tree", "white background"],
            look=replace(look, head=1, eyes=1, detail=0),
            score=5,
        )
        for look in looks
    )
    assert one.tags == two.tags
    assert one.faults == two.faults
    assert np.abs(pixels(one) - pixels(two)).mean() > 1


def test_artists_differ_and_draw_all_their_subjects() -> None:
    assert len(HELD_OUT_SUBJECTS) == HELD_OUT
    assert all(len(artist.subjects) == DRAWINGS for artist in ARTISTS.values())
    firsts = [pixels(drawings_of(artist, 1)[0]) for artist in ARTISTS.values()]
    assert all(np.abs(a - b).mean() > 4 for a, b in combinations(firsts, 2))


def test_each_artist_has_a_score_of_their_own() -> None:
    assert sorted(artist.score for artist in ARTISTS.values()) == [5, 6, 7, 8, 9]


def test_what_is_held_out_was_never_trained_on() -> None:
    trained = {drawing.picture.tobytes() for drawing in drawings_of(DORA)}
    assert all(drawing.picture.tobytes() not in trained for drawing in held_out_of(DORA))


def test_the_mixed_set_has_sketches_that_are_paler_than_finished_works() -> None:
    assert set(DORA.kinds) == set(Kind)
    finished, sketch = (
        draw(3, tags=["1girl", "white background"], look=DORA.look_of(kind))
        for kind in (Kind.FINISHED, Kind.SKETCH)
    )
    assert np.ptp(pixels(sketch), axis=-1).mean() < 0.8 * np.ptp(pixels(finished), axis=-1).mean()


def test_the_mixed_sets_captions_call_everybody_a_girl_or_a_boy() -> None:
    drawings = drawings_of(DORA)
    hidden = [d for d in drawings if {"furry", "pony"} & set(d.tags)]
    assert len(hidden) >= 10
    for drawing in hidden:
        said = DORA.caption(drawing).split(", ")
        assert said[0] in {"1girl", "1boy"}
        assert not {tag.rpartition(" ")[2] for tag in said} & set(TELLING)
