"""What the host may wish for at the command line, and what comes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.errors import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainWish:
    """Train on all pictures of a folder (with their .txt captions)."""

    folder: str
    style: str
    caption: str | None = None
    #: one of the recipes by name, and what is changed in it: `rank=8 steps=300`
    recipe: str | None = None
    changes: str = ""
    #: what it is trained on; None: the host's first
    base: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawWish:
    """Draw one prompt; None = not said."""

    prompt: str
    style: str | None = None
    score: int | None = None
    seed: int | None = None
    count: int = 1
    negative: str | None = None
    weight: float | None = None
    #: `chalk:0.6, ink:0.4`, laid over the style
    stack: str | None = None
    base: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedrawWish:
    """Draw a picture again by the recipe that it carries."""

    #: as `engine.pictures.recipe_json` spells it
    recipe_json: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportWish:
    """Hand out a style's file; the host's own style first, then anybody's."""

    #: its name, or its id when several have that name
    style: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportWish:
    """Take in a LoRA file that others made."""

    #: a path, or `hf:owner/repo[/file]`
    source: str
    #: None takes the file's own title
    style: str | None = None
    #: None: the one that it fits
    base: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BringWish:
    """Take in a LoRA file that the host trained elsewhere, with the drawings it was trained on."""

    #: as in `ImportWish`
    source: str
    folder: str
    style: str | None = None
    #: None: the one that it fits
    base: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """A style from a file."""

    style: str
    layers: int
    rank: int
    trigger: str
    #: what it is drawn on, where the host has several; else empty
    base: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A style's file, to be copied."""

    path: str
    file_name: str
    #: which of MORE_BASES it is for; empty for the first
    base: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progressed:
    """How far a wish is."""

    kind: str
    state: str
    step: int = 0
    steps: int = 0
    position: int | None = None
    eta_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedFile:
    """A file of the folder that was not taken."""

    name: str
    key: str
    facts: dict[str, Fact]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A training's end; the file is the store's own, to be copied."""

    style: str
    number: int
    drawings: int
    path: str
    file_name: str
    refused: tuple[RefusedFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnPicture:
    """One picture; the file is the store's own, to be copied."""

    path: str
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A draw's end."""

    pictures: tuple[DrawnPicture, ...]
    style: str | None
    why: str
    #: (word, nearest known one)
    unknown: tuple[tuple[str, str | None], ...] = ()
    #: what the style's settings filled: (name, value)
    filled: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the holder of the state folder is."""

    #: "ready" | "starting" | "refused"
    engine: str
    device: str = ""
    #: why the engine refuses: a sentence's key
    key: str = ""
    facts: dict[str, str] = field(default_factory=dict[str, str])


Tell = Callable[[Progressed], Awaitable[None]]
