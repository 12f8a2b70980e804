"""Train a style: drawings encoded one by one, steps on the bench, checkpoints in pieces."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from collections import Counter
from pathlib import Path

from engine.base.loading import LoadedBase
from engine.captions.plain import tidy
from engine.errors import JobFailed
from engine.lora.metadata import StyleFacts
from engine.lora.styles import packed
from engine.pictures.picture import check_recipe
from engine.protocol import (
    CheckpointSaved,
    FileRef,
    Progress,
    Started,
    TrainRequest,
)
from engine.training.checkpoints import save_style, style_facts
from engine.training.dataset import TrainingSet, add_drawing, empty_set
from engine.training.layers import TrainedLayers
from engine.training.loop import Training
from engine.training.plan import checkpoint_steps
from engine.training.recipe import Layers, TrainRecipe
from engine.worker.context import WorkerContext
from engine.worker.pace import Pace
from engine.worker.rehearsing import draw_bare, draw_samples
from engine.worker.work import Part, Steps, Work

log = logging.getLogger(__name__)


def run(request: TrainRequest, context: WorkerContext) -> Steps:
    """Train to the end; JobFailed with a `train.*` key when that makes no style."""
    yield Started(request_id=request.request_id)
    for sample in request.samples:
        check_recipe(sample, context.base)
    check_layers(context.base, request.recipe)
    data = yield from _data(request, context)
    training = begun(request, context.base, data)
    pace = Pace(request.request_id, request.recipe.steps, done=training.step_number)
    if request.bare:
        yield from draw_bare(request, context, pace)
    due = set(checkpoint_steps(request.recipe))
    while not training.done:
        yield Work(bench=context.training_bench, things=[training])
        yield pace.step(loss=training.last_loss, parts=training.parts)
        if training.step_number in due:
            yield from _checkpoint(request, context, training, pace)


def check_layers(base: LoadedBase, recipe: TrainRecipe) -> None:
    """Refuse what cannot be trained or drawn here, before anything is encoded.

    JobFailed `recipe.no_layers`, `recipe.rank_too_large`.
    """
    TrainedLayers(base.unet, recipe)
    most = base.slots.count * base.slots.layout.rank
    ranks = [recipe.rank, *([recipe.conv_rank] if recipe.layers is Layers.CONVOLUTIONS else [])]
    if max(ranks) > most:
        raise JobFailed("recipe.rank_too_large", rank=max(ranks), most=most)


def begun(request: TrainRequest, base: LoadedBase, data: TrainingSet) -> Training:
    """Begin a training, or go on where its state stands.

    A state that cannot be used costs time and nothing else: from the start the same steps are made
    again, and the checkpoints that are kept already stay.
    """
    training = Training(base, data, request.recipe)
    if request.resume is not None:
        try:
            _go_on(training, request.resume)
        except (JobFailed, OSError) as error:
            log.warning("training %s begins anew: %s", request.request_id, error)
            return Training(base, data, request.recipe)
    return training


def _go_on(training: Training, state: FileRef) -> None:
    path = Path(state.path)
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != state.sha256:
            raise JobFailed("train.state_broken", reason="its content has changed")
    training.load_state(path)


def _data(request: TrainRequest, context: WorkerContext) -> Part[TrainingSet]:
    base, recipe = context.base, request.recipe
    data = empty_set(base, request.drawings)
    for number, drawing in enumerate(request.drawings):
        for _ in add_drawing(data, base, drawing, recipe, number=number):
            yield None
        yield Progress(request_id=request.request_id, step=0, steps=recipe.steps)
    return data


def _checkpoint(
    request: TrainRequest, context: WorkerContext, training: Training, pace: Pace
) -> Steps:
    with context.together() as own:
        saved = yield from _saved(request, own, training, pace)
    yield saved


def _saved(
    request: TrainRequest, context: WorkerContext, training: Training, pace: Pace
) -> Part[CheckpointSaved]:
    path, state = (context.new_outbox_file(".safetensors") for _ in range(2))
    read = save_style(path, training.lora, context.base, _facts(request, context, training))
    style = context.file_ref(path)
    yield None
    for _ in training.save_state(state):
        yield None
    kept = context.file_ref(state)
    held_out = yield from _held_out(training)
    own = packed(read, style.sha256, context.base)
    samples = yield from draw_samples(request, context, own, pace)
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


def _held_out(training: Training) -> Part[float | None]:
    losses: list[float] = []
    for loss in training.held_out_losses():
        losses.append(loss)
        yield None
    return sum(losses) / len(losses) if losses else None


def _facts(request: TrainRequest, context: WorkerContext, training: Training) -> StyleFacts:
    facts = style_facts(
        context.base,
        request.recipe,
        name=request.name,
        step=training.step_number,
        drawings=sum(not drawing.held_out for drawing in request.drawings),
    )
    return dataclasses.replace(
        facts,
        trained_ms=request.asked_ms,
        trigger=request.trigger,
        tag_frequency=_tags(request) if request.tells_tags else None,
    )


def _tags(request: TrainRequest) -> Counter[str]:
    """Count the tags of the captions that are trained on."""
    captions = [drawing.caption for drawing in request.drawings if not drawing.held_out]
    return Counter(tag for caption in captions for tag in tidy(caption).split(", ") if tag)
