"""What every engine does with requests, the fake and the real process alike."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from engine.client import EngineClient
from engine.pictures.recipe import Recipe
from engine.protocol import (
    BareDrawn,
    Cancelled,
    Captioned,
    CheckpointSaved,
    Done,
    DrawRequest,
    Failed,
    FileRef,
    PictureDrawn,
    Preview,
    Progress,
    Request,
    Started,
    StyleShown,
)
from tests.contract.conftest import Stage
from tests.contract.requests import (
    captions,
    drawing,
    ends_once,
    flying,
    of_kind,
    run,
    showing,
    training,
)


def is_whole(file: FileRef) -> bool:
    data = Path(file.path).read_bytes()
    return len(data) == file.size_bytes and hashlib.sha256(data).hexdigest() == file.sha256


async def test_a_drawing_tells_its_whole_story(engine: EngineClient) -> None:
    request = drawing("a", count=2)
    events = await run(engine, request)
    assert isinstance(events[0], Started)
    assert ends_once(events, Done)
    pictures = of_kind(events, PictureDrawn)
    assert [(picture.index, picture.recipe) for picture in pictures] == list(
        enumerate(request.recipes)
    )
    assert all(is_whole(event.file) for event in pictures)
    assert pictures[0].file.sha256 != pictures[1].file.sha256
    assert all(event.request_id == "a" for event in events)


async def test_previews_come_to_who_asks_for_them(engine: EngineClient) -> None:
    shown = of_kind(await run(engine, drawing("a", count=2, previews=True)), Preview)
    assert {preview.index for preview in shown} == {0, 1}
    assert all(is_whole(preview.file) for preview in shown)
    assert of_kind(await run(engine, drawing("b", count=2)), Preview) == []


async def test_progress_grows_to_its_end(engine: EngineClient) -> None:
    for request in (drawing("a", "!slow", count=3), training("t", "!slow")):
        progress = of_kind(await run(engine, request), Progress)
        steps = [event.step for event in progress]
        assert steps == sorted(set(steps))
        assert steps[-1] == progress[-1].steps


async def test_a_training_saves_checkpoints_and_goes_on_from_one(engine: EngineClient) -> None:
    events = await run(engine, training("t"))
    assert ends_once(events, Done)
    first, last = of_kind(events, CheckpointSaved)
    assert (first.step, last.step, last.steps) == (10, 20, 20)
    assert last.held_out_loss is not None
    files = (first.style, first.state, *first.samples, last.style, last.state, *last.samples)
    assert len(files) == 6
    assert all(is_whole(file) for file in files)

    resumed = await run(engine, training("t2", resume=first.state))
    (again,) = of_kind(resumed, CheckpointSaved)
    assert again.step == 20
    assert again.style.sha256 == last.style.sha256


async def test_a_style_from_elsewhere_is_shown_without_a_step(engine: EngineClient) -> None:
    events = await run(engine, showing("t"))
    assert ends_once(events, Done)
    (bare,), (shown,) = of_kind(events, BareDrawn), of_kind(events, StyleShown)
    assert of_kind(events, CheckpointSaved) == []
    assert {event.step for event in of_kind(events, Progress)} == {0}
    assert shown.held_out_loss is not None
    [without], [sample] = bare.samples, shown.samples
    assert is_whole(without)
    assert is_whole(sample)
    assert without.sha256 != sample.sha256


async def test_captions_come_one_for_each_drawing(engine: EngineClient) -> None:
    events = await run(engine, captions("c", count=3))
    assert isinstance(events[0], Started)
    assert ends_once(events, Done)
    told = of_kind(events, Captioned)
    assert [event.index for event in told] == [0, 1, 2]
    assert all(event.general and event.ratings for event in told)


async def test_drawings_go_on_beside_captions(engine: EngineClient) -> None:
    async with flying(engine, captions("c", "!forever")) as stream:
        await stream.until(Progress)
        assert ends_once(await run(engine, drawing("a")), Done)
        assert ends_once(await run(engine, training("t")), Done)
        await stream.until(Progress)


async def test_the_same_id_may_be_used_again_after_its_end(engine: EngineClient) -> None:
    for _ in range(2):
        assert ends_once(await run(engine, drawing("a")), Done)


async def test_an_id_in_flight_is_refused(engine: EngineClient) -> None:
    async with flying(engine, drawing("a", "!forever")) as stream:
        await stream.until(Started)
        with pytest.raises(ValueError, match="in flight"):
            await run(engine, drawing("a"))
        await engine.cancel("a")
        assert ends_once(await stream.rest(), Cancelled)


async def test_many_requests_at_once_each_end_once(engine: EngineClient) -> None:
    asks: list[Request] = [drawing(f"d{n}", count=2) for n in range(30)]
    asks += [training(f"t{n}") for n in range(5)]
    stories = await asyncio.gather(*(run(engine, ask) for ask in asks))
    for ask, events in zip(asks, stories, strict=True):
        assert ends_once(events, Done)
        assert {event.request_id for event in events} == {ask.request_id}


async def test_drawings_go_on_beside_a_training(engine: EngineClient) -> None:
    async with flying(engine, training("t", "!forever")) as stream:
        await stream.until(Progress)
        assert ends_once(await run(engine, drawing("a")), Done)
        await stream.until(Progress)


# --- failures -------------------------------------------------------------------------------


async def test_a_failing_request_says_why(engine: EngineClient) -> None:
    events = await run(engine, drawing("a", "!fail:draw.unknown_word"))
    assert ends_once(events, Failed)
    assert events[-1] == Failed(
        request_id="a", key="draw.unknown_word", facts={"why": "asked to fail"}
    )


async def test_a_raising_request_takes_no_other_with_it(engine: EngineClient) -> None:
    async with flying(engine, drawing("long", "!forever")) as stream:
        await stream.until(Progress)
        asks = (drawing("bad", "!raise"), training("worse", "!raise"), captions("c", "!raise"))
        for ask in asks:
            events = await run(engine, ask)
            assert ends_once(events, Failed)
            assert isinstance(events[-1], Failed)
            assert events[-1].key == "engine.internal"
            assert events[-1].facts == {"error": "RuntimeError"}
        await stream.until(Progress)
        await engine.cancel("long")
        assert ends_once(await stream.rest(), Cancelled)


async def test_a_request_that_cannot_be_sent_fails_alone(engine: EngineClient) -> None:
    broken = DrawRequest(
        request_id="broken", recipes=(Recipe(prompt="cat", positive="\ud800", guidance=4.0),)
    )
    assert ends_once(await run(engine, broken), Failed)
    assert ends_once(await run(engine, drawing("a")), Done)


async def test_output_of_libraries_breaks_no_frame(engine: EngineClient) -> None:
    stories = await asyncio.gather(
        *(run(engine, drawing(f"d{n}", "!print", count=2)) for n in range(8))
    )
    assert all(ends_once(events, Done) for events in stories)


# --- cancelling -----------------------------------------------------------------------------


async def test_cancel_while_running(engine: EngineClient) -> None:
    for ask in (drawing("a", "!forever"), training("t", "!forever"), captions("c", "!forever")):
        async with flying(engine, ask) as stream:
            await stream.until(Progress)
            await engine.cancel(ask.request_id)
            assert ends_once(await stream.rest(), Cancelled)


async def test_cancel_while_queued_in_the_engine(engine: EngineClient) -> None:
    async with flying(engine, training("first", "!forever")) as first:
        await first.until(Started)  # the only place for a training is taken
        second = asyncio.create_task(run(engine, training("second")))
        assert ends_once(await run(engine, drawing("a")), Done)  # so the second has arrived
        await engine.cancel("second")
        events = await second
        assert [type(event) for event in events] == [Cancelled]
        await engine.cancel("first")
        assert ends_once(await first.rest(), Cancelled)


async def test_cancel_before_the_engine_is_started(stage: Stage) -> None:
    idle = stage.make()
    waiting = asyncio.create_task(run(idle, drawing("a")))
    await asyncio.sleep(0)
    await idle.cancel("a")
    assert await waiting == [Cancelled(request_id="a")]
    await idle.aclose()


async def test_cancel_after_the_end_changes_nothing(engine: EngineClient) -> None:
    async with flying(engine, drawing("a")) as stream:
        await stream.until(Done)
        await engine.cancel("a")
        assert ends_once(await stream.rest(), Done)
    await engine.cancel("a")
    await engine.cancel("never heard of")
    assert ends_once(await run(engine, drawing("a")), Done)


async def test_cancelling_twice_ends_once(engine: EngineClient) -> None:
    async with flying(engine, drawing("a", "!forever")) as stream:
        await stream.until(Progress)
        await asyncio.gather(engine.cancel("a"), engine.cancel("a"))
        assert ends_once(await stream.rest(), Cancelled)


async def test_leaving_early_cancels(engine: EngineClient) -> None:
    async with flying(engine, training("t", "!forever")) as stream:
        await stream.until(Progress)
    # the only place for a training is free again, also for the same id
    assert ends_once(await run(engine, training("t")), Done)


async def test_files_for_a_caller_who_left_are_removed(
    engine: EngineClient, tmp_path: Path
) -> None:
    async with flying(engine, drawing("a", count=20)) as stream:
        await stream.until(Started)
    assert ends_once(await run(engine, drawing("a", count=1)), Done)  # the old one has ended
    assert len(list((tmp_path / "outbox").iterdir())) == 1  # the new one's picture
