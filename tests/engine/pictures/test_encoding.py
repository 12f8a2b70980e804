"""Latents become pictures, pictures become files."""

from __future__ import annotations

import io

import pytest
import torch
from PIL import Image

from engine.base.loading import LoadedBase
from engine.errors import JobFailed
from engine.pictures.encoding import decode, png, preview


def test_latents_become_pictures_of_their_size(tiny_base: LoadedBase) -> None:
    pictures = decode(tiny_base, torch.zeros(2, 4, 12, 8))
    assert [picture.size for picture in pictures] == [(64, 96)] * 2


def test_a_large_preview_is_small(tiny_base: LoadedBase) -> None:
    assert preview(tiny_base, torch.zeros(4, 64, 32)).size == (128, 256)
    assert preview(tiny_base, torch.zeros(4, 16, 16)).size == (128, 128)


def test_latents_that_are_no_numbers_are_refused(tiny_base: LoadedBase) -> None:
    with pytest.raises(JobFailed, match=r"draw\.not_finite"):
        decode(tiny_base, torch.full((1, 4, 8, 8), float("nan")))


def test_png_is_lossless_and_carries_its_text() -> None:
    picture = Image.effect_noise((32, 32), 80).convert("RGB")
    data = png(picture, {"a": "plain", "c": "лиса"})
    with Image.open(io.BytesIO(data)) as read:
        assert read.info["a"] == "plain"
        assert read.info["c"] == "лиса"
        assert read.convert("RGB").tobytes() == picture.tobytes()
