"""The shipped font, and numbers that stay readable on a phone."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

FONT_FILE: Final = Path(__file__).parents[2] / "data" / "assets" / "fonts" / "ownhand-sans.otf"

#: Discord's dark background, which pictures are laid on, and the letters on it.
GROUND: Final = (43, 45, 49)
INK: Final = (242, 243, 245)
FAINT: Final = (181, 186, 193)


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Load the shipped font in one size."""
    return ImageFont.truetype(FONT_FILE, size)


def shorten(text: str, size: int, width: int) -> str:
    """Cut `text` with an ellipsis so that it fits into `width` pixels."""
    letters = font(size)
    if letters.getlength(text) <= width:
        return text
    while text and letters.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"


def lines(text: str, size: int, width: int, *, most: int) -> list[str]:
    """Break `text` between words into at most so many lines; the last one is cut to fit."""
    letters = font(size)
    made: list[str] = []
    words = text.split()
    while words and len(made) < most - 1:
        count = 1
        while count < len(words) and letters.getlength(" ".join(words[: count + 1])) <= width:
            count += 1
        made.append(shorten(" ".join(words[:count]), size, width))
        words = words[count:]
    return [*made, shorten(" ".join(words), size, width)] if words else made


def write(
    image: Image.Image,
    text: str,
    at: tuple[float, float],
    *,
    size: int,
    anchor: str = "la",
    colour: tuple[int, int, int] = INK,
) -> float:
    """Write one line at `at`, and return how wide it is."""
    ImageDraw.Draw(image).text(at, text, font=font(size), fill=colour, anchor=anchor)
    return font(size).getlength(text)


def badge(image: Image.Image, text: str, *, side: int, margin: int) -> None:
    """Put a number into the upper left corner, on a plate that stands out on any picture.

    The plate is a square of this side, and wider for a number of three digits.
    """
    over, size = 4, round(side * 0.68)
    wide = max(side, round(font(size).getlength(text) + side * 0.3))
    plate = Image.new("L", (wide * over, side * over), 0)
    ImageDraw.Draw(plate).rounded_rectangle(
        (0, 0, wide * over - 1, side * over - 1), radius=side * over * 0.3, fill=235
    )
    mask = plate.resize((wide, side), Image.Resampling.LANCZOS)
    image.paste(Image.new("RGB", (wide, side), GROUND), (margin, margin), mask)
    write(image, text, (margin + wide / 2, margin + side / 2), size=size, anchor="mm")
