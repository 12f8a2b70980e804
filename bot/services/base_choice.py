"""On which base a draft is trained, and its captions in that base's language."""

from __future__ import annotations

from collections.abc import Callable

from bot.services.base import Base
from bot.services.bases import Bases
from bot.services.captioners import CaptionerChoice, speaks
from bot.services.ownership import own_draft
from bot.services.store import Store
from data.models import DatasetId, OwnerId


class BaseChoice:
    """Keeps an artist's choice with the draft."""

    def __init__(
        self,
        store: Store,
        bases: Bases,
        captioner: Callable[[Base], CaptionerChoice | None],
        *,
        wake_reader: Callable[[], None],
    ) -> None:
        self._store = store
        self._bases = bases
        self._captioner = captioner
        self._wake_reader = wake_reader

    @property
    def are_several(self) -> bool:
        """Whether there is anything to choose."""
        return self._bases.are_several

    async def of(self, dataset_id: DatasetId) -> Base:
        """Return what was chosen; the host's first where nothing was, or where that is gone."""
        chosen = await self._store.bases.chosen(dataset_id)
        return self._bases.labelled(chosen) or self._bases.first

    async def captioner(self, dataset_id: DatasetId) -> CaptionerChoice | None:
        """Choose what reads a draft's drawings, for its base."""
        return self._captioner(await self.of(dataset_id))

    async def wait_known(self, dataset_id: DatasetId) -> None:
        """Wait until the engine has held a draft's base once, or why it cannot is known."""
        await (await self.of(dataset_id)).known.wait()

    async def choose(self, dataset_id: DatasetId, owner_id: OwnerId, wanted: str) -> Base:
        """Train a draft on this base.

        Words that a machine gave are given again where this base was taught others: sentences for
        tags, or tags for sentences. What a person wrote or changed stays. UserError bases.unknown,
        train.unknown_dataset, train.sealed.
        """
        base = self._bases.named(wanted)
        await own_draft(self._store, dataset_id, owner_id)
        captioner = self._captioner(base)
        async with self._store.db.write():
            await self._store.bases.choose(dataset_id, base.label)
            if captioner is not None and captioner.source is speaks(base.family.name):
                await self._store.captions.forget_others(dataset_id, captioner.source)
        self._wake_reader()
        return base
