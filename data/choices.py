"""What an artist chose for a set of drawings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeChoice:
    """A recipe by name, and what is changed in it, as it was typed."""

    recipe: str
    changes: str = ""
