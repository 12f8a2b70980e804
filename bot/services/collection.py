"""An artist's sets of drawings: drafts that wait, and sealed ones that styles were trained on."""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
import zipfile
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from bot.clock import Clock
from bot.errors import UserError
from bot.services.captions_files import file_stems
from bot.services.mending import MendingService
from bot.services.ownership import own_dataset, own_draft, own_style
from bot.services.store import Store
from data.blobs import Blobs
from data.errors import NotFound
from data.models import Dataset, DatasetId, Drawing, OwnerId, StyleId
from data.repos.styles import fold_name

PAGE_DRAWINGS: Final = 12
_MARK_CHARS: Final = 8
_NUMBERS: Final = re.compile(r"(\d{1,4})(?:-(\d{1,4}))?")
#: Of a zip archive, per file beside its content: two headers and the name twice.
_ZIP_OVERHEAD: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawingSet:
    """A set of drawings with what is in it now."""

    dataset: Dataset
    drawings: tuple[Drawing, ...]

    @property
    def is_draft(self) -> bool:
        """Whether it may still be changed."""
        return self.dataset.sealed_ms is None

    @property
    def pages(self) -> int:
        """How many pages it fills; an empty one fills one."""
        return max(1, -(-len(self.drawings) // PAGE_DRAWINGS))

    @property
    def mark(self) -> str:
        """Name exactly these drawings in this order, so that an old page removes no others."""
        ids = " ".join(drawing.id for drawing in self.drawings)
        return hashlib.sha256(ids.encode()).hexdigest()[:_MARK_CHARS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A draft of a set's next version."""

    draft: Dataset
    #: False where it was open before; its artist may have changed it
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    name: str
    sha256: str
    png_bytes: int
    caption: str

    @property
    def size_bytes(self) -> int:
        return self.png_bytes + len(self.caption.encode()) + 2 * _ZIP_OVERHEAD


class Packed:
    """Archives of a set's drawings and captions, each whole in itself."""

    def __init__(self, blobs: Blobs, parts: Sequence[Sequence[_Pair]], *, left_out: int) -> None:
        self._blobs = blobs
        self._parts = parts
        #: drawings that alone are larger than an archive may be
        self.left_out = left_out

    @property
    def count(self) -> int:
        """How many archives there are."""
        return len(self._parts)

    async def archives(self) -> AsyncGenerator[bytes]:
        """Make one after the other; UserError drawings.changed when a drawing has gone."""
        for part in self._parts:
            try:
                archive = await self._zip(part)
            except NotFound:
                raise UserError("drawings.changed") from None
            yield archive

    async def _zip(self, files: Sequence[_Pair]) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            for file in files:
                png = await self._blobs.read(file.sha256)
                await asyncio.to_thread(archive.writestr, f"{file.name}.png", png)
                archive.writestr(f"{file.name}.txt", file.caption)
        return out.getvalue()


class CollectionService:
    """Show, thin out and hand back an artist's drawings."""

    def __init__(
        self,
        store: Store,
        mending: MendingService,
        clock: Clock,
        *,
        wake_reader: Callable[[], None],
    ) -> None:
        self._store = store
        self._mending = mending
        self._clock = clock
        self._wake_reader = wake_reader
        self._packing = set[OwnerId]()

    async def sets(self, owner_id: OwnerId) -> tuple[DrawingSet, ...]:
        """List all sets of a person: drafts first, then sealed ones, the newest first."""
        found = [await self._filled(one) for one in await self._store.datasets.of_owner(owner_id)]
        return tuple(sorted(found, key=lambda one: not one.is_draft))

    async def find(self, owner_id: OwnerId, typed: str | None) -> DrawingSet:
        """Find a set by id or name, without either the first of all; UserError drawings.none."""
        mine = await self.sets(owner_id)
        wanted = (typed or "").strip()
        for one in mine:
            if not wanted or one.dataset.id == wanted or _same(one.dataset.name, wanted):
                return one
        raise UserError("drawings.none")

    async def get(self, dataset_id: DatasetId, owner_id: OwnerId) -> DrawingSet:
        """Return a set to its owner; UserError train.unknown_dataset."""
        return await self._filled(await own_dataset(self._store, dataset_id, owner_id))

    async def take_out(
        self, dataset_id: DatasetId, owner_id: OwnerId, numbers: str, mark: str
    ) -> int:
        """Remove drawings by their numbers, as `3, 7-9`; return how many.

        UserError drawings.numbers_bad, train.card_old when the set has changed since `mark`, and
        as for every draft.
        """
        await own_draft(self._store, dataset_id, owner_id)
        shown = await self.get(dataset_id, owner_id)
        if shown.mark != mark:
            raise UserError("train.card_old")
        chosen = chosen_numbers(numbers, len(shown.drawings))
        for number in chosen:
            await self._mending.take_out(dataset_id, owner_id, shown.drawings[number - 1].id)
        return len(chosen)

    async def anew(self, dataset_id: DatasetId, owner_id: OwnerId) -> Opened:
        """Open a draft with the same drawings as the set's next version.

        A draft of it that is open already is taken instead. UserError train.unknown_dataset.
        """
        dataset = await own_dataset(self._store, dataset_id, owner_id)
        async with self._store.db.write():  # two presses at once open one draft
            for draft in await self._store.datasets.drafts_of(owner_id):
                if draft.lineage == dataset.lineage:
                    return Opened(draft=draft, is_new=False)
            opened = await self._store.datasets.open_next_version(dataset_id, self._clock.now_ms())
            await self._store.looks.copy(dataset_id, opened.id)
        self._wake_reader()  # the set may be of a time when nothing here read drawings
        return Opened(draft=opened, is_new=True)

    async def anew_from(self, style_id: StyleId, owner_id: OwnerId) -> Opened:
        """Open a draft with the drawings of a style's newest version that still has them.

        UserError style.not_yours, drawings.gone.
        """
        style = await own_style(self._store, style_id, owner_id)
        versions = await self._store.styles.versions(style_id)
        for version in sorted(versions, key=lambda one: -one.number):
            if version.dataset_id is not None:
                return await self.anew(version.dataset_id, owner_id)
        raise UserError("drawings.gone", name=style.name)

    @asynccontextmanager
    async def packed(
        self, dataset_id: DatasetId, owner_id: OwnerId, most_bytes: int
    ) -> AsyncGenerator[Packed]:
        """Pack drawings and captions into archives of at most so many bytes each.

        UserError train.unknown_dataset, and drawings.packing while the person is still being
        handed others: what is packed lies in memory.
        """
        whole = await self.get(dataset_id, owner_id)
        if owner_id in self._packing:
            raise UserError("drawings.packing")
        self._packing.add(owner_id)
        try:
            files = await self._pairs(whole)
            fitting = [file for file in files if file.size_bytes <= most_bytes]
            parts = tuple(_parts(fitting, most_bytes))
            yield Packed(self._store.blobs, parts, left_out=len(files) - len(fitting))
        finally:
            self._packing.remove(owner_id)

    async def _pairs(self, whole: DrawingSet) -> list[_Pair]:
        stems = file_stems(whole.drawings)
        try:
            return [
                _Pair(
                    name=stems[drawing.id],
                    sha256=drawing.sha256,
                    png_bytes=await self._store.blobs.size_bytes(drawing.sha256),
                    caption=drawing.caption,
                )
                for drawing in whole.drawings
            ]
        except NotFound:
            raise UserError("drawings.changed") from None

    async def _filled(self, dataset: Dataset) -> DrawingSet:
        return DrawingSet(dataset=dataset, drawings=await self._store.datasets.drawings(dataset.id))


def _parts(files: Sequence[_Pair], most_bytes: int) -> Iterator[list[_Pair]]:
    part: list[_Pair] = []
    left = most_bytes
    for file in files:
        if part and file.size_bytes > left:
            yield part
            part, left = [], most_bytes
        part.append(file)
        left -= file.size_bytes
    if part:
        yield part


def _same(one: str, other: str) -> bool:
    return fold_name(one) == fold_name(other)


def chosen_numbers(numbers: str, most: int) -> list[int]:
    """Read `3, 7-9` as numbers up to `most`; UserError drawings.numbers_bad."""
    chosen: set[int] = set()
    joined = re.sub(r"\s*[-–]\s*", "-", numbers.strip())
    for part in filter(None, re.split(r"[,;\s]+", joined)):
        match = _NUMBERS.fullmatch(part)
        if match is None:
            raise UserError("drawings.numbers_bad", most=most)
        first, last = int(match[1]), int(match[2] or match[1])
        if not 1 <= first <= last <= most:
            raise UserError("drawings.numbers_bad", most=most)
        chosen.update(range(first, last + 1))
    if not chosen:
        raise UserError("drawings.numbers_bad", most=most)
    return sorted(chosen)
