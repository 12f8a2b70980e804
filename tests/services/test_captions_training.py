"""What a training reads: the same captions in the language of each base."""

from __future__ import annotations

import dataclasses

import pytest

from bot.services.captions_training import count_with_scores, training_caption
from data.captions import CaptionSettings
from data.models import (
    OwnerId,
)
from engine.protocol import TrainRequest
from tests.services.conftest import House, drawings

PLAIN = CaptionSettings()
CAPTION = "score_9, score_8_up, source_anime, 1girl, solo, Long_hair, ^_^, masterpiece"


@pytest.mark.parametrize(
    ("family", "said"),
    [
        ("pony", "source_anime, 1girl, solo, Long hair, ^_^"),
        ("builtin", "source_anime, 1girl, solo, Long hair, ^_^"),
        ("illustrious", "1girl, solo, Long hair, ^_^"),
        ("noobai", "1girl, solo, Long hair, ^_^"),
        ("sdxl", "a girl, Long hair, ^_^"),
    ],
)
def test_every_base_is_spoken_to_in_its_language(family: str, said: str) -> None:
    assert training_caption(CAPTION, PLAIN, family) == said


def test_score_tags_stay_when_the_artist_wants_them() -> None:
    keeps = CaptionSettings(keeps_scores=True)
    assert training_caption("score_9, cat", keeps, "pony") == "score_9, cat"
    assert training_caption("score_9, best quality", keeps, "illustrious") == "best quality"


def test_a_trigger_word_comes_first_and_once() -> None:
    trigger = CaptionSettings(trigger="annaink")
    assert training_caption("1girl, AnnaInk, cat", trigger, "pony") == "annaink, 1girl, cat"
    assert training_caption("", trigger, "sdxl") == "annaink"


def test_a_sentence_stays_a_sentence() -> None:
    for family in ("pony", "sdxl", "illustrious"):
        assert training_caption("a cat on a table", PLAIN, family) == "a cat on a table"


@pytest.mark.parametrize(
    ("tag", "said"),
    [("1boy", "a boy"), ("2girls", "two girls"), ("6+boys", "many boys"), ("1other", "1other")],
)
def test_counts_become_words(tag: str, said: str) -> None:
    assert training_caption(tag, PLAIN, "sdxl") == said


def test_captions_with_scores_are_counted() -> None:
    assert count_with_scores(["score_9, cat", "cat", "dog, masterpiece"]) == 2


async def test_the_engine_gets_them_and_the_dataset_keeps_its_own(house: House) -> None:
    owner, engine = OwnerId(101), house.engine()
    async with house.open(engine) as app:
        report = await app.datasets.add(owner, drawings(6, "score_9, 1girl, cat"), name="ink")
        await app.store.captions.put_settings(report.dataset.id, CaptionSettings(trigger="ana"))
        job = await app.trainings.start(report.dataset.id, owner_id=owner)
        await app.jobs.wait(job.id)
        [request] = engine.submitted
        assert isinstance(request, TrainRequest)
        assert {one.caption for one in request.drawings} == {"ana, 1girl, cat"}
        assert {one.prompt for one in request.samples} == {"ana, 1girl, cat"}
        # what the file says of itself; the same at every attempt, so that its bytes are as well
        assert (request.trigger, request.asked_ms) == ("ana", job.created_ms)
        kept = await app.store.datasets.drawings(report.dataset.id)
        assert {one.caption for one in kept} == {"score_9, 1girl, cat"}


@pytest.mark.parametrize(
    ("caption", "trigger", "word", "said"),
    [
        ("1girl, red hair", "", "rough sketch", "rough sketch, 1girl, red hair"),
        ("1girl, red hair", "mira", "rough sketch", "mira, rough sketch, 1girl, red hair"),
        ("1girl, Rough_Sketch", "mira", "rough sketch", "mira, rough sketch, 1girl"),
        ("rough sketch, mira, 1girl", "mira", "rough sketch", "mira, rough sketch, 1girl"),
        ("1girl", "sketch", "Sketch", "sketch, 1girl"),
        ("", "", "sketch", "sketch"),
    ],
)
def test_the_word_of_a_kind_stands_once_after_the_trigger(
    caption: str, trigger: str, word: str, said: str
) -> None:
    settings = dataclasses.replace(PLAIN, trigger=trigger)
    assert training_caption(caption, settings, "pony", word) == said
