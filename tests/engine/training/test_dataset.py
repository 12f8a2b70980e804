"""Drawings are fitted without distortion and encoded once."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from PIL import Image

from engine.base.loading import LoadedBase
from engine.errors import JobFailed
from engine.protocol import TrainDrawing
from engine.training.dataset import TrainingSet, add_drawing, cover, empty_set

pytestmark = pytest.mark.usefixtures("small_family")
Drawings = tuple[TrainDrawing, ...]


def test_held_out_drawings_are_kept_apart(data: TrainingSet) -> None:
    assert (len(data.train), len(data.held_out)) == (4, 2)


def test_latents_have_the_bases_scale(data: TrainingSet, tiny_base: LoadedBase) -> None:
    drawing = data.train[0]
    assert drawing.mean.shape == drawing.std.shape == (1, 4, 8, 8)
    assert bool((drawing.std > 0).all())
    assert not drawing.mean.requires_grad


def test_captions_come_in_several_orders(data: TrainingSet) -> None:
    assert len(data.train[0].texts) == 4


def test_covering_keeps_squares_square() -> None:
    picture = Image.new("L", (300, 100), 255)
    picture.paste(Image.new("L", (60, 60), 0), (120, 20))
    dark = [255 * (value < 128) for value in range(256)]
    black = cover(picture, (50, 50)).convert("L").point(dark)
    left, top, right, bottom = black.getbbox() or (0, 0, 0, 0)
    assert (right - left, bottom - top) == (30, 30)


def test_small_drawings_are_enlarged() -> None:
    assert cover(Image.new("RGB", (10, 20)), (64, 64)).size == (64, 64)


@pytest.mark.parametrize(
    "change",
    [{"caption": "other"}, {"held_out": True}],
)
def test_another_dataset_has_another_fingerprint(
    tiny_base: LoadedBase, drawings: Drawings, change: dict[str, object]
) -> None:
    first = dataclasses.replace(drawings[0], **change)
    one, other = (empty_set(tiny_base, d) for d in (drawings, (first, *drawings[1:])))
    assert one.fingerprint != other.fingerprint


def test_nothing_to_train_on_is_refused(tiny_base: LoadedBase, drawings: Drawings) -> None:
    for chosen in (drawings[4:], ()):
        with pytest.raises(JobFailed, match=r"train\.no_drawings"):
            empty_set(tiny_base, chosen)


@pytest.mark.parametrize("content", [b"", b"no picture", None])
def test_a_drawing_that_cannot_be_read_is_named(
    tiny_base: LoadedBase, drawings: Drawings, content: bytes | None
) -> None:
    path = Path(drawings[1].file.path)
    path.unlink() if content is None else path.write_bytes(content)
    made = empty_set(tiny_base, drawings)
    with pytest.raises(JobFailed) as failed:
        add_drawing(made, tiny_base, drawings[1], number=1, seed=1)
    assert (failed.value.key, failed.value.facts["drawing"]) == ("train.bad_drawing", 2)
    assert path.name not in str(failed.value.facts), "this is read in public"


def test_latents_that_are_no_numbers_name_the_drawing(
    tiny_base: LoadedBase, drawings: Drawings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = empty_set(tiny_base, drawings)
    weight = tiny_base.vae.quant_conv
    assert weight is not None
    # A broken VAE cannot be had otherwise: the tiny one is too small to overflow.
    monkeypatch.setattr(weight, "forward", lambda x: torch.full_like(x, float("nan")))
    with pytest.raises(JobFailed) as failed:
        add_drawing(made, tiny_base, drawings[0], number=0, seed=1)
    assert failed.value.facts == {"drawing": 1, "reason": "not finite"}
