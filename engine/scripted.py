"""A torch-free stand-in for drawing, training and captions, obeying words in the prompt.

Played by the fake engine inside the bot's process and by the real worker process with
`EngineSettings.scripted`, so that one contract suite can run on both. The words are read from a
draw's first prompt, from the caption of a training's first drawing, or from the name of the model
that captions are asked of:

    !slow       every step takes 50 ms
    !forever    never ends by itself
    !deaf       hangs in one step for an hour
    !crash      the process dies in the middle
    !raise      a runner's bug
    !fail:key   the request fails with that key
    !print      writes to standard output, from Python and past it
"""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.errors import JobFailed
from engine.lora.streaming import TensorKind, header_bytes
from engine.outbox import Outbox
from engine.pictures.recipe import AdapterUse, Recipe
from engine.protocol import (
    BareDrawn,
    Captioned,
    CaptionRequest,
    CheckpointSaved,
    DrawRequest,
    Event,
    FileRef,
    PictureDrawn,
    Preview,
    Progress,
    Request,
    StyleShown,
    TrainRequest,
)

DRAW_STEPS = 3
_SIDE_MOST = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Wait so long before going on."""

    seconds: float


class Cue(enum.Enum):
    """What a played request asks its stage to do."""

    CRASH = enum.auto()
    PRINT = enum.auto()


Play = Iterator[Event | Pause | Cue]


def play(request: Request, outbox: Outbox) -> Play:
    """Yield what a real runner would, and the cues that the prompt asks for."""
    words = _words(request)
    yield from _obey(words)
    pause = Pause(seconds=0.05 if "!slow" in words else 0.0)
    if "!forever" in words:
        yield from _never_end(request)
    match request:
        case DrawRequest():
            yield from _draw(request, outbox, pause)
        case TrainRequest():
            yield from _train(request, outbox, pause)
        case CaptionRequest():
            yield from _caption(request, pause)


def _words(request: Request) -> list[str]:
    match request:
        case DrawRequest(recipes=recipes):
            return recipes[0].prompt.split() if recipes else []
        case TrainRequest(drawings=drawings):
            return drawings[0].caption.split() if drawings else []
        case CaptionRequest(model=model):
            return model.split()


def _obey(words: list[str]) -> Play:
    for word in words:
        if word == "!crash":
            yield Cue.CRASH
        elif word == "!print":
            yield Cue.PRINT
        elif word == "!deaf":
            yield Pause(seconds=3600)
        elif word == "!raise":
            raise RuntimeError("asked to raise")
        elif word.startswith("!fail:"):
            raise JobFailed(word.removeprefix("!fail:"), why="asked to fail")


def _never_end(request: Request) -> Play:
    step = 0
    while True:
        step += 1
        yield Progress(request_id=request.request_id, step=step, steps=1_000_000)
        yield Pause(seconds=0.01)


def _draw(request: DrawRequest, outbox: Outbox, pause: Pause) -> Play:
    steps = DRAW_STEPS * len(request.recipes)
    for index, recipe in enumerate(request.recipes):
        for step in range(1, DRAW_STEPS + 1):
            yield pause
            yield Progress(
                request_id=request.request_id, step=index * DRAW_STEPS + step, steps=steps
            )
        if request.previews:
            rough = outbox.put(png(recipe, side_most=16), ".png")
            yield Preview(request_id=request.request_id, index=index, file=rough)
        yield PictureDrawn(
            request_id=request.request_id,
            index=index,
            file=outbox.put(png(recipe), ".png"),
            recipe=recipe,
        )


def _caption(request: CaptionRequest, pause: Pause) -> Play:
    for index, file in enumerate(request.files):
        yield pause
        own = f"thing {file.sha256[:4]}"
        if request.captioner == "blip":
            yield Captioned(request_id=request.request_id, index=index, sentence=f"a {own}")
        else:
            yield Captioned(
                request_id=request.request_id,
                index=index,
                general={own: 0.9, "long hair": 0.8, "1girl": 0.7, "^_^": 0.6},
                characters={"hatsune miku": 0.95},
                ratings={"general": 0.9, "sensitive": 0.1, "questionable": 0.0, "explicit": 0.0},
            )


def _train(request: TrainRequest, outbox: Outbox, pause: Pause) -> Play:
    steps = request.recipe.steps
    stops = max(1, request.recipe.checkpoints)
    done = _resumed_step(request.resume)
    if request.bare:
        samples = _samples(request, outbox, None)
        yield BareDrawn(request_id=request.request_id, samples=samples)
    if request.finished is not None:
        yield from _show(request, request.finished, outbox, pause)
        return
    for stop in range(1, stops + 1):
        step = steps * stop // stops
        if step <= done:
            continue
        yield pause
        loss = round(1.0 / (1 + step / steps), 4)
        yield Progress(
            request_id=request.request_id,
            step=step,
            steps=steps,
            eta_s=float(stops - stop),
            loss=loss,
        )
        yield _checkpoint(request, outbox, step, loss)


def _show(request: TrainRequest, style: FileRef, outbox: Outbox, pause: Pause) -> Play:
    yield Progress(request_id=request.request_id, step=0, steps=0)
    yield pause
    held_out = any(drawing.held_out for drawing in request.drawings)
    yield StyleShown(
        request_id=request.request_id,
        held_out_loss=0.25 if held_out else None,
        samples=_samples(request, outbox, style),
    )


def _samples(request: TrainRequest, outbox: Outbox, style: FileRef | None) -> tuple[FileRef, ...]:
    uses = () if style is None else (AdapterUse(name=request.name, sha256=style.sha256),)
    recipes = (dataclasses.replace(recipe, adapters=uses) for recipe in request.samples)
    return tuple(outbox.put(png(recipe), ".png") for recipe in recipes)


def _checkpoint(request: TrainRequest, outbox: Outbox, step: int, loss: float) -> CheckpointSaved:
    held_out = any(drawing.held_out for drawing in request.drawings)
    state = json.dumps({"step": step, "name": request.name}).encode()
    style = outbox.put(style_file(request.name, step), ".safetensors")
    return CheckpointSaved(
        request_id=request.request_id,
        step=step,
        steps=request.recipe.steps,
        loss=loss,
        held_out_loss=loss if held_out else None,
        style=style,
        state=outbox.put(state, ".state"),
        samples=_samples(request, outbox, style),
    )


def _resumed_step(state: FileRef | None) -> int:
    if state is None:
        return 0
    return int(json.loads(Path(state.path).read_bytes())["step"])


def png(recipe: Recipe, *, side_most: int = _SIDE_MOST) -> bytes:
    """Make a valid small PNG of one colour with a darker diagonal, decided by the whole recipe."""
    colour = hashlib.sha256(repr(recipe).encode()).digest()[:3]
    dark = bytes(value // 2 for value in colour)
    width = max(8, min(recipe.width, side_most))
    height = max(8, min(recipe.height, side_most))
    rows = b"".join(
        b"\0" + b"".join(dark if x == y else colour for x in range(width)) for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def style_file(name: str, step: int) -> bytes:
    """Make a valid safetensors file with one small tensor, different for every name and step."""
    tensors = {"lora_unet_scripted.alpha": TensorKind(dtype="F32", shape=(1,), size_bytes=4)}
    told = {"ss_output_name": name, "ss_steps": str(step)}
    return header_bytes(tensors, told) + struct.pack("<f", float(step))
