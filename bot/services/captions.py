"""The captions of a draft, as their artist sees and changes them."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from bot.clock import Clock
from bot.errors import UserError
from bot.services.captions_files import matched, pack, read_files
from bot.services.captions_reading import CaptionReader, Reading
from bot.services.captions_stats import TagStats, mark_of, tag_stats
from bot.services.captions_tags import MAX_CAPTION_CHARS, fold, joined, tags_of
from bot.services.captions_training import count_with_scores
from bot.services.ownership import own_dataset, own_draft
from bot.services.store import Store
from data.captions import CaptionChange, CaptionSettings, CaptionSource
from data.errors import Conflict, NotFound
from data.models import Dataset, DatasetId, Drawing, DrawingId, OwnerId
from data.repos.captions import Undone

#: Drawings on one page of the editor.
PER_PAGE: Final = 4
MAX_TRIGGER_CHARS: Final = 40
#: Changing all captions waits so long for those that are still being made.
PATIENCE_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionPage:
    """One page of the editor."""

    dataset: Dataset
    #: everything in the dataset, by ordinal
    drawings: tuple[Drawing, ...]
    #: from 0
    number: int
    reading: Reading
    settings: CaptionSettings
    #: captions that hold score tags
    with_scores: int
    can_undo: bool

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-len(self.drawings) // PER_PAGE))

    @property
    def first(self) -> int:
        """How many drawings stand on the pages before."""
        return self.number * PER_PAGE

    @property
    def shown(self) -> tuple[Drawing, ...]:
        """The drawings of this page."""
        return self.drawings[self.first : self.first + PER_PAGE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of text files."""

    changed: int
    #: files that are no drawing's
    unknown: tuple[str, ...]


class CaptionService:
    """Show captions to their artist, change them, and take changes back.

    UserError train.unknown_dataset (also for somebody else's), and for every change train.sealed.
    """

    def __init__(
        self, store: Store, reader: CaptionReader, clock: Clock, *, wake_reader: Callable[[], None]
    ) -> None:
        self._store = store
        self._reader = reader
        self._clock = clock
        self._wake_reader = wake_reader

    # --- looking ----------------------------------------------------------------------------

    async def page(self, dataset_id: DatasetId, owner_id: OwnerId, number: int = 0) -> CaptionPage:
        """Show one page; a number beyond the last means the last."""
        dataset = await own_dataset(self._store, dataset_id, owner_id)
        drawings = await self._store.datasets.drawings(dataset_id)
        page = CaptionPage(
            dataset=dataset,
            drawings=drawings,
            number=0,
            reading=await self._reader.reading(dataset_id),
            settings=await self._store.captions.settings(dataset_id),
            with_scores=count_with_scores(one.caption for one in drawings),
            can_undo=await self._store.captions.can_undo(dataset_id),
        )
        return dataclasses.replace(page, number=min(number, page.pages - 1))

    async def page_of(self, drawing_id: DrawingId, owner_id: OwnerId) -> CaptionPage:
        """Show the page that a drawing is on."""
        drawing = await self.drawing(drawing_id, owner_id)
        page = await self.page(drawing.dataset_id, owner_id)
        ids = [one.id for one in page.drawings]
        return dataclasses.replace(page, number=ids.index(drawing_id) // PER_PAGE)

    async def drawing(self, drawing_id: DrawingId, owner_id: OwnerId) -> Drawing:
        """Return a drawing whose caption may be changed."""
        try:
            drawing = await self._store.captions.drawing(drawing_id)
        except NotFound:
            raise UserError("train.unknown_dataset") from None
        await own_draft(self._store, drawing.dataset_id, owner_id)
        return drawing

    async def stats(
        self, dataset_id: DatasetId, owner_id: OwnerId
    ) -> tuple[Dataset, TagStats, CaptionSettings]:
        """Count the tags."""
        dataset = await own_dataset(self._store, dataset_id, owner_id)
        drawings = await self._store.datasets.drawings(dataset_id)
        settings = await self._store.captions.settings(dataset_id)
        return dataset, tag_stats(one.caption for one in drawings), settings

    async def export(self, dataset_id: DatasetId, owner_id: OwnerId) -> bytes:
        """Pack all captions as text files into a zip."""
        await own_dataset(self._store, dataset_id, owner_id)
        return pack(await self._store.datasets.drawings(dataset_id))

    # --- changing ---------------------------------------------------------------------------

    async def edit(self, drawing_id: DrawingId, owner_id: OwnerId, caption: str) -> CaptionPage:
        """Give one drawing other words; none are words too: no machine will add any."""
        drawing = await self.drawing(drawing_id, owner_id)
        words = {drawing_id: (words_of(caption), CaptionSource.ARTIST)}
        await self._change(drawing.dataset_id, CaptionChange.EDIT, words)
        return await self.page_of(drawing_id, owner_id)

    async def change_all(
        self, dataset_id: DatasetId, owner_id: OwnerId, *, out: str, put: str
    ) -> int:
        """Take tags out of all captions, or put tags in; with both, put them in their place.

        Tells how many captions changed. UserError captions.still_reading while some are being made.
        """
        await own_draft(self._store, dataset_id, owner_id)
        await self._settle(dataset_id)
        gone = frozenset(map(fold, tags_of(words_of(out))))
        new = tags_of(words_of(put))
        kind = CaptionChange.ADD
        if gone:
            kind = CaptionChange.REPLACE if new else CaptionChange.REMOVE
        words = {
            one.id: (changed_tags(one.caption, gone, new), one.source or CaptionSource.ARTIST)
            for one in await self._store.datasets.drawings(dataset_id)
        }
        return await self._change(dataset_id, kind, words)

    async def leave_out(self, dataset_id: DatasetId, owner_id: OwnerId, mark: str) -> str | None:
        """Take the tag with this mark out of all captions; tell which, None when it is gone."""
        tag = await self._marked(dataset_id, owner_id, mark)
        if tag is not None:
            await self.change_all(dataset_id, owner_id, out=tag, put="")
        return tag

    async def make_trigger(self, dataset_id: DatasetId, owner_id: OwnerId, mark: str) -> str | None:
        """Put the tag with this mark first in every caption that is trained on; tell which."""
        tag = await self._marked(dataset_id, owner_id, mark)
        if tag is not None:
            await self.set_trigger(dataset_id, owner_id, tag)
        return tag

    async def set_trigger(self, dataset_id: DatasetId, owner_id: OwnerId, trigger: str) -> None:
        """Put this word first in every caption that is trained on; "" for none."""
        tidied = words_of(trigger).replace(",", " ")
        tidied = " ".join(tidied.split())[:MAX_TRIGGER_CHARS]
        await self._set(dataset_id, owner_id, lambda now: dataclasses.replace(now, trigger=tidied))

    async def turn_scores(self, dataset_id: DatasetId, owner_id: OwnerId) -> None:
        """Keep score tags in what is trained on, or leave them out again."""
        await self._set(
            dataset_id,
            owner_id,
            lambda now: dataclasses.replace(now, keeps_scores=not now.keeps_scores),
        )

    async def turn_telling(self, dataset_id: DatasetId, owner_id: OwnerId) -> None:
        """Let the style's file say how often each tag was there, or no more."""
        await self._set(
            dataset_id,
            owner_id,
            lambda now: dataclasses.replace(now, tells_tags=not now.tells_tags),
        )

    async def undo(self, dataset_id: DatasetId, owner_id: OwnerId) -> Undone | None:
        """Take back the last change that still holds; None when there is none."""
        await own_draft(self._store, dataset_id, owner_id)
        undone = await self._store.captions.undo(dataset_id, self._clock.now_ms())
        self._wake_reader()  # some may have no words again
        return undone

    async def take_files(
        self, dataset_id: DatasetId, owner_id: OwnerId, files: Iterable[tuple[str, bytes]]
    ) -> Imported:
        """Take captions from text files named like the drawings, or a zip of such."""
        await own_draft(self._store, dataset_id, owner_id)
        drawings = await self._store.datasets.drawings(dataset_id)
        texts = await asyncio.to_thread(read_files, tuple(files))
        found, unknown = matched(drawings, texts)
        words = {key: (words_of(text), CaptionSource.SIDECAR) for key, text in found.items()}
        changed = await self._change(dataset_id, CaptionChange.IMPORT, words)
        return Imported(changed=changed, unknown=unknown)

    # --- parts ------------------------------------------------------------------------------

    async def _change(
        self,
        dataset_id: DatasetId,
        kind: CaptionChange,
        words: dict[DrawingId, tuple[str, CaptionSource]],
    ) -> int:
        try:
            changed = await self._store.captions.change(
                dataset_id, kind, words, self._clock.now_ms()
            )
        except (Conflict, NotFound):  # sealed or thrown away a moment ago
            raise UserError("train.unknown_dataset") from None
        self._reader.tell()
        return changed

    async def _set(
        self,
        dataset_id: DatasetId,
        owner_id: OwnerId,
        change: Callable[[CaptionSettings], CaptionSettings],
    ) -> None:
        await own_draft(self._store, dataset_id, owner_id)
        now = await self._store.captions.settings(dataset_id)
        await self._store.captions.put_settings(dataset_id, change(now))

    async def _marked(self, dataset_id: DatasetId, owner_id: OwnerId, mark: str) -> str | None:
        await own_draft(self._store, dataset_id, owner_id)
        drawings = await self._store.datasets.drawings(dataset_id)
        tags = (tag for one in drawings for tag in tags_of(one.caption))
        return next((tag for tag in tags if mark_of(tag) == mark), None)

    async def _settle(self, dataset_id: DatasetId) -> None:
        try:
            await self._reader.settle(dataset_id, patience_s=PATIENCE_S)
        except UserError as error:
            raise UserError("captions.still_reading", **error.facts) from None


def words_of(text: str) -> str:
    """Take what a person typed or a file held as one line, not too long."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())[:MAX_CAPTION_CHARS]


def changed_tags(caption: str, out: frozenset[str], put: tuple[str, ...]) -> str:
    """Take folded tags `out`, and put others in: where the first of them stood, or at the end.

    With both, only a caption that had one of them changes.
    """
    tags = tags_of(caption)
    at = next((index for index, tag in enumerate(tags) if fold(tag) in out), None)
    if out and at is None:
        return caption
    kept = [tag for tag in tags if fold(tag) not in out]
    there = {fold(tag) for tag in kept}
    new = [tag for tag in put if fold(tag) not in there]
    if not out and not new:
        return caption
    place = len(kept) if at is None else at
    return joined([*kept[:place], *new, *kept[place:]])
