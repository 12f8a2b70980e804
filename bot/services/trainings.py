"""From a draft of drawings to a style."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from data.models import (
    Checkpoint,
    CheckpointId,
    Dataset,
    DatasetId,
    Job,
    OwnerId,
    Place,
    Style,
    StyleId,
)

MIN_DRAWINGS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainPlan:
    """What Start would do."""

    dataset: Dataset
    drawings: int
    #: drawings kept aside to measure on, never trained on
    held_out: int
    steps: int
    #: a guess until a training was measured on this engine
    seconds: int
    #: 1 for a new style, else the next version of the style of that name
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleFile:
    """A style's LoRA file, ready to be handed out."""

    path: Path
    file_name: str
    size_bytes: int


class TrainService:
    """Plan, start and publish trainings."""

    async def plan(self, dataset_id: DatasetId, owner_id: OwnerId) -> TrainPlan:
        """Say what would be trained; UserError train.too_few (count, least), train.not_yours."""
        raise NotImplementedError

    async def start(
        self,
        dataset_id: DatasetId,
        *,
        owner_id: OwnerId,
        locale: str = "en",
        place: Place | None = None,
        quiet: bool = False,
    ) -> Job:
        """Seal the dataset, keep the consent, make style, version and job; then wake the engine."""
        raise NotImplementedError

    async def publish(self, style_id: StyleId, owner_id: OwnerId) -> Style:
        """Let the server where it was trained draw with it; UserError style.not_yours."""
        raise NotImplementedError

    async def keep_private(self, style_id: StyleId, owner_id: OwnerId) -> Style:
        """Let only its owner draw with it; UserError style.not_yours."""
        raise NotImplementedError

    async def choose_checkpoint(self, checkpoint_id: CheckpointId, owner_id: OwnerId) -> Checkpoint:
        """Draw with this checkpoint from now on; UserError style.not_yours."""
        raise NotImplementedError

    async def style_file(self, style_id: StyleId, owner_id: OwnerId) -> StyleFile:
        """Find the LoRA file for its owner; UserError style.not_yours, style.not_trained."""
        raise NotImplementedError
