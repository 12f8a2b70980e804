"""The sample artists' drawings, and what people do to drawings before they hand them over."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

from PIL import Image

ARTISTS = Path(__file__).resolve().parents[3] / "data" / "assets" / "artists"
FILTERS = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)


@cache
def sample_drawings() -> dict[str, tuple[Image.Image, ...]]:
    """Return each artist's 48 drawings, 128² each."""
    found: dict[str, tuple[Image.Image, ...]] = {}
    for folder in sorted(path for path in ARTISTS.iterdir() if path.is_dir()):
        paths = [*sorted(folder.glob("*.png")), *sorted(folder.glob("held_out/*.png"))]
        found[folder.name] = tuple(Image.open(path).convert("RGB") for path in paths)
    return found


def all_drawings() -> tuple[Image.Image, ...]:
    return tuple(drawing for drawings in sample_drawings().values() for drawing in drawings)


def jpeg(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def through_jpeg(picture: Image.Image, quality: int) -> Image.Image:
    """Save it as JPEG and forget that it was one."""
    return Image.open(io.BytesIO(jpeg(picture, quality))).convert("RGB")


def enlarged(picture: Image.Image, factor: float, by: Image.Resampling) -> Image.Image:
    """Blow a smaller copy up to the picture's own size again."""
    small = (round(picture.width / factor), round(picture.height / factor))
    return picture.resize(small, Image.Resampling.LANCZOS).resize(picture.size, by)


def bordered(picture: Image.Image, factor: float) -> Image.Image:
    """Put it on a sheet that is larger by `factor` on each side, in its own paper's colour."""
    size = (round(picture.width * factor), round(picture.height * factor))
    sheet = Image.new("RGB", size, picture.getpixel((1, 1)))
    sheet.paste(picture, ((size[0] - picture.width) // 2, (size[1] - picture.height) // 3))
    return sheet


def cut(
    picture: Image.Image, left: float = 0, top: float = 0, right: float = 0, bottom: float = 0
) -> Image.Image:
    """Cut off shares of its sides."""
    width, height = picture.size
    return picture.crop(
        (round(width * left), round(height * top),
         round(width * (1 - right)), round(height * (1 - bottom)))
    )  # fmt: skip
