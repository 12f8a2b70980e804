"""Drawings on their way to a style: taken one by one, kept at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.services.intake import Note, Refused, Upload
from data.models import Dataset, DatasetId, Drawing, DrawingId, OwnerId


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeReport:
    """The card: what the dataset holds, and what became of the files just handed over."""

    dataset: Dataset
    #: everything in the dataset, by ordinal
    drawings: tuple[Drawing, ...]
    #: of this hand-over only
    accepted: tuple[Drawing, ...] = ()
    refused: tuple[Refused, ...] = ()
    notes: tuple[Note, ...] = ()


class DatasetService:
    """Collect an artist's drawings."""

    async def add(
        self,
        owner_id: OwnerId,
        uploads: Sequence[Upload],
        *,
        name: str | None = None,
        guild_id: int | None = None,
        channel_id: int | None = None,
        caption: str | None = None,
        dataset_id: DatasetId | None = None,
    ) -> IntakeReport:
        """Take files into a draft; what was accepted before stays, whatever happens now.

        With `dataset_id` into that draft (*Add more*); else into the owner's newest draft of that
        `name` (any when None), else into a new one. `caption` is the artist's general words, used
        where a file brings none. UserError style.name_bad, train.not_yours, train.sealed.
        """
        raise NotImplementedError

    async def report(self, dataset_id: DatasetId, owner_id: OwnerId) -> IntakeReport:
        """Show a draft again; UserError train.not_yours or train.unknown_dataset."""
        raise NotImplementedError

    async def set_caption(
        self, dataset_id: DatasetId, owner_id: OwnerId, drawing_id: DrawingId, caption: str
    ) -> IntakeReport:
        """Change one drawing's words."""
        raise NotImplementedError

    async def discard(self, dataset_id: DatasetId, owner_id: OwnerId) -> None:
        """Forget a draft with its drawings."""
        raise NotImplementedError
