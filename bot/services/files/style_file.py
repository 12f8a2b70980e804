"""A style's LoRA file, and what there is to say with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from data.models import Style, StyleVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleFile:
    """Ready to be handed out to the style's owner."""

    path: Path
    #: [A-Za-z0-9_.-], ends in `.safetensors`
    file_name: str
    size_bytes: int
    sha256: str
    style: Style
    version: StyleVersion
    #: a picture that was drawn with it, PNG; None when there is none
    cover: Path | None = None

    @property
    def stem(self) -> str:
        """What other programs call it: the name without its ending."""
        return self.file_name.removesuffix(".safetensors")
