"""The style arrives: one prompt and seed through all checkpoints, as a picture that moves."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw

from cogs.ui.lettering import GROUND, INK, shorten, write
from cogs.ui.pictures import Copy
from cogs.ui.theatre.strip import sample

SIDE: Final = 480
#: Of the bar with the step.
LABEL: Final = 64
LENGTH_MS: Final = 3000
FRAME_MS: Final = 100
_SIZE: Final = 30
#: How much of a stage passes before the next one begins to show.
_STILL: Final = 0.5
#: The last stage stays so many times longer.
_LAST: Final = 2
_MARK: Final = (232, 163, 61)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The sample at one moment of the training."""

    label: str
    sample: Path
    #: how much of the training is done, 0 to 1
    done: float


def loop(stages: Sequence[Stage]) -> Copy:
    """Blend one stage into the next for three seconds, for ever; a WebP of 10 pictures a second."""
    stills = [sample(stage.sample, SIDE) for stage in stages]
    frames = [_frame(stages, stills, place) for place in _places(len(stages))]
    out = io.BytesIO()
    frames[0].save(
        out,
        "WEBP",
        save_all=True,
        append_images=frames[1:],
        duration=FRAME_MS,
        loop=0,
        quality=82,
        method=2,
    )
    return Copy(data=out.getvalue(), suffix="webp")


def _places(stages: int) -> list[float]:
    """Say for every frame where it is: 1.25 is a quarter of the way from stage 1 to stage 2."""
    count = LENGTH_MS // FRAME_MS
    stretch = stages - 1 + _LAST
    return [min(stages - 1.0, stretch * frame / count) for frame in range(count)]


def _frame(stages: Sequence[Stage], stills: Sequence[Image.Image], place: float) -> Image.Image:
    number = int(place)
    share = max(0.0, (place - number - _STILL) / (1 - _STILL))
    after = min(number + 1, len(stages) - 1)
    frame = Image.new("RGB", (SIDE, SIDE + LABEL), GROUND)
    frame.paste(Image.blend(stills[number], stills[after], share), (0, 0))
    named = stages[after if share > 0.5 else number]
    done = stages[number].done + (stages[after].done - stages[number].done) * share
    pen = ImageDraw.Draw(frame)
    pen.rectangle((0, SIDE, SIDE * done, SIDE + 7), _MARK)
    text = shorten(named.label, _SIZE, SIDE - 24)
    write(frame, text, (12, SIDE + 36), size=_SIZE, anchor="lm", colour=INK)
    return frame
