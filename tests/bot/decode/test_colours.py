"""Colours of every kind of file, against values known beforehand."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from bot.decode.picture import judge
from bot.decode.verdict import Question, Verdict
from tests.bot.decode.pngs import whole_png
from tests.bot.decode.profiles import INKS, PAPER, print_profile, srgb_of, swapped_profile

SIDE = 80


def kept(data: bytes, **question: object) -> tuple[Image.Image, Verdict, bytes]:
    """Judge a file; return our picture, the verdict, and the see-through picture's file."""
    verdict, out = judge(Question(name="a", **question), data)  # type: ignore[arg-type]
    picture = Image.open(io.BytesIO(out[: verdict.png_bytes]))
    assert picture.mode == "RGB"
    return picture, verdict, out[verdict.png_bytes :]


def deep_png(colour: int, values: tuple[int, ...]) -> bytes:
    """Make a PNG of one colour with 16 bits; `colour` is PNG's own number for its kind."""
    row = b"\0" + struct.pack(f">{len(values)}H", *values) * SIDE
    return whole_png(SIDE, SIDE, 16, colour, row * SIDE)


def saved(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


@pytest.mark.parametrize(
    ("colour", "values", "seen"),
    [
        (0, (40_000,), (156, 156, 156)),
        (0, (0x8080,), (128, 128, 128)),
        (2, (0x8080, 0x1313, 0xFFFF), (128, 19, 255)),
        (2, (40_000, 20_000, 0), (156, 78, 0)),
        (4, (0, 0), (255, 255, 255)),
        (4, (0x4040, 0xFFFF), (64, 64, 64)),
        (6, (0x8080, 0x1313, 0xFFFF, 0xFFFF), (128, 19, 255)),
        (6, (0, 0, 0, 0x8080), (127, 127, 127)),
    ],
    ids=["grey", "grey exact", "colour", "colour between", "clear grey", "grey with alpha",
         "colour with alpha", "half clear"],
)  # fmt: skip
def test_sixteen_bits_keep_their_values(
    colour: int, values: tuple[int, ...], seen: tuple[int, ...]
) -> None:
    picture, verdict, _ = kept(deep_png(colour, values))
    found = picture.getpixel((40, 40))
    assert isinstance(found, tuple)
    assert max(abs(a - b) for a, b in zip(found, seen, strict=True)) <= 1
    assert "intake.note_depth" in verdict.notes


def test_one_clear_value_of_a_deep_grey_shows_the_paper() -> None:
    values = np.full((SIDE, SIDE), 40_000, np.uint16)
    values[:, :40] = 10_000
    picture = Image.fromarray(values)
    seen, _, source = kept(saved(picture, transparency=40_000), paper="#ff0000")
    assert seen.getpixel((60, 40)) == (255, 0, 0)
    assert seen.getpixel((20, 40)) == (39, 39, 39)
    assert source


PRINTED = {
    "paper": ((0, 0, 0, 0), PAPER),
    "cyan": ((255, 0, 0, 0), INKS[0]),
    "magenta": ((0, 255, 0, 0), INKS[1]),
    "yellow": ((0, 0, 255, 0), INKS[2]),
    "black": ((0, 0, 0, 255), INKS[3]),
}


@pytest.mark.parametrize("name", PRINTED)
def test_print_colours_follow_their_profile(name: str) -> None:
    """Within 3 steps: the profile holds 8 bits, the JPEG is not without loss."""
    inks, lab = PRINTED[name]
    picture = Image.new("CMYK", (SIDE, SIDE), inks)
    data = saved(picture, "JPEG", quality=100, subsampling=0, icc_profile=print_profile())
    seen, verdict, _ = kept(data)
    found = seen.getpixel((40, 40))
    assert isinstance(found, tuple)
    assert max(abs(a - b) for a, b in zip(found, srgb_of(lab), strict=True)) <= 3
    assert verdict.notes == ("intake.note_cmyk",)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_a_profile_is_followed_in_every_mode(mode: str) -> None:
    """Within 3 steps: the profile has a power of 2.2, sRGB's curve is not quite one."""
    picture = Image.new("RGB", (SIDE, SIDE), (180, 90, 60))
    picture = picture.quantize(4) if mode == "P" else picture.convert(mode)
    seen, verdict, _ = kept(saved(picture, icc_profile=swapped_profile()))
    found = seen.getpixel((40, 40))
    assert isinstance(found, tuple)
    assert max(abs(a - b) for a, b in zip(found, (90, 180, 60), strict=True)) <= 3
    assert verdict.notes == ("intake.note_profile",)


def test_what_shows_through_survives_a_profile() -> None:
    picture = Image.new("RGBA", (SIDE, SIDE), (180, 90, 60, 128))
    seen, _, _ = kept(saved(picture, icc_profile=swapped_profile()), paper="#000000")
    found = seen.getpixel((40, 40))
    assert isinstance(found, tuple)
    assert max(abs(a - b) for a, b in zip(found, (45, 90, 30), strict=True)) <= 2


def test_a_colour_profile_says_nothing_of_a_grey_picture() -> None:
    picture = Image.new("L", (SIDE, SIDE), 90)
    seen, verdict, _ = kept(saved(picture, icc_profile=swapped_profile()))
    assert seen.getpixel((40, 40)) == (90, 90, 90)
    assert verdict.notes == ()


def see_through() -> Image.Image:
    """Red on the left, nothing on the right, half of blue below."""
    picture = Image.new("RGBA", (SIDE, SIDE), (10, 20, 30, 0))
    picture.paste((255, 0, 0, 255), (0, 0, 40, 40))
    picture.paste((0, 0, 255, 128), (0, 40, SIDE, SIDE))
    return picture


@pytest.mark.parametrize(
    ("paper", "bare", "mixed"),
    [
        ("#ffffff", (255, 255, 255), (127, 127, 255)),
        ("#808080", (128, 128, 128), (64, 64, 191)),
        ("#fff4e0", (255, 244, 224), (127, 122, 240)),
    ],
)
@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_see_through_lies_on_the_paper_that_was_asked_for(
    paper: str, bare: tuple[int, ...], mixed: tuple[int, ...], kind: str
) -> None:
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    picture, verdict, _ = kept(saved(see_through(), kind, **options), paper=paper)
    assert picture.getpixel((60, 20)) == bare
    assert picture.getpixel((20, 20)) == (255, 0, 0)
    found = picture.getpixel((60, 60))
    assert isinstance(found, tuple)
    assert max(abs(a - b) for a, b in zip(found, mixed, strict=True)) <= 1
    assert verdict.notes == ("intake.note_flattened",)


def test_the_paper_can_be_changed_from_what_is_kept_beside_it() -> None:
    data = saved(see_through())
    _, _, source = kept(data)
    again, _, same = kept(source, paper="#123456")
    at_once, _, _ = kept(data, paper="#123456")
    assert again.tobytes() == at_once.tobytes()
    assert same == source


def test_an_opaque_picture_needs_no_paper() -> None:
    _, verdict, source = kept(saved(Image.new("RGBA", (SIDE, SIDE), "red")), paper="#000000")
    assert source == b""
    assert verdict.notes == ()


def test_a_part_is_kept_of_what_lies_upright() -> None:
    picture = Image.new("RGB", (120, 80), "white")
    picture.paste((255, 0, 0), (0, 0, 30, 80))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90° clockwise to show
    seen, verdict, _ = kept(saved(picture, exif=exif), crop=(0, 0, 80, 30), min_edge=20)
    assert (verdict.width, verdict.height) == (80, 30)
    assert seen.getcolors() == [(80 * 30, (255, 0, 0))]
