"""A picture that is too large as PNG keeps its colours if it can, and what it carries."""

from __future__ import annotations

import io
import json
import struct

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from engine.pictures.metadata import chunks, parameters, read_recipe
from engine.pictures.webp import as_webp
from tests.engine.pictures.test_metadata import HASHES, RECIPE

TOLD = chunks(RECIPE, HASHES)
MUCH = 10**9


def drawn(side: int = 96) -> bytes:
    """Make a picture that WebP packs better than level-1 RLE does."""
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    noise = np.random.default_rng(0).integers(0, 12, (side, side, 3))
    rgb = np.stack([x * 2 % 256, y * 2 % 256, (x + y) % 256], axis=-1) + noise
    info = PngInfo()
    for key, text in TOLD.items():
        info.add_itxt(key, text)
    file = io.BytesIO()
    picture = Image.fromarray(rgb.clip(0, 255).astype(np.uint8))
    picture.save(file, "PNG", compress_level=1, compress_type=3, pnginfo=info)
    return file.getvalue()


def made(png: bytes, most: int) -> tuple[bytes, bool]:
    found = as_webp(png, most)
    assert found is not None
    return found


def pixels(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def test_it_is_without_loss_where_that_fits() -> None:
    png = drawn()
    data, is_exact = made(png, MUCH)
    assert is_exact
    assert len(data) < len(png)
    assert (pixels(data) == pixels(png)).all()
    assert made(png, len(data)) == (data, True)


def test_it_is_as_fine_as_fits_and_says_that_it_lost_something() -> None:
    png = drawn(512)
    whole = len(made(png, MUCH)[0])
    fine, is_exact = made(png, whole - 1)
    assert not is_exact
    coarse, _ = made(png, len(fine) - 1)
    assert len(coarse) < len(fine) < whole
    errors = [float(abs(pixels(data) - pixels(png)).mean()) for data in (fine, coarse)]
    # The noise is ±6; what is left out of a fine one is less than that.
    assert 0 < errors[0] < errors[1] < 6


def test_what_cannot_fit_is_not_made() -> None:
    assert as_webp(drawn(), 500) is None


@pytest.mark.parametrize("loses", [False, True], ids=["exact", "coarser"])
def test_the_recipe_is_found_again(loses: bool) -> None:
    png = drawn(256)
    data, _ = made(png, len(made(png, MUCH)[0]) - loses)
    assert read_recipe(data) == RECIPE


def test_a_webp_that_carries_nothing_or_is_cut_has_no_recipe() -> None:
    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(file, "WEBP")
    assert read_recipe(file.getvalue()) is None
    data, _ = made(drawn(), MUCH)
    for length in range(0, len(data), 97):
        read_recipe(data[:length])  # whatever it finds, it raises nothing


def exif_of(webp: bytes) -> bytes:
    """Find the EXIF chunk as ComfyUI's window does: walk over RIFF's chunks."""
    at = 12
    while at < len(webp):
        kind, length = webp[at : at + 4], int.from_bytes(webp[at + 4 : at + 8], "little")
        if kind == b"EXIF":
            return webp[at + 8 : at + 8 + length].removeprefix(b"Exif\0\0")
        at += 8 + length + length % 2
    raise AssertionError("no EXIF")


def fields_of(tiff: bytes, at: int | None = None) -> dict[int, tuple[int, bytes]]:
    """Read a directory of TIFF by its definition: number, type, count, value or place."""
    order = {b"II": "<", b"MM": ">"}[tiff[:2]]
    first = struct.unpack_from(order + "I", tiff, 4)[0] if at is None else at
    found: dict[int, tuple[int, bytes]] = {}
    for index in range(struct.unpack_from(order + "H", tiff, first)[0]):
        entry = first + 2 + 12 * index
        number, kind, count = struct.unpack_from(order + "HHI", tiff, entry)
        size = {2: 1, 4: 4, 7: 1}[kind] * count
        place = entry + 8 if size <= 4 else struct.unpack_from(order + "I", tiff, entry + 8)[0]
        value = tiff[place : place + size]
        if kind == 4:
            value = struct.pack(">I", struct.unpack(order + "I", value)[0])
        found[number] = kind, value
    return found


def test_comfyui_finds_its_graphs_in_model_and_make() -> None:
    fields = fields_of(exif_of(made(drawn(), MUCH)[0]))
    for number, key in ((0x0110, "prompt"), (0x010F, "workflow")):
        kind, value = fields[number]
        assert kind == 2  # its reader takes ASCII fields only
        said, _, graph = value.rstrip(b"\0").decode("ascii").partition(":")
        assert said == key
        assert json.loads(graph) == json.loads(TOLD[key])


def test_a1111_finds_its_text_in_the_comment() -> None:
    tiff = exif_of(made(drawn(), MUCH)[0])
    place = int.from_bytes(fields_of(tiff)[0x8769][1], "big")
    kind, value = fields_of(tiff, place)[0x9286]
    assert (kind, value[:8]) == (7, b"UNICODE\0")
    assert value[8:].decode("utf-16-be") == parameters(RECIPE, HASHES)
