"""What is kept of how a drawing looks, and of what was done to it that can be undone."""

from __future__ import annotations

from dataclasses import dataclass

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLook:
    """One drawing's measures, and the way back to the picture that was handed over."""

    #: as whoever measured it wrote it
    look_json: str
    #: the picture before paper and crop; None when neither was needed
    source_sha256: str | None = None
    #: what a see-through picture lies on, `#rrggbb`
    paper: str | None = None
    #: the part of the source that is kept: left, top, right, bottom
    crop: Box | None = None
