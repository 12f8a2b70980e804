"""What a job has to do, as it is stored in its row (`Job.request_json`)."""

from __future__ import annotations

from dataclasses import dataclass

from engine.pictures.recipe import Recipe
from engine.protocol import TrainRecipe


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownWord:
    """A word that the built-in base was never taught."""

    word: str
    #: the nearest word that it knows
    nearest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawTask:
    """Draw these recipes, one picture each, seeds s … s+N-1."""

    recipes: tuple[Recipe, ...]
    #: why this style: "asked" | "last" | "channel" | "only" | "none"
    why: str = "none"
    unknown: tuple[UnknownWord, ...] = ()

    @property
    def prompt(self) -> str:
        """What the person typed, without the inline options."""
        return self.recipes[0].prompt

    @property
    def score(self) -> int | None:
        """The score asked for."""
        return self.recipes[0].score

    @property
    def seed(self) -> int:
        """The first picture's seed."""
        return self.recipes[0].seed


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainTask:
    """Train the version that this job made from this dataset."""

    dataset_id: str
    version_id: str
    style_name: str
    #: 1 for a new style
    number: int
    drawings: int
    held_out: int
    recipe: TrainRecipe
    samples: tuple[Recipe, ...] = ()
