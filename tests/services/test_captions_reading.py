"""Drawings without words get some in the background, whatever stops in between."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.app import App
from bot.services.captions_reading import AT_ONCE
from data.captions import CaptionChange, CaptionSource
from data.models import (
    Dataset,
    Drawing,
)
from engine.fake import FakeEngine
from engine.protocol import TrainRequest
from tests.services.conftest import ANA, BO, House, png, refuses, upload


@pytest.fixture
def tagged(house: House) -> House:
    """A host that set a tagger; the fake engine takes directions from its name."""
    return dataclasses.replace(
        house, settings=dataclasses.replace(house.settings, tagger_model="tagger")
    )


@pytest.fixture
async def app(tagged: House, engine: FakeEngine) -> AsyncIterator[App]:
    async with tagged.open(engine) as app:
        yield app


async def hand_over(app: App, count: int = 3, *, first: int = 0) -> Dataset:
    """Drawings without words."""
    files = [upload(f"d{n:02}.png", png(n)) for n in range(first, first + count)]
    return (await app.datasets.add(ANA, files, name="ink")).dataset


async def drawings_of(app: App, dataset: Dataset) -> tuple[Drawing, ...]:
    return await app.store.datasets.drawings(dataset.id)


async def until_read(app: App, dataset: Dataset, count: int) -> None:
    """Look until so many are read: rows change by themselves, and nobody is told."""
    async with asyncio.timeout(5):
        while (await app.reader.reading(dataset.id)).read < count:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def test_drawings_without_words_are_tagged_in_the_background(
    app: App, engine: FakeEngine
) -> None:
    dataset = await hand_over(app)
    await app.reader.settle(dataset.id)
    for drawing in await drawings_of(app, dataset):
        assert drawing.source is CaptionSource.TAGGER
        assert drawing.caption == f"1girl, thing {drawing.sha256[:4]}, long hair, ^_^"
    [request] = engine.captions_asked
    assert (request.captioner, request.model) == ("wd", "tagger")
    reading = await app.reader.reading(dataset.id)
    assert (reading.read, reading.waiting) == (3, 0)


async def test_words_of_the_artist_are_never_overwritten(app: App, engine: FakeEngine) -> None:
    engine.hold_captions(after=1)
    files = [upload("a.png", png(1)), upload("a.txt", b"my cat"), upload("b.png", png(2))]
    files.append(upload("c.png", png(3)))
    dataset = (await app.datasets.add(ANA, files, name="ink")).dataset
    await until_read(app, dataset, 1)
    mine = (await drawings_of(app, dataset))[2]
    await app.store.captions.change(
        dataset.id, CaptionChange.EDIT, {mine.id: ("my dog", CaptionSource.ARTIST)}, 1
    )
    engine.release_captions()
    await app.reader.settle(dataset.id)
    words = [(one.caption, one.source) for one in await drawings_of(app, dataset)]
    assert words[0] == ("my cat", CaptionSource.SIDECAR)
    assert words[1][1] is CaptionSource.TAGGER
    assert words[2] == ("my dog", CaptionSource.ARTIST)
    assert [len(request.files) for request in engine.captions_asked] == [2]


async def test_what_comes_later_is_read_as_well(app: App, engine: FakeEngine) -> None:
    engine.hold_captions(after=1)
    dataset = await hand_over(app, 2)
    await until_read(app, dataset, 1)
    assert (await hand_over(app, 2, first=5)).id == dataset.id
    engine.release_captions()
    await app.reader.settle(dataset.id)
    assert [len(request.files) for request in engine.captions_asked] == [2, 2]


async def test_a_small_draft_does_not_wait_for_a_large_one(
    app: App, engine: FakeEngine, tagged: House
) -> None:
    engine.hold_captions(after=1)
    large = await hand_over(app, 20)
    await until_read(app, large, 1)
    tagged.clock.advance(1)  # the small one is the later one
    files = [upload("own.png", png(99))]
    small = (await app.datasets.add(BO, files, name="oil")).dataset
    engine.release_captions()
    await app.reader.settle(large.id)
    await app.reader.settle(small.id)
    asked = [request.request_id.split(".")[1] for request in engine.captions_asked]
    assert asked == [large.id, small.id, large.id, large.id]


async def test_an_engine_that_dies_costs_nothing_that_was_read(
    app: App, engine: FakeEngine
) -> None:
    engine.hold_captions(after=2)
    dataset = await hand_over(app, 5)
    await until_read(app, dataset, 2)
    engine.die()
    engine.release_captions()
    await app.reader.settle(dataset.id)
    assert [len(request.files) for request in engine.captions_asked] == [5, 3]
    assert all(one.source for one in await drawings_of(app, dataset))


async def test_a_restart_of_the_bot_goes_on(tagged: House) -> None:
    engine = tagged.engine()
    engine.hold_captions(after=2)
    async with tagged.open(engine) as app:
        dataset = await hand_over(app, 5)
        await until_read(app, dataset, 2)
    again = tagged.engine()
    async with tagged.open(again) as app:
        await app.reader.settle(dataset.id)
        assert all(one.source for one in await drawings_of(app, dataset))
    assert [len(request.files) for request in again.captions_asked] == [3]


async def test_a_drawing_that_kills_the_engine_is_given_up(house: House) -> None:
    settings = dataclasses.replace(house.settings, tagger_model="tagger !crash")
    engine = house.engine()
    async with dataclasses.replace(house, settings=settings).open(engine) as app:
        app.reader._retry_first_s = 0.01  # the wait is no part of the story
        await app.reader.aclose()
        app.reader.start()
        dataset = await hand_over(app)
        await app.reader.settle(dataset.id)
        reading = await app.reader.reading(dataset.id)
        assert reading.refusal == ("engine.lost", {})
        assert (reading.read, reading.waiting, reading.bare) == (0, 0, 3)
    assert len(engine.captions_asked) == 3


async def _take_out(app: App, drawing: Drawing) -> None:
    await app.mending.take_out(drawing.dataset_id, ANA, drawing.id)


async def _cut(app: App, drawing: Drawing) -> None:
    kept = (await app.store.looks.of_dataset(drawing.dataset_id))[drawing.id]
    wanted = dataclasses.replace(kept, crop=(0, 0, 80, 70))
    assert await app.mending._again(drawing, wanted)


@pytest.mark.parametrize("change", [_take_out, _cut])
async def test_a_drawing_that_goes_while_it_is_read_stops_no_others(
    app: App, engine: FakeEngine, change: Callable[[App, Drawing], Awaitable[None]]
) -> None:
    engine.hold_captions(after=1)
    dataset = await hand_over(app, 4)
    await until_read(app, dataset, 1)
    await change(app, (await drawings_of(app, dataset))[2])
    engine.fail_captions("caption.unreadable", reason="No such file or directory")
    await app.reader.settle(dataset.id)
    assert (await app.reader.reading(dataset.id)).refusal is None
    assert all(one.source for one in await drawings_of(app, dataset))


async def test_a_drawing_that_cannot_be_read_is_asked_for_once(
    app: App, engine: FakeEngine
) -> None:
    engine.hold_captions(after=1)
    dataset = await hand_over(app, 3)
    await until_read(app, dataset, 1)
    engine.fail_captions("caption.unreadable", reason="it is no picture")
    await app.reader.settle(dataset.id)
    reading = await app.reader.reading(dataset.id)
    assert reading.refusal == ("caption.unreadable", {"reason": "it is no picture"})
    assert len(engine.captions_asked) == 1
    await app.mending.take_out(dataset.id, ANA, (await drawings_of(app, dataset))[1].id)
    await app.reader.settle(dataset.id)
    assert (await app.reader.reading(dataset.id)).read == 2, "without it, the others are read"


async def test_words_typed_meanwhile_for_all_that_is_read_are_no_fault(
    app: App, engine: FakeEngine
) -> None:
    engine.hold_captions(after=0)
    dataset = await hand_over(app, AT_ONCE + 1)
    async with asyncio.timeout(5):
        while not engine.captions_asked:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    for one in (await drawings_of(app, dataset))[:AT_ONCE]:
        await app.captions.edit(one.id, ANA, "my words")
    engine.release_captions()
    await app.reader.settle(dataset.id)
    reading = await app.reader.reading(dataset.id)
    assert (reading.read, reading.refusal) == (1, None)


@pytest.mark.parametrize("how", ["edit", "take out"])
async def test_who_waits_for_captions_is_told_what_the_artist_does(
    app: App, engine: FakeEngine, how: str
) -> None:
    engine.hold_captions(after=0)
    dataset = await hand_over(app, 1)
    [one] = await drawings_of(app, dataset)
    settling = asyncio.create_task(app.reader.settle(dataset.id, patience_s=None))
    await asyncio.sleep(0.05)
    assert not settling.done()
    if how == "edit":
        await app.captions.edit(one.id, ANA, "my words")
    else:
        await app.mending.take_out(dataset.id, ANA, one.id)
    async with asyncio.timeout(5):
        await settling


async def test_patience_that_ends_when_nothing_waits_is_no_refusal(
    app: App, engine: FakeEngine
) -> None:
    engine.hold_captions(after=1)
    dataset = await hand_over(app, 3)
    await until_read(app, dataset, 1)
    settling = asyncio.create_task(app.reader.settle(dataset.id, patience_s=0.5))
    await asyncio.sleep(0.05)
    await app.datasets.discard(dataset.id, ANA)  # which nobody needs to tell
    await settling


async def test_a_captioner_that_cannot_read_says_why_and_is_asked_again_later(
    house: House,
) -> None:
    settings = dataclasses.replace(house.settings, tagger_model="!fail:caption.model_missing")
    engine = house.engine()
    async with dataclasses.replace(house, settings=settings).open(engine) as app:
        dataset = await hand_over(app, 5)
        await app.reader.settle(dataset.id)
        refusal = (await app.reader.reading(dataset.id)).refusal
        assert refusal is not None
        assert refusal[0] == "caption.model_missing"
        job = await app.trainings.start(dataset.id, owner_id=ANA)  # plain, but it trains
        await app.jobs.wait(job.id)
        app.reader.wake()
        await asyncio.sleep(0)
        assert len(engine.captions_asked) == 1  # sealed: nothing waits any more


async def test_start_waits_for_the_last_captions(app: App, engine: FakeEngine) -> None:
    engine.hold_captions(after=5)
    dataset = await hand_over(app, 6)
    await until_read(app, dataset, 5)
    starting = asyncio.create_task(app.trainings.start(dataset.id, owner_id=ANA))
    await asyncio.sleep(0.05)
    assert not starting.done()
    engine.release_captions()
    job = await starting
    await app.jobs.wait(job.id)
    [request] = engine.submitted
    assert isinstance(request, TrainRequest)
    assert all(one.caption for one in request.drawings)


async def test_what_cannot_start_at_all_waits_for_no_captions(app: App, engine: FakeEngine) -> None:
    engine.hold_captions(after=0)
    dataset = await hand_over(app, 6)
    small = (await app.datasets.add(ANA, [upload("a.png", png(50))], name="oil")).dataset
    async with asyncio.timeout(5):
        with refuses("train.unknown_dataset"):
            await app.trainings.start(dataset.id, owner_id=BO)
        with refuses("train.too_few"):
            await app.trainings.start(small.id, owner_id=ANA)


async def test_patience_ends_in_words(app: App, engine: FakeEngine) -> None:
    engine.hold_captions(after=1)
    dataset = await hand_over(app, 6)
    await until_read(app, dataset, 1)
    with refuses("train.still_reading") as refusal:
        await app.reader.settle(dataset.id, patience_s=0.05)
    assert refusal.value.facts == {"count": 1, "of": 6}


async def test_a_discarded_draft_is_read_no_further(app: App, engine: FakeEngine) -> None:
    engine.hold_captions(after=1)
    dataset = await hand_over(app, 3)
    await until_read(app, dataset, 1)
    await app.datasets.discard(dataset.id, ANA)
    engine.release_captions()
    other = await hand_over(app, 2, first=7)
    await app.reader.settle(other.id)
    assert [len(request.files) for request in engine.captions_asked] == [3, 2]
    assert all(one.source for one in await drawings_of(app, other))


async def test_without_a_captioner_nothing_is_asked(house: House) -> None:
    engine = house.engine()
    async with house.open(engine) as app:
        dataset = await hand_over(app)
        await app.reader.settle(dataset.id)
        reading = await app.reader.reading(dataset.id)
        assert (reading.captioner, reading.bare) == (None, 3)
    assert engine.captions_asked == []


async def test_the_built_in_tagger_is_asked_for_the_built_in_base(
    tmp_path: Path, house: House
) -> None:
    settings = dataclasses.replace(house.settings, base_model="builtin")
    engine = house.engine()
    async with dataclasses.replace(house, settings=settings).open(engine) as app:
        dataset = await hand_over(app)
        await app.reader.settle(dataset.id)
    [request] = engine.captions_asked
    assert Path(request.model).name == "tagger"
