"""A LoRA that its artist trained elsewhere: its drawings and their word make it their own style."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from bot.clock import Clock
from bot.errors import UserError
from bot.services.base_choice import BaseChoice
from bot.services.bases import Bases
from bot.services.captions import CaptionService
from bot.services.collection import CollectionService, Opened
from bot.services.ownership import own_draft, own_style
from bot.services.store import Store
from bot.services.style_care import require_at_rest
from bot.services.undrawable import base_names
from data.models import DatasetId, OwnerId, Style, StyleId, StyleVersion
from data.repos.brought import Imported
from data.repos.styles import fold_name
from engine.errors import JobFailed
from engine.lora.reading import read_header
from engine.protocol import TrainRecipe

#: What is done here: nothing but looking at the drawings. How it was trained nobody here knows.
RECIPE: Final = TrainRecipe(name="elsewhere", steps=0, checkpoints=0, crops=1, captions=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """An imported style whose importer says that it is of their own drawings."""

    style: Style
    #: its own file, as the import wrote it
    sha256: str
    #: what its version is called, which the import's number passes on to
    number: int

    @property
    def source_file(self) -> str:
        """The file that it came from, as its artist called it."""
        return self.style.source_file or ""


async def brought_with(store: Store, dataset_id: DatasetId) -> Brought | None:
    """Find the imported style that a set belongs to; None for an ordinary set."""
    style = await store.brought.style_of(dataset_id)
    imported = None if style is None else await store.brought.imported(style.id)
    if style is None or imported is None:
        return None
    sha256 = imported.checkpoint.style_sha256
    return Brought(style=style, sha256=sha256, number=imported.version.number)


class BroughtService:
    """Opens the draft of the drawings that an imported style was trained on."""

    def __init__(
        self,
        store: Store,
        bases: Bases,
        base_choice: BaseChoice,
        collection: CollectionService,
        captions: CaptionService,
        clock: Clock,
    ) -> None:
        self._store = store
        self._bases = bases
        self._base_choice = base_choice
        self._collection = collection
        self._captions = captions
        self._clock = clock

    async def open(
        self, style_id: StyleId, owner_id: OwnerId, dataset_id: DatasetId | None = None
    ) -> Opened:
        """Open it, or find it again; `trainings.start` makes the style the person's own.

        With `dataset_id` that draft is taken. UserError style.not_yours, also to whom did not
        import it; brought.not_imported; style.old_base where the host has its base no more;
        style.in_training while that is being done.
        """
        style = await own_style(self._store, style_id, owner_id)
        imported = await self._store.brought.imported(style_id)
        if imported is None:
            raise UserError("brought.not_imported", style=style.name)
        self._require_base(style, imported.version)
        await require_at_rest(self._store, style)
        trigger = await self._trigger(imported.checkpoint.style_sha256)
        async with self._store.db.write():  # two presses at once open one draft
            opened = await self._draft(style, dataset_id)
            marked = await self._store.brought.style_of(opened.draft.id)
            if marked is None or marked.id != style_id:  # what is chosen later stays
                await self._store.brought.mark(opened.draft.id, style_id)
                await self._set_up(opened.draft.id, owner_id, imported, trigger)
        return opened

    def _require_base(self, style: Style, version: StyleVersion) -> None:
        """Refuse one whose pictures could not be drawn; before a base has served none is known."""
        if self._bases.sha256s is not None and self._bases.of(version.base_sha256) is None:
            other, now = base_names(version, self._bases)
            raise UserError("style.old_base", name=style.name, base=other, now=now)

    async def _draft(self, style: Style, given: DatasetId | None) -> Opened:
        """Take the style's draft, or one of its name; else that of an earlier try, or a new one."""
        datasets, known = self._store.datasets, await self._store.brought.draft_of(style.id)
        if given is not None:
            await own_draft(self._store, given, style.owner_id)
            await datasets.rename(given, style.name)
            return Opened(draft=await datasets.get(given), is_new=True)
        if known is not None:
            return Opened(draft=await datasets.get(known), is_new=False)
        for draft in await datasets.drafts_of(style.owner_id):
            same_name = fold_name(draft.name) == fold_name(style.name)
            if same_name and draft.guild_id == style.guild_id:
                return Opened(draft=draft, is_new=False)
        for version in reversed(await self._store.styles.versions(style.id)):
            if version.dataset_id is not None:
                return await self._collection.anew(version.dataset_id, style.owner_id)
        now = self._clock.now_ms()
        draft = await datasets.open_draft(style.owner_id, style.name, style.guild_id, None, now)
        return Opened(draft=draft, is_new=True)

    async def _set_up(
        self, dataset_id: DatasetId, owner_id: OwnerId, imported: Imported, trigger: str
    ) -> None:
        """Choose the base that it was imported for, and the word that calls it."""
        base = self._bases.of(imported.version.base_sha256)
        if base is not None and self._bases.are_several:
            await self._base_choice.choose(dataset_id, owner_id, base.label)
        if trigger:
            await self._captions.set_trigger(dataset_id, owner_id, trigger)

    async def _trigger(self, sha256: str) -> str:
        """Read the first of the words that call it; a file that says none has none."""
        try:
            header = await asyncio.to_thread(read_header, self._store.blobs.path(sha256))
        except (JobFailed, OSError):
            return ""
        return header.metadata.get("modelspec.trigger_phrase", "").partition(",")[0].strip()
