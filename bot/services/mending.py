"""Act on what is wrong with drawings, while their set is a draft."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterable
from typing import Final

from bot.decode.look import look_from_json, look_to_json
from bot.decode.verdict import WHITE
from bot.errors import UserError
from bot.services.base_choice import BaseChoice
from bot.services.borders import without_borders
from bot.services.findings import Findings, Looked, Trouble, find
from bot.services.intake import Accepted, IntakeService
from bot.services.ownership import own_draft
from bot.services.store import Store
from data.errors import Conflict, NotFound
from data.looks import Box, KeptLook
from data.models import DatasetId, Drawing, DrawingId, OwnerId
from engine.base.buckets import rules_of

PAPERS: Final = {"white": WHITE, "cream": "#fff6e5", "grey": "#c8c8c8"}


class MendingService:
    """Find what is wrong with a set, and put it right where the artist says so."""

    def __init__(
        self,
        store: Store,
        intake: IntakeService,
        base_choice: BaseChoice,
        *,
        wake_reader: Callable[[], None],
    ) -> None:
        self._store = store
        self._intake = intake
        self._base_choice = base_choice
        self._wake_reader = wake_reader

    async def findings(self, dataset_id: DatasetId) -> Findings:
        """Look at a set of drawings, for the base that it is trained on."""
        drawings = await self._store.datasets.drawings(dataset_id)
        looks = await self._store.looks.of_dataset(dataset_id)
        base = await self._base_choice.of(dataset_id)
        rules, least = rules_of(base.family), base.min_edge
        return await asyncio.to_thread(find, drawings, looks, rules, least)

    async def remove(
        self, dataset_id: DatasetId, owner_id: OwnerId, trouble: Trouble, mark: str
    ) -> int:
        """Take the troubled drawings out; return how many.

        UserError train.unknown_dataset, train.sealed, and train.card_old when these are not the
        drawings that `mark` was made of.
        """
        troubled = await self._troubled(dataset_id, owner_id, trouble, mark)
        for one in troubled:
            await self.take_out(dataset_id, owner_id, one.drawing.id)
        return len(troubled)

    async def take_out(
        self, dataset_id: DatasetId, owner_id: OwnerId, drawing_id: DrawingId
    ) -> None:
        """Take one drawing out of a draft; one that is out already is no fault."""
        await own_draft(self._store, dataset_id, owner_id)
        drawings = await self._store.datasets.drawings(dataset_id)
        gone = next((one for one in drawings if one.id == drawing_id), None)
        if gone is None:
            return
        looks = await self._store.looks.of_dataset(dataset_id)
        try:
            await self._store.datasets.remove_drawing(drawing_id)
        except NotFound:
            return
        except Conflict:
            raise await self._sealed(dataset_id) from None
        self._wake_reader()
        await self._store.remove_unreferenced(_files(gone, looks.get(drawing_id)))

    async def cut_borders(self, dataset_id: DatasetId, owner_id: OwnerId, mark: str) -> int:
        """Cut off the large empty borders; return how many changed. UserError as `remove`."""
        troubled = await self._troubled(dataset_id, owner_id, Trouble.EMPTY, mark)
        looks = await self._store.looks.of_dataset(dataset_id)
        least = (await self._base_choice.of(dataset_id)).min_edge
        changes = ((one, looks[one.drawing.id]) for one in troubled if one.drawing.id in looks)
        changed = 0
        for one, kept in changes:
            box = _in_source(one, kept.crop, least)
            changed += await self._again(one.drawing, dataclasses.replace(kept, crop=box))
        return changed

    async def put_borders_back(self, dataset_id: DatasetId, owner_id: OwnerId) -> int:
        """Undo `cut_borders` for the whole set; return how many changed."""
        await own_draft(self._store, dataset_id, owner_id)
        changed = 0
        for drawing, kept in await self._kept(dataset_id):
            if kept.crop is not None:
                changed += await self._again(drawing, dataclasses.replace(kept, crop=None))
        return changed

    async def lay_on(self, dataset_id: DatasetId, owner_id: OwnerId, paper: str) -> int:
        """Lay all see-through drawings on paper (`#rrggbb`); return how many changed.

        UserError train.unknown_dataset, train.sealed, and train.paper_bad.
        """
        await own_draft(self._store, dataset_id, owner_id)
        paper = _colour(paper)
        changed = 0
        for drawing, kept in await self._kept(dataset_id):
            if kept.paper not in (None, paper):
                changed += await self._again(drawing, dataclasses.replace(kept, paper=paper))
        return changed

    async def _troubled(
        self, dataset_id: DatasetId, owner_id: OwnerId, trouble: Trouble, mark: str
    ) -> tuple[Looked, ...]:
        await own_draft(self._store, dataset_id, owner_id)
        findings = await self.findings(dataset_id)
        if findings.mark(trouble) != mark:
            raise UserError("train.card_old")
        return findings.troubled(trouble)

    async def _kept(self, dataset_id: DatasetId) -> list[tuple[Drawing, KeptLook]]:
        looks = await self._store.looks.of_dataset(dataset_id)
        drawings = await self._store.datasets.drawings(dataset_id)
        return [(drawing, looks[drawing.id]) for drawing in drawings if drawing.id in looks]

    async def _again(self, drawing: Drawing, wanted: KeptLook) -> bool:
        """Make a drawing again from its source; False when that drawing is there already."""
        source = wanted.source_sha256 or drawing.sha256
        png = await self._store.blobs.read(source)
        made = await self._intake.again(
            drawing.file_name, png, paper=wanted.paper or WHITE, crop=wanted.crop
        )
        if not isinstance(made, Accepted):
            return False
        undone = wanted.paper is None and wanted.crop is None
        known = look_from_json(wanted.look_json).jpeg_quality
        look = dataclasses.replace(made.look, jpeg_quality=min(made.look.jpeg_quality, known))
        kept = dataclasses.replace(
            wanted, look_json=look_to_json(look), source_sha256=None if undone else source
        )
        return await self._replace(drawing, made, kept)

    async def _replace(self, drawing: Drawing, made: Accepted, kept: KeptLook) -> bool:
        async with self._store.gate:
            sha256 = await self._store.blobs.put_bytes(made.png)
            try:
                await self._store.looks.repaint(drawing.id, sha256, made.width, made.height, kept)
                replaced = True
            except (Conflict, NotFound):
                replaced = False
        await self._store.remove_unreferenced({sha256, drawing.sha256})
        self._wake_reader()
        return replaced

    async def _sealed(self, dataset_id: DatasetId) -> UserError:
        dataset = await self._store.datasets.get(dataset_id)
        return UserError("train.sealed", name=dataset.name)


def _files(drawing: Drawing, kept: KeptLook | None) -> Iterable[str]:
    source = None if kept is None else kept.source_sha256
    return {drawing.sha256, *(() if source is None else (source,))}


def _colour(text: str) -> str:
    digits = text.strip().lower().removeprefix("#")
    if len(digits) != 6 or any(digit not in "0123456789abcdef" for digit in digits):
        raise UserError("train.paper_bad")
    return f"#{digits}"


def _in_source(one: Looked, before: Box | None, least: int) -> Box:
    """Find what is kept, as pixels of the source."""
    if one.look is None:
        raise ValueError("nothing was measured of it")
    size = (one.drawing.width, one.drawing.height)
    left, top, right, bottom = without_borders(one.look.content, size, least)
    at_x, at_y = (0, 0) if before is None else before[:2]
    return at_x + left, at_y + top, at_x + right, at_y + bottom
