"""Drawings without words are read by the engine, in the background, however often it stops.

The rows are the truth: what has no words yet is read, whatever a process before this one began.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from itertools import count

from bot.errors import Fact, UserError
from bot.services.captioners import CaptionerChoice
from bot.services.captions_tags import TagRules, caption_of
from bot.services.store import Store
from data.captions import CaptionSource
from data.models import (
    DatasetId,
    Drawing,
)
from engine.backoff import Backoff
from engine.client import EngineClient
from engine.protocol import Captioned, CaptionRequest, Done, Failed, FileRef, Lost

log = logging.getLogger(__name__)

#: A training waits so long for the last captions before it says that they are still coming.
PATIENCE_S = 20.0
#: Drawings of one request: whoever handed over two hundred, others are not kept waiting for them.
AT_ONCE = 8
#: A drawing that the engine died with so often takes whole processes down with it.
MAX_DEATHS = 3
RETRY_FIRST_S = 1.0
RETRY_MOST_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How far the captions of one dataset are."""

    #: None when nothing here reads drawings
    captioner: CaptionerChoice | None
    #: captions that a machine made
    read: int
    #: drawings that will get some
    waiting: int
    #: of `read`, those that BLIP made; the others are the tagger's
    by_blip: int = 0
    #: drawings that nobody gave words, and nothing will
    bare: int = 0
    #: why it reads no further
    refusal: tuple[str, dict[str, Fact]] | None = None


class CaptionReader:
    """Owned by the app; reads one draft after the other."""

    def __init__(
        self,
        store: Store,
        engine: EngineClient,
        choose: Callable[[DatasetId], Awaitable[CaptionerChoice | None]],
        rules: TagRules,
        *,
        retry_first_s: float = RETRY_FIRST_S,
    ) -> None:
        self._store = store
        self._engine = engine
        self._choose = choose
        self._rules = rules
        self._retry_first_s = retry_first_s
        self._woken = asyncio.Event()
        self._changed = asyncio.Event()
        self._refusals: dict[DatasetId, tuple[str, dict[str, Fact]]] = {}
        self._deaths: dict[DatasetId, int] = {}
        self._numbers = count(1)
        #: the request that each draft was last served by
        self._served: dict[DatasetId, int] = {}
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with what an earlier process left."""
        self._loop = asyncio.create_task(self._run(), name="captions")
        self.wake()

    def wake(self) -> None:
        """Look for drawings without words soon, also where it failed before; never blocks."""
        self._refusals.clear()
        self._deaths.clear()
        self._woken.set()
        self.tell()

    def tell(self) -> None:
        """Let all who wait in `settle` look again: drawings got words, or need none any more."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def aclose(self) -> None:
        """Stop; the rest is read after the next start."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)

    async def reading(self, dataset_id: DatasetId) -> Reading:
        """Say how far a dataset is."""
        drawings = await self._store.datasets.drawings(dataset_id)
        often = Counter(one.source for one in drawings)
        captioner, refusal = await self._choose(dataset_id), self._refusals.get(dataset_id)
        goes_on = captioner is not None and refusal is None
        return Reading(
            captioner=captioner,
            read=often[CaptionSource.TAGGER] + often[CaptionSource.BLIP],
            by_blip=often[CaptionSource.BLIP],
            waiting=often[None] if goes_on else 0,
            bare=0 if goes_on else often[None],
            refusal=refusal,
        )

    async def settle(self, dataset_id: DatasetId, *, patience_s: float | None = PATIENCE_S) -> None:
        """Wait until a draft has all the captions that it will get.

        UserError train.still_reading (read, all) when that takes longer than `patience_s`.
        """
        try:
            async with asyncio.timeout(patience_s):
                while True:
                    changed = self._changed
                    if not (await self.reading(dataset_id)).waiting:
                        return
                    await changed.wait()
        except TimeoutError:
            now = await self.reading(dataset_id)
            if now.waiting:
                raise UserError(
                    "train.still_reading", count=now.read, of=now.read + now.waiting
                ) from None

    # --- the loop ---------------------------------------------------------------------------

    async def _run(self) -> None:
        waits = Backoff(self._retry_first_s, RETRY_MOST_S)
        while True:
            self._woken.clear()
            try:
                is_done = await self._read_all()
            except Exception:  # top of the loop; the store may come back
                log.exception("reading drawings stumbled")
                is_done = False
            if is_done:
                await self._woken.wait()
                waits = Backoff(self._retry_first_s, RETRY_MOST_S)
            else:
                await asyncio.sleep(waits.after(0.0))

    async def _read_all(self) -> bool:
        """Read a few drawings of each draft in turn; False when the engine was lost on the way."""
        while True:
            waiting = await self._store.captions.datasets_without_words()
            captioners = {one: await self._choose(one) for one in waiting}
            open_ones = {
                one: captioner
                for one, captioner in captioners.items()
                if captioner is not None and one not in self._refusals
            }
            if not open_ones:
                return True
            dataset_id = min(open_ones, key=lambda one: self._served.get(one, 0))
            captioner = open_ones[dataset_id]
            drawings = (await self._store.captions.without_words(dataset_id))[:AT_ONCE]
            if drawings and not await self._read(captioner, dataset_id, drawings):
                return False

    async def _read(
        self, captioner: CaptionerChoice, dataset_id: DatasetId, drawings: tuple[Drawing, ...]
    ) -> bool:
        number = self._served[dataset_id] = next(self._numbers)
        request = CaptionRequest(
            request_id=f"captions.{dataset_id}.{number}",
            files=tuple(self._ref(one.sha256) for one in drawings),
            captioner=captioner.kind,
            model=captioner.model,
            threshold=captioner.threshold,
        )
        told = 0
        async with aclosing(self._engine.submit(request)) as events:
            async for event in events:
                match event:
                    case Captioned():
                        told += 1
                        await self._keep(drawings[event.index], event, captioner)
                        if not await self._store.captions.without_words(dataset_id):
                            return True  # nobody needs the rest: discarded, or trained already
                    case Failed(key=key, facts=facts):
                        log.warning("drawings of %s cannot be read: %s %s", dataset_id, key, facts)
                        if await self._wait_still(dataset_id, drawings[told:]):
                            self._refuse(dataset_id, key, dict(facts))
                    case Lost():
                        return self._note_death(dataset_id)
                    case Done():
                        if not told:  # or it would be asked for ever
                            self._refuse(dataset_id, "engine.internal", {})
                    case _:
                        pass
        return True

    async def _keep(self, drawing: Drawing, seen: Captioned, captioner: CaptionerChoice) -> None:
        caption = caption_of(seen, self._rules)
        await self._store.captions.give_words(drawing.id, caption, captioner.source)
        self._deaths.pop(drawing.dataset_id, None)
        self.tell()

    async def _wait_still(self, dataset_id: DatasetId, asked: tuple[Drawing, ...]) -> bool:
        """Tell whether all these drawings wait as they were.

        The engine reads files, and an artist may take drawings out or cut them meanwhile.
        """
        waiting = await self._store.captions.without_words(dataset_id)
        now = {(one.id, one.sha256) for one in waiting}
        return all((one.id, one.sha256) in now for one in asked)

    def _note_death(self, dataset_id: DatasetId) -> bool:
        deaths = self._deaths[dataset_id] = self._deaths.get(dataset_id, 0) + 1
        if deaths >= MAX_DEATHS:
            self._refuse(dataset_id, "engine.lost", {})
        return False

    def _refuse(self, dataset_id: DatasetId, key: str, facts: dict[str, Fact]) -> None:
        self._refusals[dataset_id] = (key, facts)
        self.tell()

    def _ref(self, sha256: str) -> FileRef:
        return FileRef(path=str(self._store.blobs.path(sha256)), sha256=sha256)
