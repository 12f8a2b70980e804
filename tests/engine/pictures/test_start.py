"""Pictures that start from another one, against ComfyUI's rules written down once more."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from engine.base.loading import LoadedBase
from engine.errors import JobFailed
from engine.pictures.easel import Easel
from engine.pictures.picture import Picture, begin, check_recipe
from engine.pictures.recipe import Recipe
from engine.pictures.start import fitted, start_latent

PART = Recipe(
    prompt="fox",
    positive="red fox",
    seed=5,
    steps=4,
    width=64,
    height=64,
    sampler="euler",
    start_sha256="ab" * 32,
    denoise=0.6,
)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Write a wide picture: left red, middle green, right blue."""
    values = np.zeros((40, 120, 3), np.uint8)
    for part in range(3):
        values[:, part * 40 : (part + 1) * 40, part] = 200
    path = tmp_path / "start.png"
    Image.fromarray(values).save(path)
    return path


def test_the_middle_is_taken_and_nothing_distorted(picture: Path) -> None:
    with Image.open(picture) as wide:
        square = fitted(wide, (64, 64))
        tall = fitted(wide, (32, 64))
    assert square.size == (64, 64)
    assert tall.size == (32, 64)
    for cut in (square, tall):
        mean = np.asarray(cut).reshape(-1, 3).mean(axis=0)
        assert mean[1] > 190  # the green middle, and what bleeds of its neighbours
        assert max(mean[0], mean[2]) < 8


def test_a_picture_of_the_size_stays_as_it_is(picture: Path) -> None:
    with Image.open(picture) as wide:
        assert fitted(wide, (120, 40)) is wide


def test_the_latent_is_the_likeliest_in_the_unets_scale(
    tiny_base: LoadedBase, picture: Path
) -> None:
    recipe = dataclasses.replace(PART, width=120, height=40)
    values = np.asarray(Image.open(picture).convert("RGB"), np.float32) / 255
    pixels = torch.from_numpy(values).permute(2, 0, 1)[None] * 2 - 1
    assert tiny_base.vae.quant_conv is not None
    with torch.no_grad():
        moments = tiny_base.vae.quant_conv(tiny_base.vae.encoder(pixels))
    expected = moments[:, :4] * tiny_base.latent_scale
    torch.testing.assert_close(start_latent(tiny_base, picture, recipe), expected)
    assert torch.equal(
        start_latent(tiny_base, picture, recipe), start_latent(tiny_base, picture, recipe)
    )


def test_it_begins_at_the_level_that_its_share_says(tiny_base: LoadedBase, picture: Path) -> None:
    start = start_latent(tiny_base, picture, PART)
    course = begin(tiny_base, PART, (), start).course
    # int(4 / 0.6) = 6 levels from step 999 to step 0, of which the last four are gone through
    root = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64)
    kept = torch.cumprod(1 - root**2, 0)
    logs = ((1 - kept) / kept).log() / 2
    expected: list[float] = []
    for place in np.linspace(999, 0, 6)[-4:]:
        low = math.floor(place)
        share = place - low
        high = min(low + 1, 999)
        expected.append(float(((1 - share) * logs[low] + share * logs[high]).exp()))
    torch.testing.assert_close(course.sigmas, torch.tensor([*expected, 0.0]), rtol=1e-4, atol=1e-6)
    noise = torch.randn((1, 4, 8, 8), generator=torch.Generator().manual_seed(5))
    torch.testing.assert_close(course.x, start + noise * expected[0], rtol=1e-4, atol=1e-5)


def test_little_is_drawn_anew_by_a_small_share(tiny_base: LoadedBase, picture: Path) -> None:
    start = start_latent(tiny_base, picture, PART)
    away = [
        float((finished(tiny_base, share, start) - start).square().mean())
        for share in (0.1, 0.4, 0.9)
    ]
    assert away == sorted(away)
    assert away[0] < away[2] / 4


def finished(base: LoadedBase, share: float, start: Tensor) -> Tensor:
    picture = begin(base, dataclasses.replace(PART, denoise=share), (), start)
    _finish(base, [picture])
    return picture.course.x


def _finish(base: LoadedBase, pictures: list[Picture]) -> None:
    easel = Easel(base)
    while left := [one for one in pictures if not one.course.finished]:
        easel.do(easel.choose([left]))


def test_it_shares_a_batch_with_others(tiny_base: LoadedBase, picture: Path) -> None:
    start = start_latent(tiny_base, picture, PART)
    mine = begin(tiny_base, PART, (), start)
    other = begin(tiny_base, dataclasses.replace(PART, start_sha256="", denoise=1.0, steps=6))
    _finish(tiny_base, [mine, other])
    alone = finished(tiny_base, PART.denoise, start)
    torch.testing.assert_close(mine.course.x, alone, rtol=1e-3, atol=1e-4)


def test_a_whole_drawing_over_a_picture_keeps_its_trace(
    tiny_base: LoadedBase, picture: Path
) -> None:
    whole = dataclasses.replace(PART, denoise=1.0)
    start = start_latent(tiny_base, picture, whole)
    with_it, without = begin(tiny_base, whole, (), start), begin(tiny_base, whole)
    assert torch.equal(with_it.course.sigmas, without.course.sigmas)
    torch.testing.assert_close(with_it.course.x - without.course.x, start, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("share", [0.0, 0.04, 1.01])
def test_a_share_out_of_range_is_refused(tiny_base: LoadedBase, share: float) -> None:
    with pytest.raises(JobFailed, match=r"draw\.bad_denoise"):
        check_recipe(dataclasses.replace(PART, denoise=share), tiny_base)


def test_no_picture_is_refused(tiny_base: LoadedBase, tmp_path: Path) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n nothing")
    with pytest.raises(JobFailed, match=r"draw\.start_unreadable"):
        start_latent(tiny_base, path, PART)
