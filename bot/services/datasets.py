"""Drawings on their way to a style: taken one by one, kept at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import PurePath

from bot.clock import Clock
from bot.decode.look import look_to_json
from bot.errors import UserError
from bot.services.intake import Accepted, IntakeService, Note, Refused, Upload, is_text
from bot.services.names import DEFAULT_NAME, check_name
from bot.services.ownership import own_dataset, own_draft
from bot.services.store import Store
from data.captions import CaptionSource
from data.errors import Conflict, NotFound
from data.looks import KeptLook
from data.models import Dataset, DatasetId, Drawing, OwnerId
from data.repos.styles import fold_name

MAX_CAPTION_CHARS = 1000
MAX_FILE_NAME_CHARS = 100


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

    def __init__(
        self,
        store: Store,
        intake: IntakeService,
        clock: Clock,
        *,
        max_drawings: int,
        wake_reader: Callable[[], None],
    ) -> None:
        self._store = store
        self._intake = intake
        self._clock = clock
        self._max_drawings = max_drawings
        self._wake_reader = wake_reader

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

        With `dataset_id` into that draft (*Add more*); else into the owner's draft of that `name`
        in this server (the newest when None), or one that has no name yet; else into a new one.
        `caption` is the artist's general words, used where a file brings none. UserError
        style.name_bad, train.unknown_dataset, train.sealed.
        """
        if dataset_id is not None:
            dataset = await own_draft(self._store, dataset_id, owner_id)
        else:
            dataset = await self._draft_for(owner_id, name, guild_id, channel_id)
        hand_over = _HandOver(self._store, dataset, _words(caption), self._max_drawings)
        pictures = [upload for upload in uploads if not is_text(upload.name)]
        for text in (upload for upload in uploads if is_text(upload.name)):
            hand_over.note_words(text.name, await self._intake.fetch(text))
        free = self._max_drawings - len(await self._store.datasets.drawings(dataset.id))
        async with aclosing(self._intake.judge(pictures, room=free)) as outcomes:
            async for outcome in outcomes:
                await hand_over.take(outcome)
        self._wake_reader()
        return await hand_over.report()

    async def report(self, dataset_id: DatasetId, owner_id: OwnerId) -> IntakeReport:
        """Show a dataset again; UserError train.unknown_dataset (also for somebody else's)."""
        dataset = await own_dataset(self._store, dataset_id, owner_id)
        drawings = await self._store.datasets.drawings(dataset_id)
        return IntakeReport(dataset=dataset, drawings=drawings)

    async def train_on_all(
        self, dataset_id: DatasetId, owner_id: OwnerId, *, on_all: bool
    ) -> IntakeReport:
        """Keep none of a draft's drawings aside, or some again; UserError as `add`."""
        await own_draft(self._store, dataset_id, owner_id)
        await self._store.splits.choose(dataset_id, train_on_all=on_all)
        return await self.report(dataset_id, owner_id)

    async def discard(self, dataset_id: DatasetId, owner_id: OwnerId) -> None:
        """Forget a draft with its drawings; UserError as `add`."""
        await own_draft(self._store, dataset_id, owner_id)
        drawings = await self._store.datasets.drawings(dataset_id)
        looks = await self._store.looks.of_dataset(dataset_id)
        await self._store.datasets.delete(dataset_id)
        sources = (look.source_sha256 for look in looks.values())
        await self._store.remove_unreferenced(
            filter(None, (*(drawing.sha256 for drawing in drawings), *sources))
        )

    async def _draft_for(
        self, owner_id: OwnerId, name: str | None, guild_id: int | None, channel_id: int | None
    ) -> Dataset:
        wanted = None if name is None or not name.strip() else check_name(name)
        async with self._store.db.write():  # two windows sent at once open one draft
            draft = await self._open_draft_of(owner_id, wanted, guild_id)
            if draft is None:
                return await self._store.datasets.open_draft(
                    owner_id, wanted or DEFAULT_NAME, guild_id, channel_id, self._clock.now_ms()
                )
            if wanted is not None and draft.name == DEFAULT_NAME:  # nobody had named it yet
                await self._store.datasets.rename(draft.id, wanted)
                return dataclasses.replace(draft, name=wanted)
            return draft

    async def _open_draft_of(
        self, owner_id: OwnerId, wanted: str | None, guild_id: int | None
    ) -> Dataset | None:
        """Find the draft of that name, else one without a name; the newest when None is wanted."""
        mine = await self._store.datasets.drafts_of(owner_id)
        # A draft of another server would make a style that is shared there, not here.
        drafts = [draft for draft in mine if draft.guild_id == guild_id]
        if wanted is None:
            return next(iter(drafts), None)
        named = (draft for draft in drafts if fold_name(draft.name) == fold_name(wanted))
        unnamed = (draft for draft in drafts if draft.name == DEFAULT_NAME)
        return next(named, None) or next(unnamed, None)


class _HandOver:
    """What becomes of the files of one call."""

    def __init__(self, store: Store, dataset: Dataset, general: str, most: int) -> None:
        self._store = store
        self._dataset = dataset
        self._general = general
        self._most = most
        #: caption by stem of the file's name
        self._captions: dict[str, str] = {}
        self._accepted: list[Drawing] = []
        self._refused: list[Refused] = []
        self._notes: list[Note] = []

    def note_words(self, name: str, text: bytes | Refused) -> None:
        """Read `drawing.txt` beside `drawing.png`, as trainers' tools write captions."""
        if isinstance(text, Refused):
            self._refused.append(text)
        else:
            self._captions[_stem(name)] = _words(text[:20_000].decode(errors="replace"))

    async def take(self, outcome: Accepted | Refused) -> None:
        if isinstance(outcome, Refused):
            if outcome.key == "intake.too_many":
                self.refuse(outcome.file_name, outcome.key, most=self._most)
            else:
                self._refused.append(outcome)
            return
        drawing = await self._keep(outcome)
        if drawing is not None:
            self._accepted.append(drawing)
            self._notes += [Note(file_name=outcome.file_name, key=key) for key in outcome.notes]

    async def _keep(self, outcome: Accepted) -> Drawing | None:
        """Keep file and row, or tell why not; UserError when the draft was closed meanwhile."""
        name = outcome.file_name
        sidecar = self._words_for(outcome)
        caption = outcome.description or sidecar or self._general
        is_sidecar = bool(sidecar) and not outcome.description
        async with self._store.gate:
            # Counted again: another hand-over may have filled the draft while this one was judged.
            if len(await self._store.datasets.drawings(self._dataset.id)) >= self._most:
                self.refuse(name, "intake.too_many", most=self._most)
                return None
            sha256 = await self._store.blobs.put_bytes(outcome.png)
            look = await self._look(outcome)
            try:
                async with self._store.db.write():
                    drawing = await self._store.datasets.add_drawing(
                        self._dataset.id,
                        sha256,
                        name[:MAX_FILE_NAME_CHARS],
                        outcome.width,
                        outcome.height,
                        caption[:MAX_CAPTION_CHARS],
                        CaptionSource.SIDECAR if is_sidecar else None,
                    )
                    await self._store.looks.put(drawing.id, look)
                return drawing
            except (Conflict, NotFound):
                pass
        await self._store.remove_unreferenced(filter(None, (sha256, look.source_sha256)))
        await self._check_open()
        self.refuse(name, "intake.duplicate")
        return None

    async def _look(self, outcome: Accepted) -> KeptLook:
        """Keep what a see-through drawing was made of, and say how all look."""
        source = outcome.source and await self._store.blobs.put_bytes(outcome.source)
        look_json = look_to_json(outcome.look)
        return KeptLook(look_json=look_json, source_sha256=source or None, paper=outcome.paper)

    def _words_for(self, outcome: Accepted) -> str | None:
        return _words(outcome.words) or self._captions.get(_stem(outcome.file_name))

    async def _check_open(self) -> None:
        try:
            dataset = await self._store.datasets.get(self._dataset.id)
        except NotFound:
            raise UserError("train.unknown_dataset") from None
        if dataset.sealed_ms is not None:
            raise UserError("train.sealed", name=dataset.name)

    def refuse(self, name: str, key: str, **facts: str | int | float) -> None:
        self._refused.append(Refused(file_name=name, key=key, facts=facts))

    async def report(self) -> IntakeReport:
        return IntakeReport(
            dataset=self._dataset,
            drawings=await self._store.datasets.drawings(self._dataset.id),
            accepted=tuple(self._accepted),
            refused=tuple(self._refused),
            notes=tuple(self._notes),
        )


def _stem(name: str) -> str:
    return PurePath(name).stem.casefold()


def _words(text: str | None) -> str:
    printable = "".join(c if c.isprintable() else " " for c in text or "")
    return " ".join(printable.split())[:MAX_CAPTION_CHARS]
