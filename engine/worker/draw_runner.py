"""Draw pictures: one `next()` is one denoising step of one batch."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from PIL import Image

from engine.lora.styles import StyleFiles
from engine.pictures.encoding import decode, png, preview
from engine.pictures.metadata import chunks
from engine.pictures.painting import batches, check_recipe, paint
from engine.pictures.recipe import Recipe
from engine.protocol import DrawRequest, Event, FileRef, PictureDrawn, Preview, Started
from engine.sampling.samplers import Step
from engine.worker.context import WorkerContext
from engine.worker.pace import Pace

#: Shares of the steps after which a preview of every picture is sent.
_PREVIEWS: Final = (0.4, 0.7)
#: Fewer steps are over before a preview is of use.
_PREVIEW_STEPS: Final = 8


def run(request: DrawRequest, context: WorkerContext) -> Iterator[Event]:
    """Draw every recipe; JobFailed with a `draw.*` or `style.*` key when one cannot be drawn."""
    yield Started(request_id=request.request_id)
    for recipe in request.recipes:
        check_recipe(recipe, context.base)
    base = context.base
    styles = StyleFiles(request.files, modules=base.adapters.layers, layout=base.layout)
    groups = batches(request.recipes)
    pace = Pace(request.request_id, sum(request.recipes[group[0]].steps for group in groups))
    for group in groups:
        recipes = [request.recipes[number] for number in group]
        stack = styles.stack(recipes[0].adapters, device=base.device)
        step: Step | None = None
        for step in paint(base, recipes, stack):
            yield pace.step()
            yield from _previews(request, context, group, step)
        if step is not None:
            yield from _drawn(request, context, group, step, styles.hashes)


def save_png(context: WorkerContext, data: bytes) -> FileRef:
    """Put a finished PNG into the outbox."""
    path = context.new_outbox_file(".png")
    path.write_bytes(data)
    return context.file_ref(path)


def drawn_as(recipe: Recipe, context: WorkerContext) -> Recipe:
    """Fill in what only the engine knows: base, family and where step noise was drawn."""
    base = context.base
    known = {"base": base.name, "base_sha256": base.sha256, "family": base.family}
    return dataclasses.replace(recipe, **known, noise_device=base.device.type)


def _previews(
    request: DrawRequest, context: WorkerContext, group: Sequence[int], step: Step
) -> Iterator[Event]:
    due = {round(share * step.steps) for share in _PREVIEWS}
    if not request.previews or step.steps < _PREVIEW_STEPS or step.done not in due:
        return
    for number, latent in zip(group, step.denoised, strict=True):
        file = save_png(context, png(preview(context.base, latent)))
        yield Preview(request_id=request.request_id, index=number, file=file)


def _drawn(
    request: DrawRequest,
    context: WorkerContext,
    group: Sequence[int],
    step: Step,
    hashes: Mapping[str, str],
) -> Iterator[Event]:
    pictures: list[Image.Image] = decode(context.base, step.x)
    for number, picture in zip(group, pictures, strict=True):
        recipe = drawn_as(request.recipes[number], context)
        file = save_png(context, png(picture, chunks(recipe, hashes)))
        yield PictureDrawn(request_id=request.request_id, index=number, file=file, recipe=recipe)
