"""The composition root: everything is built and owned here, and nowhere else."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bot.clock import Clock, RealClock
from bot.config import Settings
from bot.errors import UserError
from bot.files_page.server import FilesPage
from bot.platform.local_socket import serve
from bot.platform.lock import FolderHeld, hold_folder
from bot.services.base import Base
from bot.services.captioners import CaptionerChoice, choose_captioner
from bot.services.captions import CaptionService
from bot.services.captions_reading import CaptionReader
from bot.services.captions_tags import TagRules
from bot.services.choice import ChoiceService
from bot.services.collection import CollectionService
from bot.services.datasets import DatasetService
from bot.services.dispatch import Dispatcher
from bot.services.drawing.remakes import Remakes
from bot.services.drawing.sketches import SketchService
from bot.services.draws import DrawService
from bot.services.feed import Feed
from bot.services.files.delivery import DeliveryService
from bot.services.files.exports import Exporter
from bot.services.gallery import GalleryService
from bot.services.handover import HandoverHost
from bot.services.intake import IntakeService
from bot.services.jobs import JobService
from bot.services.kinds import KindService
from bot.services.limits import JobLimit
from bot.services.mending import MendingService
from bot.services.outbox import Outbox
from bot.services.own_marks import OwnMarkService
from bot.services.people import PeopleService
from bot.services.privacy import PrivacyService
from bot.services.recipes import RecipeService
from bot.services.removal import Remover
from bot.services.sharing import SharingService
from bot.services.store import Store
from bot.services.styles import StyleService
from bot.services.surface import Surface
from bot.services.theatre import TheatreService
from bot.services.trainings import TrainService
from bot.services.votes import VoteService
from data.blobs import Blobs
from data.db import Database
from engine.base.families import guess_family
from engine.client import EngineClient, EngineSettings
from engine.errors import StartHindered, StartKilled, StartRefused
from engine.supervisor import ProcessEngine

log = logging.getLogger(__name__)

ASSETS = Path(__file__).resolve().parents[1] / "data" / "assets"
BUILTIN = "builtin"
DATABASE_NAME = "ownhand.db"


class App:
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
        self.base = Base(
            engine, base_place(settings), settings.base_model, family=_named_family(settings)
        )
        self._dispatcher = Dispatcher(
            store, engine, self.feed, clock, parallel=settings.parallel_jobs
        )
        self._outbox: Outbox | None = None
        self._remover: Remover | None = None
        self._engine_start: asyncio.Task[None] | None = None
        #: set by the first try to start, however it went
        self._engine_answered = asyncio.Event()
        self._closing = AsyncExitStack()
        # Tasks belong to whoever opened the app, not to a Discord client that attaches itself.
        self._context = contextvars.copy_context()
        self._build_services(wake=self._dispatcher.wake)

    def _build_services(self, *, wake: Callable[[], None]) -> None:
        settings, store, base, feed, clock = (
            self.settings, self.store, self.base, self.feed, self.clock
        )  # fmt: skip
        limit = JobLimit(store, settings.max_jobs_per_person)
        self.intake = IntakeService(
            max_bytes=settings.max_upload_mb * 1_000_000, min_edge=lambda: base.min_edge
        )
        rules = TagRules.of(settings.tag_blacklist, characters=settings.tag_characters)
        self.reader = CaptionReader(store, self.engine, self._captioner, rules)
        self.datasets = DatasetService(
            store,
            self.intake,
            clock,
            max_drawings=settings.max_drawings,
            wake_reader=self.reader.wake,
        )
        self.files_page = FilesPage(settings, clock, self.datasets)
        self.captions = CaptionService(store, self.reader, clock, wake_reader=self.reader.wake)
        self.mending = MendingService(store, self.intake, base, wake_reader=self.reader.wake)
        self.kinds = KindService(store)
        self.recipes = RecipeService(store, base, most_steps=settings.max_train_steps)
        self.collection = CollectionService(
            store, self.mending, clock, wake_reader=self.reader.wake
        )
        self.styles = StyleService(store, base, clock)
        self.jobs = JobService(store, feed, clock, stop_running=self._dispatcher.cancel)
        self.draws = DrawService(store, base, feed, clock, self.jobs, wake=wake, limit=limit)
        self.sketches = SketchService(self.intake)
        self.remakes = Remakes(self.jobs, self.draws, base)
        self.own_marks = OwnMarkService(store, self.jobs, clock)
        self._exporter = Exporter(store, settings.export_dir)
        self.trainings = TrainService(
            store, base, feed, clock,
            wake=wake, limit=limit, steps=settings.train_steps, captioned=self.reader.settle,
        )  # fmt: skip
        self.sharing = SharingService(store, base, clock, shared=self._exporter.wake)
        self.deliveries = DeliveryService(store, self.sharing)
        self.theatre = TheatreService(store)
        self.choice = ChoiceService(store, base)
        self.votes = VoteService(store, clock)
        self.gallery = GalleryService(store, clock)
        self.people = PeopleService(store)
        self.privacy = PrivacyService(store, self.jobs, clock, wake_remover=self._wake_erasing)

    async def start(self) -> None:
        """Take up interrupted jobs, begin to start the engine, and serve the command line.

        Returns without waiting for the engine: requests wait for it by themselves.
        """
        await self.store.sweep()
        await self.base.recall(self.store)
        self._engine_start = asyncio.create_task(self._start_engine(), name="engine start")
        await self._dispatcher.start()
        self.reader.start()
        server = await serve(self.settings.state_dir, HandoverHost(self).handle)
        self._closing.push_async_callback(server.aclose)
        await self.files_page.start()
        self._closing.push_async_callback(self.files_page.aclose)
        self._exporter.start()
        self._closing.push_async_callback(self._exporter.aclose)

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
        self._exporter.wake()

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

    def _captioner(self) -> CaptionerChoice | None:
        is_builtin = self.settings.base_model.lower() == BUILTIN
        try:
            return choose_captioner(self.settings, self.base.family.name, is_builtin=is_builtin)
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

    async def _first_handshake(self) -> None:
        """Wait until the engine serves, however often its start is hindered or cut off."""
        while True:
            try:
                return await self.engine.start()
            except (StartHindered, StartKilled):  # its supervision logs why, and tries again
                self._engine_answered.set()


def base_place(settings: Settings) -> Path:
    """Say where the base lies."""
    is_builtin = settings.base_model.lower() == BUILTIN
    return ASSETS / BUILTIN if is_builtin else Path(settings.base_model).expanduser()


def base_family(settings: Settings) -> str:
    """Say what the base is by the settings, else by a look at it; OSError where that fails."""
    return _named_family(settings) or guess_family(base_place(settings))


def _named_family(settings: Settings) -> str | None:
    return None if settings.base_family == "auto" else settings.base_family


def engine_settings(settings: Settings, *, outbox: Path | None = None) -> EngineSettings:
    """Say how the engine's process starts."""
    state = settings.state_dir.absolute()
    return EngineSettings(
        base=base_place(settings),
        config=settings.base_config and settings.base_config.absolute(),
        family=_named_family(settings),
        outbox=outbox or state / "outbox",
        shelf=Blobs(state / "blobs").derived,
        graphs=state / "compiled" if settings.compiles else None,
        device=settings.device,
        gpu_memory_gb=settings.gpu_memory_gb,
        slots=settings.style_slots,
        slot_rank=settings.slot_rank,
        threads=settings.engine_threads,
        draws_at_once=settings.parallel_jobs,
        training_share=settings.training_percent / 100,
        start_timeout_s=settings.engine_start_timeout_s,
    )


def process_engine(settings: Settings) -> ProcessEngine:
    """Build the engine that runs in its own process."""
    return ProcessEngine(engine_settings(settings))


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
