"""The composition root: everything is built and owned here, and nowhere else."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bot.clock import Clock, RealClock
from bot.config import Settings
from bot.engine_setup import ASSETS, BUILTIN, list_bases, process_engine
from bot.errors import UserError
from bot.platform.local_socket import serve
from bot.platform.lock import FolderHeld, hold_folder
from bot.services.base import Base
from bot.services.bases import Bases
from bot.services.captioners import CaptionerChoice, choose_captioner
from bot.services.dispatch import Dispatcher
from bot.services.feed import Feed
from bot.services.handover import HandoverHost
from bot.services.outbox import Outbox
from bot.services.removal import Remover
from bot.services.store import Store
from bot.services.surface import Surface
from bot.use_cases import Services, Wiring
from data.blobs import Blobs
from data.db import Database
from engine.client import EngineClient
from engine.errors import StartHindered, StartKilled, StartRefused

log = logging.getLogger(__name__)

DATABASE_NAME = "ownhand.db"


class App(Services):
    """What a surface needs: the services, and a place to be attached to."""

    def __init__(
        self, settings: Settings, clock: Clock, store: Store, engine: EngineClient
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.store = store
        self.db = store.db
        self.blobs = store.blobs
        self.engine = engine
        self.feed = Feed()
        self.host_turn = asyncio.Lock()
        self.bases = Bases(list_bases(settings, engine))
        self.base = self.bases.first
        self._dispatcher = Dispatcher(
            store, engine, self.feed, clock, self.bases,
            parallel=settings.parallel_jobs, turn_s=settings.base_turn_s,
        )  # fmt: skip
        self._outbox: Outbox | None = None
        self._remover: Remover | None = None
        self._engine_start: asyncio.Task[None] | None = None
        #: set by the first try to start, however it went
        self._engine_answered = asyncio.Event()
        self._closing = AsyncExitStack()
        # Tasks belong to whoever opened the app, not to a Discord client that attaches itself.
        self._context = contextvars.copy_context()
        wiring = Wiring(
            wake=self._dispatcher.wake,
            cancel=self._dispatcher.cancel,
            wake_remover=self._wake_erasing,
            captioner=self._captioner,
        )
        super().__init__(settings, store, engine, self.bases, self.feed, clock, wiring)

    async def start(self) -> None:
        """Take up interrupted jobs, begin to start the engine, and serve the command line.

        Returns without waiting for the engine: requests wait for it by themselves.
        """
        await self.store.sweep()
        await self.bases.recall(self.store)
        self._engine_start = asyncio.create_task(self._start_engine(), name="engine start")
        await self._dispatcher.start()
        self.reader.start()
        server = await serve(self.settings.state_dir, HandoverHost(self).handle)
        self._closing.push_async_callback(server.aclose)
        await self.files_page.start()
        self._closing.push_async_callback(self.files_page.aclose)
        self.exporter.start()
        self._closing.push_async_callback(self.exporter.aclose)

    async def wait_ready(self) -> None:
        """Wait until the engine serves; UserError when it does not start."""
        if self._engine_start is None:
            raise RuntimeError("the app was not started")
        await self._engine_answered.wait()
        if self.base.refusal is not None:
            raise UserError(self.base.refusal.key, **self.base.refusal.facts)

    def attach(self, surface: Surface) -> None:
        """Show jobs there from now on, first all that were not announced; delete what must go."""
        if self._outbox is not None:
            raise RuntimeError("detach the other surface first")
        self._outbox = Outbox(
            self.store, self.jobs, self.feed, self.clock, surface, wake_remover=self._wake_remover
        )
        self._remover = Remover(self.store, self.clock, surface)
        self._outbox.start(self._context)
        self._remover.start(self._context)

    async def detach(self) -> None:
        """Stop showing jobs; what is not announced is shown at the next `attach`."""
        owned = (self._outbox, self._remover)
        self._outbox = self._remover = None
        for one in owned:
            if one is not None:
                await one.aclose()

    def _wake_erasing(self) -> None:
        self._wake_remover()
        self.exporter.wake()

    def _wake_remover(self) -> None:
        if self._remover is not None:
            self._remover.wake()

    async def aclose(self) -> None:
        """Stop everything in reverse; running jobs go on at the next start."""
        await self.detach()
        await self._closing.aclose()
        await self.reader.aclose()
        await self._dispatcher.aclose()
        if self._engine_start is not None:
            self._engine_start.cancel()
            await asyncio.gather(self._engine_start, return_exceptions=True)
        await self.engine.aclose()

    def _captioner(self, base: Base) -> CaptionerChoice | None:
        is_builtin = base.place == ASSETS / BUILTIN
        try:
            return choose_captioner(self.settings, base.family.name, is_builtin=is_builtin)
        except UserError:  # the base cannot be opened; whoever needs it says so
            return None

    async def _start_engine(self) -> None:
        try:
            await self._first_handshake()
            await self.base.remember(self.store)
            log.info("the engine is ready on %s", self.engine.ready.device)
        except StartRefused as refusal:
            log.error("the engine refuses to start: %s", refusal)
        except Exception:  # top of the task: nobody else would say it
            log.exception("the engine did not start")
        finally:
            self._engine_answered.set()
            self._dispatcher.wake()  # another base's turn may have come

    async def _first_handshake(self) -> None:
        """Wait until the engine serves, however often its start is hindered or cut off."""
        while True:
            try:
                return await self.engine.start()
            except (StartHindered, StartKilled):  # its supervision logs why, and tries again
                self._engine_answered.set()


@asynccontextmanager
async def open_app(
    settings: Settings, *, engine: EngineClient | None = None, clock: Clock | None = None
) -> AsyncGenerator[App]:
    """Take the state folder, open everything in order, close it in reverse.

    Raises UserError state.held when another process has the folder, doctor.state_unusable when
    it cannot be made or written to.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(_hold(settings.state_dir))
        db = await Database.open(settings.state_dir / DATABASE_NAME)
        stack.push_async_callback(db.aclose)
        store = Store.over(db, Blobs(settings.state_dir.absolute() / "blobs"))
        app = App(settings, clock or RealClock(), store, engine or process_engine(settings))
        stack.push_async_callback(app.aclose)
        yield app


@contextlib.contextmanager
def _hold(folder: Path) -> Generator[None]:
    try:
        lock = hold_folder(folder)
    except FolderHeld as held:
        raise UserError("state.held", folder=str(folder), pid=held.pid or 0) from held
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError("doctor.state_unusable", folder=str(folder), reason=reason) from error
    with lock:
        yield
