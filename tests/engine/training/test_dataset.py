"""Drawings are fitted without distortion and encoded once."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from engine.base.loading import LoadedBase
from engine.errors import JobFailed
from engine.protocol import FileRef, TrainDrawing
from engine.training.dataset import TrainingSet, add_drawing, empty_set
from engine.training.recipe import TrainRecipe

pytestmark = pytest.mark.usefixtures("small_family")
Drawings = tuple[TrainDrawing, ...]


def test_held_out_drawings_are_kept_apart(data: TrainingSet) -> None:
    assert (len(data.train), len(data.held_out)) == (4, 2)


def test_latents_have_the_bases_scale(data: TrainingSet, tiny_base: LoadedBase) -> None:
    [view] = data.train[0].views
    assert view.mean.shape == view.std.shape == (1, 4, 8, 8)
    assert bool((view.std > 0).all())
    assert not view.mean.requires_grad


def test_captions_come_in_several_orders(data: TrainingSet) -> None:
    assert len(data.train[0].texts) == 4
    assert len(data.held_out[0].texts) == 1, "the ruler reads one"


def test_a_base_that_knows_nothing_of_cuts_is_told_of_whole_pictures(data: TrainingSet) -> None:
    assert data.train[0].views[0].told.tolist() == [[64, 64, 0, 0, 64, 64]]


@pytest.mark.usefixtures("wide_family")
def test_drawings_are_cut_in_several_places_and_the_base_is_told_where(
    tiny_base: LoadedBase, tmp_path: Path, recipe: TrainRecipe
) -> None:
    several = dataclasses.replace(recipe, crops=3)
    made = empty_set(tiny_base, [drawing := _drawing(tmp_path, (100, 160))])
    list(add_drawing(made, tiny_base, drawing, several, number=0))
    [encoded] = made.train
    assert encoded.size == (48, 80)
    told = [view.told[0].tolist() for view in encoded.views]
    assert all(row[:2] == [160, 100] and row[4:] == [80, 48] for row in told)
    # Scaled by one half to 50 by 80: two pixels of room, less than a latent.
    assert [row[2:4] for row in told] == [[0, 1]]

    made = empty_set(tiny_base, [drawing := _drawing(tmp_path, (100, 120))])
    list(add_drawing(made, tiny_base, drawing, several, number=0))
    [encoded] = made.train
    assert encoded.size == (64, 64)
    tops = [view.told[0].tolist()[2:4] for view in encoded.views]
    assert len(tops) == 2, "76.8 high, 64 seen: one latent of room"
    assert tops[0] == [6, 0], "the middle first"
    assert len({top for top, _ in tops}) == 2
    assert all(0 <= top <= 13 and left == 0 for top, left in tops)
    assert not torch.equal(encoded.views[0].mean, encoded.views[1].mean)


@pytest.mark.parametrize("words", [10, 60, 200], ids=["one window", "two", "more than three"])
def test_a_caption_is_read_like_a_prompt_to_its_third_window(
    words: int, tiny_base: LoadedBase, tmp_path: Path, recipe: TrainRecipe
) -> None:
    caption = ", ".join(["cat", "red", "fox"] * (words // 3))
    drawing = dataclasses.replace(_drawing(tmp_path, (100, 160)), caption=caption)
    made = empty_set(tiny_base, [drawing])
    list(add_drawing(made, tiny_base, drawing, dataclasses.replace(recipe, captions=1), number=0))
    [text] = made.train[0].texts
    prompt = tiny_base.text.encode(caption)
    torch.testing.assert_close(text.text, prompt.text[:, : 3 * 77], rtol=0, atol=1e-6)
    torch.testing.assert_close(text.pooled, prompt.pooled, rtol=0, atol=1e-6)
    is_whole = text.text.shape == prompt.text.shape
    assert is_whole is (words < 200)


def _drawing(folder: Path, size: tuple[int, int]) -> TrainDrawing:
    values = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), np.uint8)
    path = folder / f"{size[1]}.png"
    Image.fromarray(values).save(path)
    return TrainDrawing(file=FileRef(path=str(path), sha256="0" * 64), caption="cat")


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
    tiny_base: LoadedBase, drawings: Drawings, recipe: TrainRecipe, content: bytes | None
) -> None:
    path = Path(drawings[1].file.path)
    path.unlink() if content is None else path.write_bytes(content)
    made = empty_set(tiny_base, drawings)
    with pytest.raises(JobFailed) as failed:
        list(add_drawing(made, tiny_base, drawings[1], recipe, number=1))
    assert (failed.value.key, failed.value.facts["drawing"]) == ("train.bad_drawing", 2)
    assert path.name not in str(failed.value.facts), "this is read in public"


def test_latents_that_are_no_numbers_name_the_drawing(
    tiny_base: LoadedBase, drawings: Drawings, recipe: TrainRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = empty_set(tiny_base, drawings)
    weight = tiny_base.vae.quant_conv
    assert weight is not None
    # A broken VAE cannot be had otherwise: the tiny one is too small to overflow.
    monkeypatch.setattr(weight, "forward", lambda x: torch.full_like(x, float("nan")))
    with pytest.raises(JobFailed) as failed:
        list(add_drawing(made, tiny_base, drawings[0], recipe, number=0))
    assert failed.value.facts == {"drawing": 1, "reason": "not finite"}
