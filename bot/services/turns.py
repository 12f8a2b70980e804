"""Which base is loaded: one at a time, and each has its turn.

A base keeps its turn while others wait for theirs, but not longer than the host sets. Then drawings
that run are finished, a training is put aside at its next checkpoint, where nothing of it is lost,
and the base follows whose job has waited the longest.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import Final

from bot.clock import Clock
from bot.services.base import Base
from bot.services.bases import Bases
from bot.services.store import Store
from data.models import JobKind
from engine.client import EngineClient
from engine.errors import StartHindered, StartRefused

log = logging.getLogger(__name__)

#: how often to look whether a turn is over, while somebody waits for another base
LOOK_S: Final = 1.0


class BaseTurns:
    """Decides when another base's turn comes, and lets it have it."""

    def __init__(
        self, store: Store, engine: EngineClient, bases: Bases, clock: Clock, *, turn_s: int
    ) -> None:
        self._store = store
        self._engine = engine
        self._bases = bases
        self._clock = clock
        self._turn_ms = turn_s * 1000
        self._began_ms = 0
        #: whose turn is next, as soon as nothing runs
        self.next: Base | None = None
        #: when to look again by oneself; None: when something happens
        self.look_s: float | None = None
        #: nobody waits for the loaded base: it was only to be known
        self._is_visit = False

    @property
    def away(self) -> tuple[str, ...]:
        """What the bases are called whose jobs go on waiting."""
        others = [base for base in self._bases if not base.is_resident and base.trouble is None]
        return tuple(label for base in others for label in self._labels(base))

    def may_begin(self, kind: JobKind, running: Collection[JobKind]) -> bool:
        """Tell whether the loaded base takes another job of this kind.

        Drawings go on while a training is on its way to its checkpoint.
        """
        if self.next is None:
            return True
        return kind is JobKind.DRAW and JobKind.TRAIN in running

    async def settle(self, running: Collection[JobKind]) -> None:
        """See whose turn it is; load another base when its turn has come and nothing runs."""
        if not self._bases.are_several:
            return
        self.next = await self._due(running)
        if self.next is not None and not running:
            base, self.next = self.next, None
            await self._load(base)

    async def _due(self, running: Collection[JobKind]) -> Base | None:
        since = self._since(await self._store.bases.waited_for())
        here = self._bases.resident
        others = {base: at for base, at in since.items() if base is not here}
        if not self._engine.serving and self._engine.refusal is None:  # it starts
            self.look_s = LOOK_S
            return None
        self.look_s = LOOK_S if others else None
        is_idle = here not in since and not running
        if not others:
            return self._unknown() if is_idle and not since else None
        oldest = min(others, key=lambda base: others[base])
        waited_ms = self._clock.now_ms() - max(others[oldest], self._began_ms)
        return oldest if is_idle or waited_ms >= self._turn_ms else None

    def _unknown(self) -> Base | None:
        """Choose a base that nothing is known of, or the first again after such a visit."""
        for base in self._bases:
            if not base.sha256 and base.refusal is None:
                return base
        here = self._bases.resident
        return self._bases.first if self._is_visit and here is not self._bases.first else None

    def _since(self, waiting: Mapping[str, int]) -> dict[Base, int]:
        since: dict[Base, int] = {}
        for base in self._bases:
            found = [waiting[label] for label in self._labels(base) if label in waiting]
            if found and base.trouble is None:
                since[base] = min(found)
        return since

    def _labels(self, base: Base) -> tuple[str, ...]:
        return (base.label, "") if base is self._bases.first else (base.label,)

    async def _load(self, base: Base) -> None:
        waited_for = self._since(await self._store.bases.waited_for())
        log.info("the engine goes over to the base %s", base.label)
        try:
            await self._engine.switch(base.place)
        except StartHindered:
            raise  # the host's matter, not the base's: it is tried again
        except StartRefused as refusal:
            log.error("the base %s cannot be loaded: %s", base.label, refusal)
            base.note_trouble(refusal)
        else:
            await base.remember(self._store)
        self._is_visit = base not in waited_for
        self._began_ms = self._clock.now_ms()
        self.look_s = 0.0
