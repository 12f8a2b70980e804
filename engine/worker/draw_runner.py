"""Draw pictures: their steps are made on the easel, beside those of other requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from torch import Tensor

from engine.errors import JobFailed
from engine.lora.packed import Stack
from engine.lora.styles import StyleFiles
from engine.pictures.encoding import png, preview
from engine.pictures.picture import Picture, begin, check_recipe
from engine.pictures.recipe import Recipe
from engine.pictures.start import start_latent
from engine.protocol import DrawRequest, PictureDrawn, Preview, Started
from engine.worker.context import WorkerContext
from engine.worker.developing import developed, save_png, take_finished
from engine.worker.pace import Pace
from engine.worker.work import Steps, Work

#: Shares of the steps after which a preview of every picture is sent.
_PREVIEWS: Final = (0.4, 0.7)
#: Fewer steps are over before a preview is of use.
_PREVIEW_STEPS: Final = 8


def run(request: DrawRequest, context: WorkerContext) -> Steps:
    """Draw every recipe; JobFailed with a `draw.*` or `style.*` key when one cannot be drawn."""
    yield Started(request_id=request.request_id)
    for recipe in request.recipes:
        check_recipe(recipe, context.base)
    fetched = context.fetching.run(lambda: stacks_of(request, context))
    yield fetched
    stacks, hashes = fetched.result()
    pictures: list[Picture] = []
    starts = Starts(request, context)
    for recipe, stack in zip(request.recipes, stacks, strict=True):
        start = starts.latent(recipe)
        yield None
        pictures.append(begin(context.base, recipe, stack, start))
        yield None
    pace = Pace(request.request_id, sum(picture.course.steps for picture in pictures))
    left = dict(enumerate(pictures))
    shown = Shown()
    while left:
        yield Work(bench=context.easel, things=list(left.values()))
        yield pace.at(sum(picture.course.done for picture in pictures))
        if request.previews:
            yield from _previews(request, context, shown.due(left))
        files = yield from developed(context, take_finished(left), hashes)
        for number, (file, recipe) in files.items():
            yield PictureDrawn(
                request_id=request.request_id, index=number, file=file, recipe=recipe
            )


def stacks_of(
    request: DrawRequest, context: WorkerContext
) -> tuple[list[Stack], Mapping[str, str]]:
    """Pack the styles of every picture, and tell the hashes of their tensors by file.

    JobFailed with a `style.*` key when one cannot be used. Any thread may call it.
    """
    styles = StyleFiles(request.files, context.base)
    return [styles.stack(recipe.adapters) for recipe in request.recipes], styles.hashes


class Starts:
    """The pictures that a request's recipes start from, each made a latent once per size."""

    def __init__(self, request: DrawRequest, context: WorkerContext) -> None:
        self._files = {file.sha256: Path(file.path) for file in request.files}
        self._base = context.base
        self._known: dict[tuple[str, int, int], Tensor] = {}

    def latent(self, recipe: Recipe) -> Tensor | None:
        """Return what a recipe starts from; JobFailed `draw.start_missing` without its file."""
        if not recipe.start_sha256:
            return None
        path = self._files.get(recipe.start_sha256)
        if path is None or not path.is_file():
            raise JobFailed("draw.start_missing")
        key = (recipe.start_sha256, recipe.width, recipe.height)
        if key not in self._known:
            self._known[key] = start_latent(self._base, path, recipe)
        return self._known[key]


class Shown:
    """Remembers how many previews of each picture were sent."""

    def __init__(self) -> None:
        self._sent: dict[int, int] = {}

    def due(self, left: Mapping[int, Picture]) -> dict[int, Picture]:
        """Say which pictures have come to their next preview."""
        due: dict[int, Picture] = {}
        for number, picture in left.items():
            course = picture.course
            passed = sum(course.done >= round(share * course.steps) for share in _PREVIEWS)
            if passed > self._sent.get(number, 0) and course.steps >= _PREVIEW_STEPS:
                self._sent[number] = passed
                due[number] = picture
        return due


def _previews(
    request: DrawRequest, context: WorkerContext, due: Mapping[int, Picture]
) -> Iterator[Preview | None]:
    for number, picture in due.items():
        latent = picture.course.denoised
        if latent is None:  # it has not begun
            continue
        file = save_png(context, png(preview(context.base, latent[0])))
        yield Preview(request_id=request.request_id, index=number, file=file)
        yield None
