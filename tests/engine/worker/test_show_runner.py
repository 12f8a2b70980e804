"""A style that was trained elsewhere: shown like a training's end, without a step."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from engine.errors import JobFailed
from engine.lora.weights import Lora, LoraModule
from engine.lora.writing import write_style
from engine.outbox import Outbox
from engine.pictures.metadata import read_recipe
from engine.protocol import BareDrawn, Event, FileRef, Progress, StyleShown, TrainRequest
from engine.worker.context import WorkerContext
from engine.worker.runners import _run, keep_apart
from tests.engine.worker.conftest import all_of, run_on
from tests.engine.worker.trainings import checkpoints, events


def show(request: TrainRequest, context: WorkerContext, style: FileRef) -> list[Event]:
    return all_of(keep_apart(_run(dataclasses.replace(request, finished=style), context)))


def shown(told: list[Event]) -> StyleShown:
    [event] = [event for event in told if isinstance(event, StyleShown)]
    return event


def text_style(context: WorkerContext, folder: Path, size: float) -> FileRef:
    """Write a style of one layer of a text encoder."""
    path = context.base.text.products.paths[0]
    generator = torch.Generator().manual_seed(1)
    down, up = (torch.randn(shape, generator=generator) for shape in ((2, 16), (16, 2)))
    module = LoraModule(down=down, up=up * size, alpha=2.0)
    file = folder / f"{size}.safetensors"
    write_style(file, Lora(modules={path: module}), context.base.layout, {})
    return Outbox(folder).ref(file)


def test_it_is_drawn_and_measured_as_the_training_did_that_made_it(
    request_: TrainRequest, context: WorkerContext
) -> None:
    last = checkpoints(events(request_, context))[-1]
    told = show(request_, context, last.style)
    assert checkpoints(told) == []
    assert {event.step for event in told if isinstance(event, Progress)} == {0}
    one = shown(told)
    # A file's values are rounded to half precision, those that were trained are not.
    assert one.held_out_loss == pytest.approx(last.held_out_loss, rel=1e-4)
    assert [file.sha256 for file in one.samples] == [file.sha256 for file in last.samples]
    recipe = read_recipe(Path(one.samples[0].path).read_bytes())
    assert recipe is not None
    assert [use.sha256 for use in recipe.adapters] == [last.style.sha256]


def test_without_the_style_comes_first_and_without_kept_drawings_nothing_is_measured(
    request_: TrainRequest, context: WorkerContext
) -> None:
    last = checkpoints(events(request_, context))[-1]
    drawings = tuple(dataclasses.replace(one, held_out=False) for one in request_.drawings)
    request = dataclasses.replace(request_, drawings=drawings, bare=True)
    told = show(request, context, last.style)
    kinds = [type(event) for event in told if isinstance(event, BareDrawn | StyleShown)]
    assert kinds == [BareDrawn, StyleShown]
    assert shown(told).held_out_loss is None


def test_layers_of_the_text_encoders_count_in_what_is_measured(
    request_: TrainRequest, context: WorkerContext, tmp_path: Path
) -> None:
    none, much = (
        shown(show(request_, context, text_style(context, tmp_path, size))) for size in (0.0, 1.0)
    )
    assert none.held_out_loss is not None
    assert much.held_out_loss is not None
    assert abs(much.held_out_loss / none.held_out_loss - 1) > 1e-5
    assert none.samples[0].sha256 != much.samples[0].sha256


def test_a_style_that_fits_no_layer_fails_in_words(
    request_: TrainRequest, context: WorkerContext, tmp_path: Path
) -> None:
    path = next(iter(context.base.slots.layout.members))
    module = LoraModule(down=torch.ones(2, 7), up=torch.ones(9, 2), alpha=2.0)
    file = tmp_path / "other.safetensors"
    write_style(file, Lora(modules={path: module}), context.base.layout, {})
    with pytest.raises(JobFailed, match=r"style\.other_base"):
        show(request_, context, Outbox(tmp_path).ref(file))


def test_one_that_is_cancelled_leaves_no_file(
    request_: TrainRequest, context: WorkerContext
) -> None:
    last = checkpoints(events(request_, context))[-1]
    kept = set(context.outbox.iterdir())
    request = dataclasses.replace(request_, finished=last.style)
    steps = keep_apart(_run(request, context))
    while not isinstance(run_on(steps), Progress):
        pass
    run_on(steps)
    steps.close()
    assert set(context.outbox.iterdir()) == kept
