"""From untrusted bytes to our own PNG: turned upright, sRGB, eight bits, laid on paper."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PIL import Image

from bot.decode.colours import is_see_through, normalise, on_paper
from bot.decode.formats import READABLE, foreign_format, is_readable, refusal_key
from bot.decode.jpeg_traces import table_quality, traced_quality
from bot.decode.look import look_of
from bot.decode.refusal import RefusedError, millions
from bot.decode.verdict import Question, Verdict

MAX_MEGAPIXELS = 50
#: Kept at most; training never looks at more (longest use: 1024² with a crop's room).
KEPT_PIXELS = 2048 * 2048
MAX_DESCRIPTION_CHARS = 2000


def judge(question: Question, data: bytes) -> tuple[Verdict, bytes]:
    """Decode one file; RefusedError or MemoryError for anything that is wrong with it.

    Returns the verdict and our PNG, behind it the see-through picture that it was made of. A PNG
    is a function of the pixels alone, so equal drawings have equal bytes.
    """
    if not data:
        raise RefusedError("intake.empty")
    kind = foreign_format(question.name, data)
    if kind is not None:
        raise RefusedError(refusal_key(kind), format=kind)
    if not is_readable(data):
        raise RefusedError("intake.not_picture")
    picture = _open(data)
    with picture:
        _check_header(picture)
        _check_end(picture.format or "", data)
        _load(picture)
        description = _description(picture)
        upright, notes = normalise(picture, data)
        quality = table_quality(picture) or traced_quality(on_paper(upright, question.paper))
    return _kept(question, upright, Verdict(description=description, notes=notes), quality)


def _kept(
    question: Question, upright: Image.Image, verdict: Verdict, quality: int
) -> tuple[Verdict, bytes]:
    """Bring an upright picture to the size, the part and the paper that are kept."""
    notes = list(verdict.notes)
    whole = _reduced(upright)
    if whole is not upright:
        notes.append("intake.note_reduced")
    opaque = on_paper(whole, question.paper)
    if question.crop is not None:
        opaque = opaque.crop(question.crop)
    if min(opaque.size) < question.min_edge:
        width, height = opaque.size
        raise RefusedError("intake.too_small", width=width, height=height, least=question.min_edge)
    png = _encode(opaque)
    verdict = replace(
        verdict,
        width=opaque.width,
        height=opaque.height,
        notes=tuple(notes),
        png_bytes=len(png),
        look=look_of(opaque, jpeg_quality=quality),
    )
    return verdict, png + (_encode(whole) if is_see_through(whole) else b"")


def _open(data: bytes) -> Image.Image:
    # Our own bound on pixels is checked right after the header was read.
    Image.MAX_IMAGE_PIXELS = None
    try:
        return Image.open(io.BytesIO(data), formats=READABLE)
    except (OSError, ValueError, SyntaxError, EOFError, ArithmeticError, LookupError) as error:
        raise RefusedError("intake.truncated") from error


def _check_header(picture: Image.Image) -> None:
    megapixels = millions(picture.width * picture.height)
    if megapixels > MAX_MEGAPIXELS:
        raise RefusedError("intake.too_large", megapixels=megapixels, most=MAX_MEGAPIXELS)
    # A phone's JPEG may hold a second picture (format MPO): that is no animation.
    if getattr(picture, "is_animated", False) and picture.format != "MPO":
        raise RefusedError("intake.animation")


def _check_end(kind: str, data: bytes) -> None:
    # Pillow loads a PNG that was cut right after its last pixel; whoever sent it lost a piece.
    whole: dict[str, Callable[[], bool]] = {
        "PNG": lambda: b"IEND" in data[-65536:] or data.rfind(b"IEND") > data.rfind(b"IDAT"),
        "JPEG": lambda: data.rfind(b"\xff\xd9") > data.rfind(b"\xff\xda"),
        "MPO": lambda: data.rfind(b"\xff\xd9") > data.rfind(b"\xff\xda"),
        "WEBP": lambda: int.from_bytes(data[4:8], "little") + 8 <= len(data),
        "GIF": lambda: b";" in data[-64:],
    }
    if not whole[kind]():
        raise RefusedError("intake.truncated")


def _load(picture: Image.Image) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture.load()
    except (OSError, ValueError, SyntaxError, EOFError, ArithmeticError, LookupError) as error:
        raise RefusedError("intake.truncated") from error


def _description(picture: Image.Image) -> str | None:
    texts: Any = getattr(picture, "text", {})  # only PNG has it
    found: object = texts.get("Description")
    if not isinstance(found, str):
        return None
    words = " ".join("".join(c if c.isprintable() else " " for c in found).split())
    return words[:MAX_DESCRIPTION_CHARS] or None


def _reduced(picture: Image.Image) -> Image.Image:
    if picture.width * picture.height <= KEPT_PIXELS:
        return picture
    shrink = (KEPT_PIXELS / (picture.width * picture.height)) ** 0.5
    size = (max(1, int(picture.width * shrink)), max(1, int(picture.height * shrink)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _encode(picture: Image.Image) -> bytes:
    plain = Image.frombytes(picture.mode, picture.size, picture.tobytes())
    out = io.BytesIO()
    plain.save(out, format="PNG", compress_level=6)
    return out.getvalue()
