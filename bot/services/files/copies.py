"""A style's file as it leaves this host: with a picture of what it draws in it."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import os
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from data.blobs import Blobs
from data.durable import sync_file
from data.models import Checkpoint
from engine.errors import JobFailed
from engine.lora.thumbnails import with_thumbnail

log = logging.getLogger(__name__)

#: ComfyUI's and A1111's lists show cards of about this size.
SIDE: Final = 256
_QUALITY: Final = 85
#: What nobody asked for in so long is made again when somebody does.
KEPT_S: Final = 7 * 24 * 3600
_SUFFIX: Final = ".safetensors"


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleCopy:
    """A file to hand out."""

    path: Path
    sha256: str


class StyleCopies:
    """Makes the copies, each once; they lie beside what else is derived from the style's file.

    The stored file stays as the engine made it: recipes name it by its content. Of a checkpoint
    without a sample, or where anything is wrong with it, the stored file itself is handed out.
    """

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    async def of(self, checkpoint: Checkpoint) -> StyleCopy:
        """Find or make a checkpoint's copy: always the same bytes."""
        plain = self._blobs.path(checkpoint.style_sha256)
        cover = next(map(self._blobs.path, checkpoint.sample_sha256s), None)
        made = None if cover is None else await asyncio.to_thread(self._pictured, plain, cover)
        return made or StyleCopy(path=plain, sha256=plain.name)

    def _pictured(self, plain: Path, cover: Path) -> StyleCopy | None:
        # the copy's sha256 is in its name: counting it again would read the whole file
        start = f"{plain.name}.{cover.name[:16]}."
        for path in self._blobs.derived.glob(f"{start}*{_SUFFIX}"):
            with contextlib.suppress(FileNotFoundError):  # gone just now
                os.utime(path)
                return StyleCopy(path=path, sha256=_sha256_in(path))
        try:
            return self._make(plain, cover, start)
        except (OSError, ValueError, JobFailed, Image.DecompressionBombError) as error:
            log.warning("%s is handed out without a picture: %s", plain.name, error)
            return None

    def _make(self, plain: Path, cover: Path, start: str) -> StyleCopy:
        jpeg = thumbnail(cover.read_bytes())
        self._blobs.derived.mkdir(parents=True, exist_ok=True)
        self._tidy()
        part = self._blobs.derived / f"{plain.name}.{uuid.uuid4().hex}.part"
        try:
            sha256 = with_thumbnail(plain, part, jpeg, plain.name)
            sync_file(part)
            path = self._blobs.derived / f"{start}{sha256}{_SUFFIX}"
            if not path.exists():  # on Windows a file in use cannot be replaced
                part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return StyleCopy(path=path, sha256=sha256)

    def _tidy(self) -> None:
        before_s = time.time() - KEPT_S
        for path in self._blobs.derived.glob(f"*{_SUFFIX}"):
            with contextlib.suppress(OSError):  # gone, or in use
                if path.stat().st_mtime < before_s:
                    path.unlink()


def thumbnail(picture: bytes) -> bytes:
    """Make a small JPEG of a PNG of ours, without anything that is written in it.

    OSError or ValueError where it is none.
    """
    with Image.open(io.BytesIO(picture), formats=("PNG",)) as image:
        small = image.convert("RGB")
    small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    small.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


def _sha256_in(path: Path) -> str:
    return path.name.removesuffix(_SUFFIX).rpartition(".")[2]
