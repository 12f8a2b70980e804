"""Latents become pictures, pictures become files."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator

import pytest
import torch
from PIL import Image

from engine.base.loading import LoadedBase
from engine.errors import JobFailed
from engine.memory.plan import Plan
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


def test_a_picture_too_large_for_the_plan_is_decoded_in_squares(tiny_base: LoadedBase) -> None:
    latents = torch.randn(1, 4, 96, 8, generator=torch.Generator().manual_seed(0))
    [whole] = decode(tiny_base, latents)
    thrifty = dataclasses.replace(tiny_base, plan=Plan(whole_pixels=64 * 64))
    thrifty.vae.tile_latent_min_size, thrifty.vae.tile_sample_min_size = 64, 512
    [squares] = decode(thrifty, latents)
    assert squares.size == whole.size == (64, 768)
    assert squares.tobytes() != whole.tobytes()
    [again] = decode(tiny_base, latents)
    assert again.tobytes() == whole.tobytes()


def test_png_is_lossless_and_carries_its_text() -> None:
    picture = Image.effect_noise((32, 32), 80).convert("RGB")
    data = png(picture, {"a": "plain", "c": "лиса"})
    with Image.open(io.BytesIO(data)) as read:
        assert read.info["a"] == "plain"
        assert read.info["c"] == "лиса"
        assert read.convert("RGB").tobytes() == picture.tobytes()


def texts_as_comfyui_reads_them(data: bytes) -> Iterator[tuple[str, str]]:
    """Its page takes three kinds of chunk alike, and of one name the last."""
    at = 8
    while at < len(data):
        length, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        if kind in (b"tEXt", b"comf", b"iTXt"):
            key, _, text = data[at + 8 : at + 8 + length].partition(b"\0")
            yield key.decode("latin-1"), text.decode()
        at += 12 + length


def test_no_page_of_comfyui_prefers_a1111s_text_to_its_own_graph() -> None:
    # Front ends 1.32.2 to 1.33.12 did, where there was one.
    told = {"parameters": "fox", "prompt": "{}", "workflow": "{}"}
    data = png(Image.new("RGB", (8, 8)), told)
    assert dict(texts_as_comfyui_reads_them(data)) == {**told, "parameters": ""}
    with Image.open(io.BytesIO(data)) as read:  # as A1111 does
        read.load()
        assert read.info["parameters"] == "fox"


def test_without_a_graph_comfyui_reads_a1111s_text() -> None:
    data = png(Image.new("RGB", (8, 8)), {"parameters": "fox"})
    assert dict(texts_as_comfyui_reads_them(data)) == {"parameters": "fox"}
