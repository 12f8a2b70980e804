"""A train request: checkpoints that were read back, samples from the file, exact resume."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest
import torch
from PIL import Image

from engine.errors import JobFailed
from engine.lora import streaming
from engine.lora.reading import read_header
from engine.pictures.metadata import read_recipe
from engine.protocol import (
    BareDrawn,
    CheckpointSaved,
    DrawRequest,
    Event,
    PictureDrawn,
    Progress,
    Started,
    TrainRequest,
)
from engine.training.recipe import Layers, recipe_from_dict
from engine.worker import developing, draw_runner, train_runner
from engine.worker.context import WorkerContext
from engine.worker.runners import _run, keep_apart
from engine.worker.work import Steps, Work
from tests.engine.training.test_bench import room_for
from tests.engine.worker.conftest import all_of, run_on
from tests.engine.worker.requests import SAMPLE
from tests.engine.worker.trainings import checkpoints, events


def test_checkpoints_come_evenly_and_at_the_end(
    request_: TrainRequest, context: WorkerContext
) -> None:
    told = events(request_, context)
    assert isinstance(told[0], Started)
    assert [(event.step, event.steps) for event in checkpoints(told)] == [(3, 6), (6, 6)]
    steps = [e.step for e in told if isinstance(e, Progress) and e.loss is not None]
    assert steps == [1, 2, 3, 4, 5, 6]
    assert all(e.held_out_loss is not None and e.loss > 0 for e in checkpoints(told))


def test_progress_says_that_memory_was_short(
    request_: TrainRequest, context: WorkerContext
) -> None:
    steps = train_runner.run(request_, context)
    with room_for(context.base, 1):
        told = list(iter(lambda: run_on(steps), None))
    parts = [e.parts for e in told if isinstance(e, Progress) and e.loss is not None]
    assert parts == [2] * 6
    assert [event.step for event in checkpoints(told)] == [3, 6]


def test_files_belong_to_the_outbox(request_: TrainRequest, context: WorkerContext) -> None:
    for event in checkpoints(events(request_, context)):
        for file in (event.style, event.state, *event.samples):
            path = Path(file.path)
            assert path.parent == context.outbox
            assert hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256


def test_the_file_says_when_and_by_what_word_and_no_word_more(
    request_: TrainRequest, context: WorkerContext
) -> None:
    request = dataclasses.replace(request_, asked_ms=1_767_225_600_000, trigger="anaink")
    for event in checkpoints(events(request, context)):
        found = read_header(Path(event.style.path)).metadata
        assert found["modelspec.date"] == "2026-01-01T00:00:00Z"
        assert found["modelspec.trigger_phrase"] == "anaink"
        assert "ss_tag_frequency" not in found


def drawing_its_first_sample(request: TrainRequest, context: WorkerContext) -> Steps:
    """Train up to a step of a sample: the style and the state are written, nothing is announced."""
    steps = keep_apart(_run(request, context))
    while len(list(context.outbox.iterdir())) < 2:
        step_on(steps)
    while not (isinstance(said := step_on(steps), Work) and said.bench is context.easel):
        pass
    return steps


def step_on(steps: Steps) -> object:
    """Go on to whatever is said next, and do it when it is work."""
    said = next(steps)
    if isinstance(said, Work):
        said.bench.do(said.things)
    return said


def test_a_training_cancelled_at_a_sample_leaves_no_file(
    request_: TrainRequest, context: WorkerContext
) -> None:
    steps = drawing_its_first_sample(request_, context)
    assert len(list(context.outbox.iterdir())) == 2
    steps.close()
    assert list(context.outbox.iterdir()) == []


def test_a_training_that_fails_at_a_sample_leaves_no_file(
    request_: TrainRequest, context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    steps = drawing_its_first_sample(request_, context)
    monkeypatch.setattr(developing, "save_png", fail)
    with pytest.raises(OSError, match="No space"):
        all_of(steps)
    assert list(context.outbox.iterdir()) == []


def test_a_checkpoint_is_made_in_short_steps(
    request_: TrainRequest, context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others have their turn in between: no step writes a whole state, or runs the U-Net twice."""
    monkeypatch.setattr(streaming, "PIECE_BYTES", 20_000)
    kept_aside = [dataclasses.replace(one, held_out=True) for one in request_.drawings[2:]]
    request = dataclasses.replace(request_, drawings=(*request_.drawings[:2], *kept_aside))
    runs: list[int] = []
    hook = context.base.unet.model.register_forward_hook(lambda *_: runs.append(1))
    written, growth, saved = 0, [0], None
    for event in keep_apart(_run(request, context)):
        assert len(runs) <= 1
        runs.clear()
        if isinstance(event, Work):
            event.bench.do(event.things)
            assert len(runs) == 1
            runs.clear()
        before, written = written, sum(path.stat().st_size for path in context.outbox.iterdir())
        growth.append(written - before)
        saved = event if isinstance(event, CheckpointSaved) else saved
    hook.remove()
    assert saved is not None
    assert max(growth) < Path(saved.state.path).stat().st_size / 2


def test_what_was_announced_before_a_cancel_stays(
    request_: TrainRequest, context: WorkerContext
) -> None:
    steps = keep_apart(_run(request_, context))
    while not isinstance(saved := run_on(steps), CheckpointSaved):
        assert saved is not None
    steps.close()
    kept = {Path(file.path) for file in (saved.style, saved.state, *saved.samples)}
    assert set(context.outbox.iterdir()) == kept


def test_the_file_says_what_it_is(request_: TrainRequest, context: WorkerContext) -> None:
    last = checkpoints(events(request_, context))[-1]
    metadata = read_header(Path(last.style.path)).metadata
    assert metadata["ss_output_name"] == "mira"
    assert metadata["ss_num_train_images"] == "4"
    assert metadata["ss_steps"] == "6"
    assert metadata["ownhand.base_sha256"] == context.base.sha256


def test_samples_are_what_the_saved_file_draws(
    request_: TrainRequest, context: WorkerContext
) -> None:
    last = checkpoints(events(request_, context))[-1]
    [sample] = last.samples
    recipe = read_recipe(Path(sample.path).read_bytes())
    assert recipe is not None
    assert [use.sha256 for use in recipe.adapters] == [last.style.sha256]
    draw = DrawRequest(request_id="d", recipes=(recipe,), files=(last.style,))
    told = all_of(draw_runner.run(draw, context))
    [again] = [event for event in told if isinstance(event, PictureDrawn)]
    with Image.open(again.file.path) as one, Image.open(sample.path) as two:
        assert one.tobytes() == two.tobytes()


def test_samples_without_the_style_come_first_and_change_no_training(
    request_: TrainRequest, context: WorkerContext
) -> None:
    told_beside = events(dataclasses.replace(request_, bare=True), context)
    results = [event for event in told_beside if isinstance(event, BareDrawn | CheckpointSaved)]
    bare, first = results[:2]
    assert isinstance(bare, BareDrawn)
    assert isinstance(first, CheckpointSaved)
    draw = DrawRequest(request_id="d", recipes=request_.samples)
    told = all_of(draw_runner.run(draw, context))
    [again] = [event for event in told if isinstance(event, PictureDrawn)]
    assert again.file.sha256 == bare.samples[0].sha256 != first.samples[0].sha256
    alone = checkpoints(events(request_, context))
    assert [one.state.sha256 for one in checkpoints(told_beside)] == [
        one.state.sha256 for one in alone
    ]


def test_a_training_cancelled_at_a_sample_without_the_style_leaves_no_file(
    request_: TrainRequest, context: WorkerContext
) -> None:
    two = dataclasses.replace(SAMPLE, seed=4, steps=3)
    request = dataclasses.replace(request_, bare=True, samples=(SAMPLE, two))
    steps = keep_apart(_run(request, context))
    while not list(context.outbox.iterdir()):
        step_on(steps)
    steps.close()
    assert list(context.outbox.iterdir()) == []


def test_a_sample_that_cannot_be_drawn_fails_before_the_training(
    request_: TrainRequest, context: WorkerContext
) -> None:
    bad = dataclasses.replace(SAMPLE, schedule="beta")
    with pytest.raises(JobFailed, match=r"draw\.unknown_schedule"):
        events(dataclasses.replace(request_, samples=(bad,)), context)


def test_a_drawing_between_two_steps_changes_neither(
    request_: TrainRequest, context: WorkerContext
) -> None:
    alone = checkpoints(events(request_, context))[-1]
    draw = DrawRequest(request_id="d", recipes=(dataclasses.replace(SAMPLE, steps=30),))
    drawing = draw_runner.run(draw, context)
    beside: list[Event] = []
    training = train_runner.run(request_, context)
    while (event := run_on(training)) is not None:
        beside.append(event)
        run_on(drawing)
    assert checkpoints(beside)[-1].style.sha256 == alone.style.sha256


def test_the_base_stays_bit_identical(request_: TrainRequest, context: WorkerContext) -> None:
    unet = context.base.unet.model
    before = {name: value.clone() for name, value in unet.state_dict().items()}
    events(request_, context)
    assert all(torch.equal(before[name], value) for name, value in unet.state_dict().items())
    assert all(parameter.grad is None for parameter in unet.parameters())


def test_the_file_tells_tags_only_when_asked(
    request_: TrainRequest, context: WorkerContext
) -> None:
    silent = checkpoints(events(request_, context))[-1]
    told = checkpoints(events(dataclasses.replace(request_, tells_tags=True), context))[-1]
    assert "ss_tag_frequency" not in read_header(Path(silent.style.path)).metadata
    [counts] = json.loads(read_header(Path(told.style.path)).metadata["ss_tag_frequency"]).values()
    trained_on = [d.caption for d in request_.drawings if not d.held_out]
    assert counts == Counter(tag for caption in trained_on for tag in caption.split(", "))


def test_a_rank_that_no_slots_hold_is_refused_before_anything_is_encoded(
    request_: TrainRequest, context: WorkerContext
) -> None:
    most = context.base.slots.count * context.base.slots.layout.rank
    recipe = dataclasses.replace(request_.recipe, rank=most + 1)
    steps = train_runner.run(dataclasses.replace(request_, recipe=recipe), context)
    assert isinstance(next(steps), Started)
    with pytest.raises(JobFailed, match=r"recipe\.rank_too_large"):
        next(steps)


def test_the_file_says_by_what_it_was_trained(
    request_: TrainRequest, context: WorkerContext
) -> None:
    recipe = dataclasses.replace(
        request_.recipe, layers=Layers.CONVOLUTIONS, conv_rank=3, conv_alpha=1.5
    )
    last = checkpoints(events(dataclasses.replace(request_, recipe=recipe), context))[-1]
    told = read_header(Path(last.style.path)).metadata
    assert recipe_from_dict(json.loads(told["ownhand.recipe_json"])) == recipe
    # Ranks differ, so the scale is in the values: an alpha like the rank changes nothing.
    assert json.loads(told["ss_network_args"]) == {"conv_dim": "3", "conv_alpha": "3.0"}
    assert told["ss_network_alpha"] == "2.0"
