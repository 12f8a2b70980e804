"""Show a style that was trained elsewhere as the end of a training shows one; no step is made."""

from __future__ import annotations

from engine.lora.packed import Stack
from engine.lora.styles import StyleFiles
from engine.pictures.picture import check_recipe
from engine.pictures.recipe import AdapterUse
from engine.protocol import FileRef, Started, StyleShown, TrainRequest
from engine.training import ruler
from engine.training.dataset import encoded
from engine.worker.context import WorkerContext
from engine.worker.pace import Pace
from engine.worker.rehearsing import draw_bare, draw_samples
from engine.worker.work import Part, Steps


def run(request: TrainRequest, finished: FileRef, context: WorkerContext) -> Steps:
    """Measure and draw; JobFailed as for a draw where the file does not fit this base."""
    yield Started(request_id=request.request_id)
    for sample in request.samples:
        check_recipe(sample, context.base)
    use = AdapterUse(name=request.name, sha256=finished.sha256)
    fetched = context.fetching.run(lambda: StyleFiles((finished,), context.base).stack((use,)))
    yield fetched
    stack = fetched.result()
    pace = Pace(request.request_id, 0)
    yield pace.still()
    if request.bare:
        yield from draw_bare(request, context, pace)
    held_out = yield from _held_out(request, context, stack)
    with context.together() as own:
        samples = yield from draw_samples(request, own, stack[0][0], pace)
    yield StyleShown(request_id=request.request_id, held_out_loss=held_out, samples=samples)


def _held_out(request: TrainRequest, context: WorkerContext, stack: Stack) -> Part[float | None]:
    base, losses = context.base, list[float]()
    kept = [(number, one) for number, one in enumerate(request.drawings) if one.held_out]
    for place, (number, drawing) in enumerate(kept[: ruler.DRAWINGS]):
        one = yield from encoded(base, drawing, request.recipe, number=number, stack=stack)
        changes, at_once = base.slots.rows([stack]), base.plan.train_rows
        losses.append(ruler.measured(base, one, changes, number=place, at_once=at_once))
        yield None
    return sum(losses) / len(losses) if losses else None
