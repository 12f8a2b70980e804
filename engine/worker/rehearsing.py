"""A training's samples: the same prompts and seeds, with a style and without."""

from __future__ import annotations

import dataclasses

from engine.lora.packed import PackedStyle, Stack
from engine.pictures.picture import begin
from engine.pictures.recipe import AdapterUse
from engine.protocol import BareDrawn, FileRef, TrainRequest
from engine.worker.context import WorkerContext
from engine.worker.developing import developed, take_finished
from engine.worker.pace import Pace
from engine.worker.work import Part, Steps, Work


def draw_bare(request: TrainRequest, context: WorkerContext, pace: Pace) -> Steps:
    """Draw the samples once with the base alone."""
    with context.together() as own:
        samples = yield from draw_samples(request, own, None, pace)
    yield BareDrawn(request_id=request.request_id, samples=samples)


def draw_samples(
    request: TrainRequest, context: WorkerContext, style: PackedStyle | None, pace: Pace
) -> Part[tuple[FileRef, ...]]:
    """Draw the samples with the style as its file says it, or with the base alone."""
    uses: tuple[AdapterUse, ...] = ()
    stack: Stack = ()
    if style is not None:
        uses = (AdapterUse(name=request.name, sha256=style.key),)
        stack = ((style, 1.0),)
    recipes = [dataclasses.replace(sample, adapters=uses) for sample in request.samples]
    left = {n: begin(context.base, recipe, stack) for n, recipe in enumerate(recipes)}
    files: dict[int, FileRef] = {}
    while left:
        yield Work(bench=context.easel, things=list(left.values()))
        yield pace.still()
        made = yield from developed(context, take_finished(left), {})
        files.update({number: file for number, (file, _) in made.items()})
    return tuple(files[number] for number in sorted(files))
