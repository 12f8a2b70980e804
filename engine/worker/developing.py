"""From finished latents to PNG files in the outbox."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Generator, Mapping
from typing import Any

from engine.pictures.encoding import decode, png
from engine.pictures.metadata import chunks
from engine.pictures.picture import Picture
from engine.pictures.recipe import Recipe
from engine.protocol import FileRef
from engine.sampling.prediction import Prediction
from engine.worker.context import WorkerContext
from engine.worker.work import Wait


def take_finished(left: dict[int, Picture]) -> dict[int, Picture]:
    """Take those out that have made all their steps."""
    finished = {number: one for number, one in left.items() if one.course.finished}
    for number in finished:
        del left[number]
    return finished


def developed(
    context: WorkerContext, finished: Mapping[int, Picture], hashes: Mapping[str, str]
) -> Generator[Wait[Any] | None, None, dict[int, tuple[FileRef, Recipe]]]:
    """Decode one picture per step, and encode them beside the loop; return files with recipes."""
    encoding: dict[int, tuple[Wait[bytes], Recipe]] = {}
    for number, picture in finished.items():
        [image] = decode(context.base, picture.course.x)
        recipe = drawn_as(picture.recipe, context)
        predicts_v = context.base.prediction is Prediction.VELOCITY
        told = chunks(recipe, hashes, predicts_v=predicts_v)
        job = functools.partial(png, image, told)
        encoding[number] = context.background.run(job), recipe
        yield None
    files: dict[int, tuple[FileRef, Recipe]] = {}
    for number, (data, recipe) in encoding.items():
        yield data
        files[number] = save_png(context, data.result()), recipe
    return files


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
