"""Colours as the training reads them: upright, eight bits, sRGB, and see-through only on paper."""

from __future__ import annotations

import io
from typing import Any, Final

import numpy as np
from PIL import Image, ImageCms, ImageOps

_EXIF_ORIENTATION: Final = 0x0112
_SRGB: Any = getattr(ImageCms, "createProfile")("sRGB")  # noqa: B009 - untyped in Pillow's stubs
_DEEP_MODES: Final = ("I", "I;16", "I;16B", "I;16L", "I;16N")
#: Where a PNG says how many bits a colour has.
_PNG_DEPTH_AT: Final = 24
_OPAQUE: Final = 255


def normalise(picture: Image.Image, data: bytes) -> tuple[Image.Image, tuple[str, ...]]:
    """Return the picture as RGB, or as RGBA where something shows through; and what was done."""
    notes: list[str] = []
    turned = picture
    if picture.getexif().get(_EXIF_ORIENTATION, 1) not in (0, 1):
        turned = ImageOps.exif_transpose(picture)
        notes.append("intake.note_rotated")
    if turned.mode == "CMYK":
        notes.append("intake.note_cmyk")
    if _is_deep(picture, data):
        notes.append("intake.note_depth")
    plain, alpha = _parted(turned)
    screen = _to_srgb(plain, picture.info.get("icc_profile"))
    if screen is not None and plain.mode != "CMYK":
        notes.append("intake.note_profile")
    opaque = (screen or plain).convert("RGB")
    if alpha is None or alpha.getextrema()[0] == _OPAQUE:
        return opaque, tuple(notes)
    opaque.putalpha(alpha)
    return opaque, (*notes, "intake.note_flattened")


def is_see_through(picture: Image.Image) -> bool:
    """Tell whether a normalised picture needs paper."""
    return picture.mode == "RGBA"


def on_paper(picture: Image.Image, paper: str) -> Image.Image:
    """Lay a normalised picture on paper (`#rrggbb`); an opaque one hides it all."""
    if not is_see_through(picture):
        return picture
    sheet = Image.new("RGBA", picture.size, paper)
    return Image.alpha_composite(sheet, picture).convert("RGB")


def _is_deep(picture: Image.Image, data: bytes) -> bool:
    # Pillow reads a colour PNG of 16 bits as one of eight.
    return picture.mode in _DEEP_MODES or (
        picture.format == "PNG" and data[_PNG_DEPTH_AT : _PNG_DEPTH_AT + 1] == b"\x10"
    )


def _parted(picture: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Part the colours, in a mode that a profile can be followed from, and what shows through."""
    if picture.mode in _DEEP_MODES:
        # convert("L") would clip everything above 255.
        deep = np.asarray(picture.convert("I"))
        clear: object = picture.info.get("transparency")
        hidden = np.where(deep == clear, 0, 255).astype("u1")
        alpha = None if clear is None else Image.fromarray(hidden)
        return Image.fromarray((deep / 257 + 0.5).astype("u1")), alpha
    if not picture.has_transparency_data:
        return (picture.convert("RGB") if picture.mode == "P" else picture), None
    layered = picture.convert("RGBA")
    alpha = layered.getchannel("A")
    if picture.mode in ("L", "LA"):
        return layered.getchannel("R"), alpha
    return layered.convert("RGB"), alpha


def _to_srgb(picture: Image.Image, profile: object) -> Image.Image | None:
    """Follow an embedded profile to sRGB; None when there is nothing to do or it is broken."""
    if not isinstance(profile, bytes) or picture.mode not in ("RGB", "CMYK", "L"):
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return None
        target = ImageCms.ImageCmsProfile(_SRGB)
        return ImageCms.profileToProfile(picture, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
