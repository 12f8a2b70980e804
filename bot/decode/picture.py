"""From untrusted bytes to our own PNG: turned upright, sRGB, eight bits, flattened on white."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import Any

from PIL import Image, ImageCms, ImageOps

from bot.decode.formats import READABLE, foreign_format, is_readable, refusal_key
from bot.decode.refusal import RefusedError
from bot.decode.verdict import Question, Verdict

MAX_MEGAPIXELS = 50
#: Kept at most; training never looks at more (longest use: 1024² with a crop's room).
KEPT_PIXELS = 2048 * 2048
MAX_DESCRIPTION_CHARS = 2000
_EXIF_ORIENTATION = 0x0112
_SRGB: Any = getattr(ImageCms, "createProfile")("sRGB")  # noqa: B009 - untyped in Pillow's stubs
_DEEP_MODES = ("I", "I;16", "I;16B", "I;16L", "I;16N")


def judge(question: Question, data: bytes) -> tuple[Verdict, bytes]:
    """Decode one file; RefusedError or MemoryError for anything that is wrong with it.

    Returns the verdict and our PNG. The PNG is a function of the pixels alone, so equal drawings
    have equal bytes.
    """
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
        upright, notes = _normalise(picture)
    if min(upright.size) < question.min_edge:
        width, height = upright.size
        raise RefusedError("intake.too_small", width=width, height=height, least=question.min_edge)
    verdict = Verdict(
        width=upright.width, height=upright.height, description=description, notes=notes
    )
    return verdict, _encode(upright)


def _open(data: bytes) -> Image.Image:
    # Our own bound on pixels is checked right after the header was read.
    Image.MAX_IMAGE_PIXELS = None
    try:
        return Image.open(io.BytesIO(data), formats=READABLE)
    except (OSError, ValueError, SyntaxError, EOFError, ArithmeticError, LookupError) as error:
        raise RefusedError("intake.truncated") from error


def _check_header(picture: Image.Image) -> None:
    megapixels = picture.width * picture.height / 1e6
    if megapixels > MAX_MEGAPIXELS:
        raise RefusedError("intake.too_large", megapixels=round(megapixels), most=MAX_MEGAPIXELS)
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


def _normalise(picture: Image.Image) -> tuple[Image.Image, tuple[str, ...]]:
    notes: list[str] = []
    turned = picture
    if picture.getexif().get(_EXIF_ORIENTATION, 1) not in (0, 1):
        turned = ImageOps.exif_transpose(picture)
        notes.append("intake.note_rotated")
    if turned.mode == "CMYK":
        notes.append("intake.note_cmyk")
    if turned.mode in _DEEP_MODES:
        turned = _eight_bits(turned)
        notes.append("intake.note_depth")
    screen = _to_srgb(turned, picture.info.get("icc_profile"))
    if screen is not None and turned.mode != "CMYK":
        notes.append("intake.note_profile")
    opaque, flattened = _flatten(screen or turned)
    if flattened:
        notes.append("intake.note_flattened")
    if opaque.width * opaque.height > KEPT_PIXELS:
        shrink = (KEPT_PIXELS / (opaque.width * opaque.height)) ** 0.5
        size = (max(1, int(opaque.width * shrink)), max(1, int(opaque.height * shrink)))
        opaque = opaque.resize(size, Image.Resampling.LANCZOS)
        notes.append("intake.note_reduced")
    return opaque, tuple(notes)


def _eight_bits(picture: Image.Image) -> Image.Image:
    # convert("L") would clip everything above 255.
    return picture.convert("I").point(lambda value: value * (1 / 257) + 0.5).convert("L")


def _to_srgb(picture: Image.Image, profile: object) -> Image.Image | None:
    """Follow an embedded profile to sRGB; None when there is nothing to do or it is broken."""
    if not isinstance(profile, bytes) or picture.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return None
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return None
        target = ImageCms.ImageCmsProfile(_SRGB)
        return ImageCms.profileToProfile(picture, source, target, outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _flatten(picture: Image.Image) -> tuple[Image.Image, bool]:
    """Lay a transparent picture on white; `convert("RGB")` alone would make it black."""
    see_through = picture.has_transparency_data
    if not see_through:
        return picture.convert("RGB"), False
    layered = picture.convert("RGBA")
    low, _ = layered.getchannel("A").getextrema()
    white = Image.new("RGBA", layered.size, "white")
    return Image.alpha_composite(white, layered).convert("RGB"), low != 255


def _encode(picture: Image.Image) -> bytes:
    plain = Image.frombytes("RGB", picture.size, picture.tobytes())
    out = io.BytesIO()
    plain.save(out, format="PNG", compress_level=6)
    return out.getvalue()
