"""How a choice of recipe is spelled."""

from __future__ import annotations

from typing import Final

from cogs.ui.wording import in_code
from data.choices import RecipeChoice

CHANGES_CHARS: Final = 300


def spelled(choice: RecipeChoice, most: int = CHANGES_CHARS) -> str:
    """Name a recipe with its changes."""
    whole = f"{choice.recipe} {choice.changes}".strip()
    return f"`{in_code(whole, most)}`"
