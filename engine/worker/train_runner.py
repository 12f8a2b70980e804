"""Train a style: one `next()` is one drawing encoded, one step, or a part of a checkpoint."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator
from pathlib import Path

import torch
from torch import Tensor

from engine.errors import JobFailed
from engine.lora.metadata import StyleFacts
from engine.lora.weights import Lora
from engine.pictures.encoding import decode, png
from engine.pictures.metadata import chunks
from engine.pictures.painting import batches, check_recipe, paint
from engine.pictures.recipe import AdapterUse
from engine.protocol import CheckpointSaved, Event, FileRef, Progress, Started, TrainRequest
from engine.training.checkpoints import save_style, style_facts
from engine.training.dataset import TrainingSet, add_drawing, empty_set
from engine.training.loop import Training
from engine.training.plan import checkpoint_steps
from engine.worker.context import WorkerContext
from engine.worker.draw_runner import drawn_as, save_png
from engine.worker.pace import Pace


def run(request: TrainRequest, context: WorkerContext) -> Iterator[Event]:
    """Train to the end; JobFailed with a `train.*` key when that makes no style."""
    yield Started(request_id=request.request_id)
    for sample in request.samples:
        check_recipe(sample, context.base)
    data = yield from _data(request, context)
    training = Training(context.base, data, request.recipe)
    if request.resume is not None:
        resume(training, request.resume)
    pace = Pace(request.request_id, request.recipe.steps, done=training.step_number)
    due = set(checkpoint_steps(request.recipe))
    while not training.done:
        yield pace.step(loss=training.step())
        if training.step_number in due:
            yield from _checkpoint(request, context, training, pace)


def resume(training: Training, state: FileRef) -> None:
    """Go on from a saved state; JobFailed `train.state_broken` when it cannot be used."""
    try:
        training.load_state(Path(state.path))
    except JobFailed as failed:
        if failed.key.startswith("train."):
            raise
        reason = str(failed.facts.get("reason", ""))
        raise JobFailed("train.state_broken", reason=reason) from failed
    except OSError as error:
        raise JobFailed("train.state_broken", reason=error.strerror or "") from error


def _data(request: TrainRequest, context: WorkerContext) -> Generator[Event, None, TrainingSet]:
    base, recipe = context.base, request.recipe
    data = empty_set(base, request.drawings)
    for number, drawing in enumerate(request.drawings):
        add_drawing(data, base, drawing, number=number, seed=recipe.seed)
        yield Progress(request_id=request.request_id, step=0, steps=recipe.steps)
    return data


def _checkpoint(
    request: TrainRequest, context: WorkerContext, training: Training, pace: Pace
) -> Iterator[Event]:
    with context.together() as own:
        saved = yield from _saved(request, own, training, pace)
    yield saved


def _saved(
    request: TrainRequest, context: WorkerContext, training: Training, pace: Pace
) -> Generator[Event, None, CheckpointSaved]:
    path, state = (context.new_outbox_file(".safetensors") for _ in range(2))
    read = save_style(path, training.lora, context.base, _facts(request, context, training))
    style = context.file_ref(path)
    yield pace.still()
    for _ in training.save_state(state):
        yield pace.still()
    kept = context.file_ref(state)
    held_out = yield from _held_out(training, pace)
    samples = yield from _samples(request, context, read, style.sha256, pace)
    return CheckpointSaved(
        request_id=request.request_id,
        step=training.step_number,
        steps=request.recipe.steps,
        loss=training.take_mean_loss(),
        held_out_loss=held_out,
        style=style,
        state=kept,
        samples=samples,
    )


def _held_out(training: Training, pace: Pace) -> Generator[Event, None, float | None]:
    losses: list[float] = []
    for loss in training.held_out_losses():
        losses.append(loss)
        yield pace.still()
    return sum(losses) / len(losses) if losses else None


def _samples(
    request: TrainRequest, context: WorkerContext, read: Lora, sha256: str, pace: Pace
) -> Generator[Event, None, tuple[FileRef, ...]]:
    """Draw the samples with the style as its file says it, one step per `next()`."""
    base = context.base
    stack = [(read.to(device=base.device, dtype=torch.float32), 1.0)]
    use = AdapterUse(name=request.name, sha256=sha256)
    recipes = [dataclasses.replace(sample, adapters=(use,)) for sample in request.samples]
    files: dict[int, FileRef] = {}
    for group in batches(recipes):
        x: Tensor | None = None
        for step in paint(base, [recipes[number] for number in group], stack):
            x = step.x
            yield pace.still()
        for number, picture in zip(group, decode(base, x) if x is not None else [], strict=True):
            recipe = drawn_as(recipes[number], context)
            files[number] = save_png(context, png(picture, chunks(recipe)))
    return tuple(files[number] for number in sorted(files))


def _facts(request: TrainRequest, context: WorkerContext, training: Training) -> StyleFacts:
    return style_facts(
        context.base,
        request.recipe,
        name=request.name,
        step=training.step_number,
        drawings=sum(not drawing.held_out for drawing in request.drawings),
    )
