"""A base that this server draws with, as far as planning needs to know it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Generator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from bot.errors import UserError
from bot.services.store import Store
from engine.base.counting import TokenCounter, read_counter
from engine.base.families import Family, family_of, guess_family
from engine.base.place import base_name, find_base
from engine.base.tokens import KnownWords, read_words
from engine.client import EngineClient
from engine.errors import EngineDied, JobFailed, StartHindered, StartRefused
from engine.lora.foreign.anatomy import Anatomy, read_anatomy
from engine.protocol import Ready
from engine.training.footprint import Footprint

log = logging.getLogger(__name__)

#: Shortest edge of a drawing, as a part of the side that the base draws.
_EDGE_PART = 4
_EDGE_LEAST = 64


def anatomy_of(place: Path, config: Path | None = None) -> Anatomy:
    """Read the layers of a base, of a single file by its configurations.

    UserError import.base_unknown.
    """
    try:
        return read_anatomy(find_base(place, config).config)
    except (JobFailed, OSError, KeyError, TypeError, ValueError) as error:
        raise UserError("import.base_unknown") from error


class Base:
    """Family, hash and words of a base; from memory while the engine does not serve it."""

    def __init__(
        self,
        engine: EngineClient,
        place: Path,
        setting: str,
        *,
        family: str | None = None,
        config: Path | None = None,
        label: str | None = None,
        is_first: bool = True,
    ) -> None:
        self._engine = engine
        #: what the host says that it is
        self._named_family = family
        self.place = place
        self._config = config
        self._setting = setting
        self._is_first = is_first
        self._remembered_sha256 = ""
        self._remembered_family = ""
        #: why the engine could not go over to it
        self._trouble: StartRefused | None = None
        #: set once the engine has held it, or could not
        self.known = asyncio.Event()
        #: what people choose it by
        self.label = label or base_name(place)
        #: as the engine calls it, in recipes and files too: without the way to it on this machine
        self.name = base_name(place)

    @property
    def is_resident(self) -> bool:
        """Whether this is the one that the engine holds, or starts with."""
        return self._is_first if self._engine.base is None else self._engine.base == self.place

    @property
    def trouble(self) -> StartRefused | None:
        """Why the engine could not go over to it; until the next start it is not tried again."""
        return self._trouble

    def note_trouble(self, refusal: StartRefused) -> None:
        """Keep that the engine could not go over to it."""
        self._trouble = refusal
        self.known.set()

    @property
    def refusal(self) -> StartRefused | None:
        """Why the engine does not serve it, when that is known."""
        return self._engine.refusal if self.is_resident else self._trouble

    @property
    def family(self) -> Family:
        """The family that the engine told; until then what the engine will take it for."""
        ready = self._ready()
        try:
            return family_of(self._known_family() if ready is None else ready.family)
        except KeyError:
            return family_of("sdxl")

    @property
    def sha256(self) -> str:
        """The base's sha256; before the engine is up what it was when this folder last served.

        Empty when it never did. The engine refuses what was planned for a base that is gone.
        """
        ready = self._ready()
        return self._remembered_sha256 if ready is None else ready.base_sha256

    @property
    def device(self) -> str | None:
        """What the engine computes on; None until it is up."""
        ready = self._ready()
        return None if ready is None else ready.device

    @property
    def footprint(self) -> Footprint | None:
        """What a training here takes; None until the engine has told it."""
        ready = self._ready()
        return None if ready is None else ready.footprint

    @cached_property
    def words(self) -> KnownWords | None:
        """All words that the base knows; None for a base that knows language."""
        with self._open_place():
            return read_words(self.place)

    @cached_property
    def counter(self) -> TokenCounter | None:
        """Count as its text encoders do; None where their tokenizers cannot be read.

        Reading those of SDXL takes tenths of a second: ask for it in a thread.
        """
        try:
            return read_counter(find_base(self.place, self._config).config)
        except (JobFailed, OSError, KeyError, TypeError, ValueError) as error:
            log.warning("the tokenizers of %s cannot be read: %r", self.name, error)
            return None

    @cached_property
    def anatomy(self) -> Anatomy:
        """All layers of the base that a LoRA file can change; UserError import.base_unknown."""
        return anatomy_of(self.place, self._config)

    @property
    def min_edge(self) -> int:
        """The shortest edge of a drawing that can be learned from, pixels."""
        return max(_EDGE_LEAST, min(self.family.width, self.family.height) // _EDGE_PART)

    def require_host(self) -> None:
        """Raise UserError while the host hinders the engine: nobody knows for how long."""
        if isinstance(self.refusal, StartHindered):
            raise UserError(self.refusal.key, **self.refusal.facts)

    def require(self) -> None:
        """Raise UserError until this engine has told what a style would be trained on."""
        if self.refusal is not None:
            raise UserError(self.refusal.key, **self.refusal.facts)
        # What is not loaded now was loaded before, or its hash would not be known.
        is_known = self._ready() is not None if self.is_resident else bool(self.sha256)
        if not is_known:
            raise UserError("engine.starting")

    async def recall(self, store: Store) -> None:
        """Take the hash that an engine told for this base some earlier time."""
        self._remembered_sha256 = await store.meta.get(self._key) or ""
        self._remembered_family = await store.meta.get(f"{self._key}:family") or ""
        if self._remembered_sha256:
            self.known.set()

    async def remember(self, store: Store) -> None:
        """Keep what the engine tells of it, while it is served and for the next start."""
        ready = self._ready()
        if ready is not None:
            self._remembered_sha256, self._remembered_family = ready.base_sha256, ready.family
            self.known.set()
            await store.meta.put(self._key, ready.base_sha256)
            await store.meta.put(f"{self._key}:family", ready.family)

    def _known_family(self) -> str:
        if self._named_family is not None:
            return self._named_family
        if not self.is_resident and self._remembered_family:
            return self._remembered_family
        with self._open_place():
            return guess_family(self.place)

    @contextmanager
    def _open_place(self) -> Generator[None]:
        """Raise UserError engine.base_unreadable where the folder cannot be opened."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            raise UserError("engine.base_unreadable", base=self._setting, reason=reason) from error

    @property
    def _key(self) -> str:
        return f"base_sha256:{self._setting}"

    def _ready(self) -> Ready | None:
        try:
            return self._engine.ready if self.is_resident else None
        except EngineDied:
            return None
