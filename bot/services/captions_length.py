"""Captions that are longer than a training reads."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.services.base_choice import BaseChoice
from bot.services.captions_training import for_training
from bot.services.store import Store
from data.models import DatasetId, Drawing, DrawingId
from engine.base.counting import TokenCounter
from engine.base.windows import CAPTION_WINDOWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """What a training leaves out of the captions of a set."""

    #: the end of every caption that is too long, as the training would be told it
    ends: dict[DrawingId, str] = field(default_factory=dict[DrawingId, str])
    #: their drawings' places in the set, from 1
    numbers: tuple[int, ...] = ()
    #: how many tokens are read
    tokens: int = 0


class CaptionLengths:
    """Looks at captions as the draft's base would read them."""

    def __init__(self, store: Store, base_choice: BaseChoice) -> None:
        self._store = store
        self._base_choice = base_choice

    async def unread(self, dataset_id: DatasetId) -> Unread:
        """Find what is left out; nothing where the base's tokenizers cannot be read."""
        base = await self._base_choice.of(dataset_id)
        kinds = await self._store.kinds.get(dataset_id)
        drawings = for_training(
            await self._store.datasets.drawings(dataset_id),
            await self._store.captions.settings(dataset_id),
            base.family.name,
            kinds.words(),
        )
        return await asyncio.to_thread(lambda: _unread(base.counter, drawings))


def _unread(counter: TokenCounter | None, drawings: Iterable[Drawing]) -> Unread:
    if counter is None:
        return Unread()
    ends = {drawing.id: counter.unread(drawing.caption) for drawing in drawings}
    return Unread(
        ends={drawing_id: end for drawing_id, end in ends.items() if end},
        numbers=tuple(number for number, end in enumerate(ends.values(), 1) if end),
        tokens=CAPTION_WINDOWS * counter.room,
    )
