"""The captioner in use: loaded once, kept, and run on a thread of its own beside the steps."""

from __future__ import annotations

import os
from typing import Protocol

from PIL import Image

from engine.captions.place import BLIP_FILES, TAGGER_FILES, find_model
from engine.captions.seen import Seen
from engine.errors import JobFailed
from engine.protocol import CaptionRequest, FileRef
from engine.worker.background import Background
from engine.worker.work import Wait


class Captioner(Protocol):
    """Puts a picture into words."""

    def see(self, picture: Image.Image) -> Seen:
        """Say what it shows."""
        ...


class Captioners:
    """Keeps the last captioner that was asked for."""

    def __init__(self, beside: Background, *, threads: int) -> None:
        """`threads` is what the engine may use, 0 for all cores; half of them read drawings."""
        self._beside = beside
        self._threads = max(1, (threads or os.cpu_count() or 1) // 2)
        self._kept: tuple[tuple[str, str, float | None], Captioner] | None = None

    def see(self, request: CaptionRequest, file: FileRef) -> Wait[Seen]:
        """Read one file of a request; the result raises JobFailed with a sentence's key."""
        return self._beside.run(lambda: self._captioner(request).see(_opened(file)))

    def _captioner(self, request: CaptionRequest) -> Captioner:
        wanted = (request.captioner, request.model, request.threshold)
        if self._kept is None or self._kept[0] != wanted:
            self._kept = None  # two at once would take memory that drawing needs
            self._kept = (wanted, self._load(request))
        return self._kept[1]

    def _load(self, request: CaptionRequest) -> Captioner:
        match request.captioner:
            case "wd":
                from engine.captions.wd import WdTagger

                folder = find_model(request.model, TAGGER_FILES)
                return WdTagger(folder, threshold=request.threshold, threads=self._threads)
            case "blip":
                from engine.captions.blip import BlipCaptioner

                return BlipCaptioner(find_model(request.model, BLIP_FILES))
            case other:
                raise JobFailed("engine.internal", error=f"captioner {other}")


def _opened(file: FileRef) -> Image.Image:
    try:
        with Image.open(file.path) as picture:
            picture.load()
            return picture
    except OSError as error:
        reason = error.strerror or "it is no picture"
        raise JobFailed("caption.unreadable", reason=reason) from error
