"""What a job has to do, as it is stored in its row (`Job.request_json`)."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from data.models import DatasetId, Job, JobKind, StyleId
from engine.pictures.recipe import AdapterUse, Recipe
from engine.pictures.recipe_json import recipe_from_dict, recipe_to_dict
from engine.training.recipe import TrainRecipe, known_part
from engine.training.recipe import recipe_from_dict as train_recipe_from_dict


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownWord:
    """A word that the built-in base was never taught."""

    word: str
    #: the nearest word that it knows
    nearest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """Words of a prompt in Russian, and the tags that were drawn for them."""

    typed: str
    drawn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """A character that a prompt calls by `@name`, with the words that it was drawn by."""

    name: str
    words: str


class Whose(StrEnum):
    """Whose defaults filled something."""

    STYLE = "style"  #: its artist's
    PERSON = "person"  #: of whoever draws
    SERVER = "server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A choice that nobody said."""

    #: as `Choices` calls it
    name: str
    value: str
    whose: Whose


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawTask:
    """Draw these recipes, one picture each, seeds s … s+N-1."""

    recipes: tuple[Recipe, ...]
    #: why this style: "asked" | "newest" | "last" | "channel" | "only" | "none"
    why: str = "none"
    unknown: tuple[UnknownWord, ...] = ()
    translated: tuple[Translated, ...] = ()
    cast: tuple[Cast, ...] = ()
    filled: tuple[Filled, ...] = ()
    #: every recipe has a prompt of its own
    is_series: bool = False
    #: the styles laid over the first one: the last of every recipe's, in this order
    stack: tuple[StyleId, ...] = ()
    #: whether its pictures are covered, wherever they are shown
    spoiler: bool = False

    @property
    def stacked(self) -> tuple[AdapterUse, ...]:
        """The styles laid over the first one, as the recipes have them."""
        uses = self.recipes[0].adapters
        return uses[len(uses) - len(self.stack) :]

    @property
    def first_style(self) -> AdapterUse | None:
        """The style that the others are laid over; None draws without one."""
        uses = self.recipes[0].adapters
        return uses[0] if len(uses) > len(self.stack) else None

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

    @property
    def drawn_anew(self) -> float | None:
        """How much of the picture that it starts from is drawn anew; None from noise alone."""
        first = self.recipes[0]
        return first.denoise if first.start_sha256 else None

    @property
    def weights(self) -> tuple[float, ...]:
        """How strong the style is in every picture, where they differ in that; else empty."""
        found = tuple(recipe.adapters[0].weight for recipe in self.recipes if recipe.adapters)
        return found if len(set(found)) > 1 else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainTask:
    """Train the style version of this job (`StyleRepo.version_of_job`) from this dataset."""

    dataset_id: DatasetId
    style_name: str
    #: 1 for a new style
    number: int
    drawings: int
    held_out: int
    recipe: TrainRecipe
    samples: tuple[Recipe, ...] = ()
    #: of a style that was trained elsewhere: the file that it came from, and ours of it
    source_file: str = ""
    finished_sha256: str = ""

    @property
    def is_brought(self) -> bool:
        """Whether nothing is trained: the style is shown, and becomes its artist's own."""
        return bool(self.finished_sha256)


Task = DrawTask | TrainTask


def task_to_json(task: Task) -> str:
    """Spell a task as JSON."""
    match task:
        case DrawTask():
            spelled: dict[str, Any] = {
                "recipes": [recipe_to_dict(recipe) for recipe in task.recipes],
                "why": task.why,
                "stack": list(task.stack),
                "unknown": [[word.word, word.nearest] for word in task.unknown],
                "translated": [[one.typed, one.drawn] for one in task.translated],
                "is_series": task.is_series,
                "cast": [[one.name, one.words] for one in task.cast],
                "spoiler": task.spoiler,
                "filled": [[one.name, one.value, one.whose] for one in task.filled],
            }
        case TrainTask():
            plain = dataclasses.replace(task, samples=())
            spelled = dataclasses.asdict(plain)
            spelled["samples"] = [recipe_to_dict(recipe) for recipe in task.samples]
    return json.dumps(spelled)


def task_of(job: Job) -> Task:
    """Read a job's task."""
    return read_draw_task(job) if job.kind is JobKind.DRAW else read_train_task(job)


def read_draw_task(job: Job) -> DrawTask:
    """Read the task of a draw."""
    spelled = json.loads(job.request_json)
    return DrawTask(
        recipes=tuple(recipe_from_dict(recipe) for recipe in spelled["recipes"]),
        why=spelled["why"],
        # Jobs from before styles were laid over others have none.
        stack=tuple(StyleId(one) for one in spelled.get("stack", ())),
        unknown=tuple(UnknownWord(word=word, nearest=near) for word, near in spelled["unknown"]),
        # Jobs of earlier versions have none.
        translated=tuple(
            Translated(typed=typed, drawn=drawn) for typed, drawn in spelled.get("translated", ())
        ),
        is_series=spelled.get("is_series", False),
        cast=tuple(Cast(name=name, words=words) for name, words in spelled.get("cast", ())),
        spoiler=spelled.get("spoiler", False),
        filled=tuple(
            Filled(name=name, value=value, whose=Whose(whose))
            for name, value, whose in spelled.get("filled", ())
        ),
    )


def read_train_task(job: Job) -> TrainTask:
    """Read the task of a training, its recipe as far as this version knows it."""
    spelled = json.loads(job.request_json)
    spelled["recipe"] = train_recipe_from_dict(known_part(spelled["recipe"]))
    spelled["samples"] = tuple(recipe_from_dict(recipe) for recipe in spelled["samples"])
    return TrainTask(**spelled)


def read_train_recipe(job: Job) -> TrainRecipe:
    """Read the whole recipe of a training; JobFailed `recipe.newer` when a newer version wrote it.

    Without what it does not know, this version would train something else.
    """
    return train_recipe_from_dict(json.loads(job.request_json)["recipe"])
