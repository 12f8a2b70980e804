"""How much is kept about a person."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """How much is kept about a person."""

    drawings: int
    styles: int
    characters: int
    #: presets, and the person's own defaults
    settings: int
    jobs: int
    pictures: int
    votes: int
