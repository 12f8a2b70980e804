"""What a captioner says about one picture, whichever captioner it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Tags with their probabilities, the surest first, or a sentence."""

    sentence: str = ""
    general: Mapping[str, float] = field(default_factory=dict[str, float])
    characters: Mapping[str, float] = field(default_factory=dict[str, float])
    #: all four of them, from a tagger
    ratings: Mapping[str, float] = field(default_factory=dict[str, float])
