"""The wire between the bot and its engine: frozen messages (`framing` carries them).

Files never travel in messages: a `FileRef` names a file on the same disk. A file that the engine
announces lies in its outbox folder and belongs to the receiver from then on.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.pictures.recipe import Recipe
from engine.training.footprint import Footprint
from engine.training.recipe import TrainRecipe

#: Both sides must agree on it exactly; raised with every change of a message.
VERSION = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRef:
    """A file by place and content."""

    path: str
    sha256: str
    size_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainDrawing:
    """One drawing of a dataset, as the trainer reads it."""

    file: FileRef
    caption: str
    held_out: bool = False


# --- bot → engine ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRequest:
    """Draw every recipe; one `PictureDrawn` each, then `Done`."""

    request_id: str
    recipes: tuple[Recipe, ...]
    #: LoRA files of all adapters that the recipes name, and the PNGs that they start from, found
    #: by sha256
    files: tuple[FileRef, ...] = ()
    #: also send `Preview`s; each costs a decoding, so only who shows them asks for them
    previews: bool = False
    #: whose it is, so that nobody is served twice while others wait; "" is nobody's
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainRequest:
    """Train one style: `BareDrawn` if asked for, one `CheckpointSaved` each, then `Done`."""

    request_id: str
    #: the style's file-safe name: [A-Za-z0-9_.-]
    name: str
    drawings: tuple[TrainDrawing, ...]
    recipe: TrainRecipe
    #: drawn from every checkpoint's own file, fixed seeds; `adapters` is filled in by the engine
    samples: tuple[Recipe, ...] = ()
    #: also draw the samples once without the style, before all else
    bare: bool = False
    #: written into the file: when it was asked for (UTC milliseconds), and what calls the style
    asked_ms: int | None = None
    trigger: str = ""
    #: whether the file says how often each tag is in the captions
    tells_tags: bool = False
    #: `CheckpointSaved.state` to go on from
    resume: FileRef | None = None
    #: a style's file that was trained elsewhere: no step is made, and `StyleShown` comes in place
    #: of the checkpoints
    finished: FileRef | None = None
    #: as in `DrawRequest`
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionRequest:
    """Put drawings into words; one `Captioned` each, in this order, then `Done`."""

    request_id: str
    files: tuple[FileRef, ...]
    #: "wd" names tags, "blip" says a sentence
    captioner: str
    #: the folder of its files, or the name of a model that was downloaded before
    model: str
    #: the least probability of a tag; None takes the model's own
    threshold: float | None = None
    #: as in `DrawRequest`
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Stop a request at its next step; it still ends in one terminal message."""

    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """Ask for a sign of life."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutdown:
    """Finish nothing more, and leave."""


# --- engine → bot ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The handshake: first message of every engine, sent when the base is loaded."""

    version: int
    device: str
    base: str
    #: sha256 over the base's weight files
    base_sha256: str
    family: str
    #: what its trainings take; None from an engine that takes nothing
    footprint: Footprint | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartFailed:
    """Instead of `Ready`: the engine cannot work; `key`/`facts` word the reason."""

    key: str
    facts: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pong:
    """The answer to `Ping`; comes during a long step too."""

    #: how long the present step has been running; 0 when idle
    busy_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The request left the engine's own queue."""

    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a request is; at most a few per second."""

    request_id: str
    step: int
    steps: int
    #: measured so far, seconds to the end; None until it is known
    eta_s: float | None = None
    loss: float | None = None
    #: of a training for which memory was short: its batch is computed in so many parts now (in one:
    #: more of it twice)
    parts: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A small rough picture of what is being drawn (PNG in the outbox)."""

    request_id: str
    index: int
    file: FileRef


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureDrawn:
    """Recipe number `index` is done (PNG in the outbox); `recipe` has base and device filled in."""

    request_id: str
    index: int
    file: FileRef
    recipe: Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class BareDrawn:
    """The samples of a training as the base draws them without the style, in their order."""

    request_id: str
    samples: tuple[FileRef, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointSaved:
    """A checkpoint that was read back and found good."""

    request_id: str
    step: int
    steps: int
    loss: float
    held_out_loss: float | None
    #: the style in kohya layout
    style: FileRef
    #: what `TrainRequest.resume` takes
    state: FileRef
    samples: tuple[FileRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleShown:
    """`TrainRequest.finished` was read, measured, and drawn with."""

    request_id: str
    #: None where no drawing is held out
    held_out_loss: float | None
    samples: tuple[FileRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Captioned:
    """What file number `index` shows; the surest tag first in each mapping."""

    request_id: str
    index: int
    #: a sentence; "" from a tagger
    sentence: str = ""
    #: tags with their probability, blanks for underscores; empty from BLIP
    general: dict[str, float] = field(default_factory=dict[str, float])
    characters: dict[str, float] = field(default_factory=dict[str, float])
    #: all four; empty from BLIP
    ratings: dict[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Terminal: everything asked for was announced."""

    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Terminal: this request cannot be done; `key`/`facts` word the reason for a person."""

    request_id: str
    key: str
    facts: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """Terminal: stopped as asked."""

    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Terminal, made by the client: the engine died before it could end this request."""

    request_id: str


Request = DrawRequest | TrainRequest | CaptionRequest
Command = Request | Cancel | Ping | Shutdown
Terminal = Done | Failed | Cancelled | Lost
#: `Terminal` for isinstance
TERMINAL = (Done, Failed, Cancelled, Lost)
Event = (
    Started
    | Progress
    | Preview
    | PictureDrawn
    | BareDrawn
    | CheckpointSaved
    | StyleShown
    | Captioned
    | Terminal
)
#: `Event` for isinstance, without what only the client says
TOLD = (
    *(Started, Progress, Preview, PictureDrawn, BareDrawn, CheckpointSaved, StyleShown, Captioned),
    *(Done, Failed, Cancelled),
)
Reply = Ready | StartFailed | Pong | Event
Message = Command | Reply
