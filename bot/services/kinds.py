"""Kinds of drawings in a draft: suggested by how they look, put right and named by the artist."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from bot.errors import UserError
from bot.services.captions_tags import tags_of
from bot.services.collection import chosen_numbers
from bot.services.ownership import own_dataset, own_draft
from bot.services.store import Store
from data.errors import Conflict
from data.kinds import Kind, Kinds
from data.models import Dataset, DatasetId, Drawing, DrawingId, OwnerId
from engine.measure.kinds import KINDS_MOST, Values, kind_traits, suggest_kinds

MAX_NAME_CHARS: Final = 24
MAX_WORD_CHARS: Final = 40
_MARK_CHARS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """A draft's drawings by their kinds."""

    dataset: Dataset
    #: in the artist's order, which their numbers follow
    drawings: tuple[Drawing, ...]
    kinds: Kinds

    def numbers(self, kind: int) -> tuple[int, ...]:
        """Return the numbers of a kind's drawings; of kind 0 those of none."""
        numbered = enumerate(self.drawings, 1)
        return tuple(number for number, one in numbered if self.kinds.of.get(one.id, 0) == kind)

    def kind(self, number: int) -> Kind:
        """Return a kind by its number; a new one where there is none yet."""
        kinds = self.kinds.kinds
        return kinds[number - 1] if 1 <= number <= len(kinds) else Kind()

    @property
    def may_grow(self) -> bool:
        """Whether there can be another kind."""
        return bool(self.drawings) and len(self.kinds.kinds) < KINDS_MOST

    @property
    def mark(self) -> str:
        """Name exactly this order, so that an old card changes nothing."""
        placed = " ".join(f"{one.id}{self.kinds.of.get(one.id, 0)}" for one in self.drawings)
        return hashlib.sha256(placed.encode()).hexdigest()[:_MARK_CHARS]


class KindService:
    """Keep an artist's kinds with the draft.

    UserError train.unknown_dataset (also for somebody else's), and for every change train.sealed.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def sorted(self, dataset_id: DatasetId, owner_id: OwnerId) -> Sorted:
        """Show the drawings by their kinds, sealed ones too."""
        return Sorted(
            dataset=await own_dataset(self._store, dataset_id, owner_id),
            drawings=await self._store.datasets.drawings(dataset_id),
            kinds=await self._store.kinds.get(dataset_id),
        )

    async def suggest(self, dataset_id: DatasetId, owner_id: OwnerId) -> int:
        """Sort all drawings anew by how they look; return how many kinds there are.

        Where they are all of one kind nothing is changed.
        """
        before = await self._draft(dataset_id, owner_id)
        paths = [self._store.blobs.path(one.sha256) for one in before.drawings]
        numbers = await asyncio.to_thread(_suggested, paths)
        count = max(numbers, default=1)
        if count > 1:
            ids = (one.id for one in before.drawings)
            of = dict(zip(ids, numbers, strict=True))
            await self._put(before, Kinds(kinds=(Kind(),) * count, of=of))
        return count

    async def change(
        self,
        dataset_id: DatasetId,
        owner_id: OwnerId,
        number: int,
        mark: str,
        *,
        name: str,
        word: str,
        numbers: str = "",
    ) -> None:
        """Name a kind, give it a caption word, and put drawings into it, as `3, 7-9`.

        The number after the last kind's begins another one. UserError kinds.word_bad,
        kinds.empty, drawings.numbers_bad, and train.card_old when the drawings were sorted
        otherwise since `mark`.
        """
        before = await self._draft(dataset_id, owner_id)
        kinds, most = list(before.kinds.kinds), len(before.drawings)
        if before.mark != mark or not 1 <= number <= min(len(kinds) + 1, KINDS_MOST):
            raise UserError("train.card_old")
        kind = Kind(name=_line(name)[:MAX_NAME_CHARS], word=_word(word))
        kinds[number - 1 : number] = [kind]
        moved = chosen_numbers(numbers, most) if numbers.strip() else []
        of = dict(before.kinds.of) | {before.drawings[one - 1].id: number for one in moved}
        if number not in of.values():
            raise UserError("kinds.empty")
        await self._put(before, _closed_up(kinds, of))

    async def clear(self, dataset_id: DatasetId, owner_id: OwnerId) -> None:
        """Go back to no kinds."""
        await self._put(await self._draft(dataset_id, owner_id), Kinds())

    async def _draft(self, dataset_id: DatasetId, owner_id: OwnerId) -> Sorted:
        await own_draft(self._store, dataset_id, owner_id)
        return await self.sorted(dataset_id, owner_id)

    async def _put(self, before: Sorted, kinds: Kinds) -> None:
        """Keep it, if the drawings are still those that were sorted."""
        dataset_id, owner_id = before.dataset.id, before.dataset.owner_id
        async with self._store.db.write():
            if (await self.sorted(dataset_id, owner_id)).mark != before.mark:
                raise UserError("train.card_old")
            try:
                await self._store.kinds.put(dataset_id, kinds)
            except Conflict:
                raise UserError("train.sealed", name=before.dataset.name) from None


def _suggested(paths: Sequence[Path]) -> tuple[int, ...]:
    return suggest_kinds([_traits(path) for path in paths])


def _traits(path: Path) -> Values:
    with Image.open(io.BytesIO(path.read_bytes())) as picture:
        return kind_traits(picture)


def _closed_up(kinds: Sequence[Kind], of: Mapping[DrawingId, int]) -> Kinds:
    """Leave out the kinds whose drawings are all gone."""
    left = sorted(set(of.values()))
    places = {number: place for place, number in enumerate(left, 1)}
    return Kinds(
        kinds=tuple(kinds[number - 1] for number in places),
        of={one: places[number] for one, number in of.items()},
    )


def _line(text: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())


def _word(text: str) -> str:
    """Read what is one tag; UserError kinds.word_bad for several."""
    word = _line(text)
    if len(word) > MAX_WORD_CHARS or len(tags_of(word)) > 1:
        raise UserError("kinds.word_bad", most=MAX_WORD_CHARS)
    return next(iter(tags_of(word)), "")
