"""The values that the store gives out: frozen, and free of SQL and of Discord."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, NewType

from data.captions import CaptionSource
from data.place import Place

#: A Discord user id.
OwnerId = NewType("OwnerId", int)
DatasetId = NewType("DatasetId", str)
DrawingId = NewType("DrawingId", str)
StyleId = NewType("StyleId", str)
VersionId = NewType("VersionId", str)
CheckpointId = NewType("CheckpointId", str)
JobId = NewType("JobId", str)
PictureId = NewType("PictureId", str)
ConsentId = NewType("ConsentId", str)

#: The person at the host's command line, who needs no Discord account.
HOST = OwnerId(0)


class JobKind(StrEnum):
    """What the engine is asked to do."""

    TRAIN = "train"  #: make checkpoints of a style version
    DRAW = "draw"  #: make pictures from recipes


class JobState(StrEnum):
    """Where a job is; the last three are ends and never change again."""

    QUEUED = "queued"  #: waits for `claim`
    RUNNING = "running"  #: belongs to the attempt that claimed it
    DONE = "done"  #: everything asked for is stored
    FAILED = "failed"  #: ended with a reason for a person
    CANCELLED = "cancelled"  #: stopped as asked

    @property
    def is_terminal(self) -> bool:
        """Whether the job has ended."""
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class Question(StrEnum):
    """What a vote answers; answers to different questions are never added up."""

    LIKE = "like"  #: "I like it"


class VoteAction(StrEnum):
    """What a vote event did."""

    CAST = "cast"
    WITHDRAWN = "withdrawn"


class VoteSource(StrEnum):
    """How a vote event became known."""

    GATEWAY = "gateway"  #: a reaction event as it happened
    REREAD = "reread"  #: the message's reactions, read again after downtime


class Split(StrEnum):
    """What a drawing is used for."""

    TRAIN = "train"
    HELD_OUT = "held_out"  #: never trained on; measures the style


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """One version of a set of drawings; open while `sealed_ms` is None, unchangeable after."""

    id: DatasetId
    #: id of the first version; the same in all versions of one set
    lineage: DatasetId
    owner_id: OwnerId
    name: str
    version: int
    guild_id: int | None
    channel_id: int | None
    created_ms: int
    sealed_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One drawing of one dataset version; `sha256` names the re-encoded PNG."""

    id: DrawingId
    dataset_id: DatasetId
    #: place in the artist's order, from 1; may have gaps
    ordinal: int
    sha256: str
    #: as the artist called it; for showing only, never for opening
    file_name: str
    width: int
    height: int
    caption: str
    split: Split
    #: None until it was given words
    source: CaptionSource | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """An artist's style; what is drawn with is one checkpoint of one of its versions."""

    id: StyleId
    owner_id: OwnerId
    name: str
    #: the server where it was trained, and that its versions may be shared with
    guild_id: int | None
    created_ms: int
    deleted_ms: int | None
    #: the file from elsewhere that it was imported from; None for the artist's own
    source_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleVersion:
    """One training of a style on one base from one dataset version."""

    id: VersionId
    style_id: StyleId
    #: from 1, counted per style
    number: int
    base: str
    base_sha256: str
    family: str
    #: None for an imported style, a kept checkpoint, or after its drawings were deleted
    dataset_id: DatasetId | None
    #: None for an imported style, or a kept checkpoint
    job_id: JobId | None
    recipe_json: str
    created_ms: int
    #: of another version of the style, where that one's training made it and this one keeps it
    published_checkpoint_id: CheckpointId | None
    #: since when the style's server may draw with it; None while only the owner may
    shared_ms: int | None
    #: the samples as the base draws them without the style; empty until they are drawn
    bare_sha256s: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A style version after `step` of `steps`."""

    id: CheckpointId
    version_id: VersionId
    step: int
    steps: int
    #: None for an imported style
    loss: float | None
    held_out_loss: float | None
    style_sha256: str
    #: what training resumes from; None once it is no longer needed
    state_sha256: str | None
    sample_sha256s: tuple[str, ...]
    created_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleCard:
    """What a draw needs of a style.

    `version` is the one that the viewer draws with; `checkpoint` its published one, else its
    last. Both are None while nothing can be drawn yet.
    """

    style: Style
    version: StyleVersion | None
    checkpoint: Checkpoint | None
    #: the version that everyone else in the style's server draws with; None while it is private
    shared_number: int | None
    #: all versions that the viewer may draw with, by number
    numbers: tuple[int, ...] = ()

    def is_shared_in(self, guild_id: int | None) -> bool:
        """Whether everyone in this server may draw with it."""
        return self.shared_number is not None and self.style.guild_id == guild_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A piece of work for the engine, from "queued" to its announced end."""

    id: JobId
    kind: JobKind
    state: JobState
    owner_id: OwnerId
    place: Place
    locale: str
    #: written and read by the services alone
    request_json: str
    style_id: StyleId | None
    #: how often it was claimed; every write of results must name it
    attempt: int
    step: int
    steps: int
    eta_at_ms: int | None
    #: set exactly when FAILED: a sentence of the catalogues, and what fills it
    error_key: str | None
    error_facts: Mapping[str, str]
    cancel_requested: bool
    #: shown to its owner alone: not in galleries and rankings
    quiet: bool
    #: the base that it needs, as the host calls it; "" for the host's first
    base: str
    created_ms: int
    #: start of the present attempt
    started_ms: int | None
    finished_ms: int | None
    #: when the end was shown in the job's message
    announced_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One drawn picture (`sha256` names the PNG) with everything needed to draw it again."""

    id: PictureId
    job_id: JobId
    #: place in the grid, from 0
    ordinal: int
    sha256: str
    recipe_json: str
    #: version of the drawing rules, see `engine.pictures.recipe.RULES`
    rules: int
    style_id: StyleId | None
    created_ms: int


class StyleUse(NamedTuple):
    """A style that a person used: drew with, or finished training."""

    style_id: StyleId
    kind: JobKind


class PictureMessage(NamedTuple):
    """A message that shows pictures and may carry reactions."""

    channel_id: int
    message_id: int
    job_id: JobId


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteTally:
    """The current votes of one picture."""

    picture_id: PictureId
    #: votes that count; one's own do not
    votes: int
    #: everyone with a current vote, the picture's owner included
    voters: frozenset[OwnerId]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedPicture:
    """A picture with what a gallery shows beside it."""

    picture: Picture
    #: who asked for it
    owner_id: OwnerId
    place: Place
    votes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a person agreed to, in which words, and for which drawings."""

    id: ConsentId
    owner_id: OwnerId
    #: which tick, e.g. "own_work"
    kind: str
    #: version of the sentence that was shown
    text_version: str
    dataset_id: DatasetId | None
    drawing_sha256s: tuple[str, ...]
    given_ms: int
    withdrawn_ms: int | None
