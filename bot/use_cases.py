"""All services of one bot, built over one store; `App` owns their lives."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.clock import Clock
from bot.config import Settings
from bot.files_page.server import FilesPage
from bot.services.base import Base
from bot.services.base_choice import BaseChoice
from bot.services.bases import Bases
from bot.services.brought import BroughtService
from bot.services.captioners import CaptionerChoice
from bot.services.captions import CaptionService
from bot.services.captions_length import CaptionLengths
from bot.services.captions_reading import CaptionReader
from bot.services.captions_tags import TagRules
from bot.services.choice import ChoiceService
from bot.services.collection import CollectionService
from bot.services.datasets import DatasetService
from bot.services.drawing.characters import CharacterService
from bot.services.drawing.defaults import DefaultService
from bot.services.drawing.lengths import PromptLengths
from bot.services.drawing.presets import PresetService
from bot.services.drawing.remakes import Remakes
from bot.services.drawing.series import SeriesService
from bot.services.drawing.sketches import SketchService
from bot.services.draws import DrawService
from bot.services.feed import Feed
from bot.services.files.copies import StyleCopies
from bot.services.files.delivery import DeliveryService
from bot.services.files.exports import Exporter
from bot.services.gallery import GalleryService
from bot.services.imports import ImportService
from bot.services.intake import IntakeService
from bot.services.jobs import JobService
from bot.services.kinds import KindService
from bot.services.limits import JobLimit
from bot.services.mending import MendingService
from bot.services.own_marks import OwnMarkService
from bot.services.people import PeopleService
from bot.services.privacy import PrivacyService
from bot.services.recipes import RecipeService
from bot.services.sharing import SharingService
from bot.services.store import Store
from bot.services.style_care import StyleCareService
from bot.services.styles import StyleService
from bot.services.theatre import TheatreService
from bot.services.trainings import TrainService
from bot.services.votes import VoteService
from data.models import JobId
from engine.client import EngineClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What the services call of the application around them."""

    #: a job was written
    wake: Callable[[], None]
    #: stop a job that runs
    cancel: Callable[[JobId], Awaitable[None]]
    #: a person was erased
    wake_remover: Callable[[], None]
    captioner: Callable[[Base], CaptionerChoice | None]


class Services:
    """The use cases, by name."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        engine: EngineClient,
        bases: Bases,
        feed: Feed,
        clock: Clock,
        wiring: Wiring,
    ) -> None:
        wake, cancel = wiring.wake, wiring.cancel
        wake_remover, captioner = wiring.wake_remover, wiring.captioner
        limit = JobLimit(store, settings.max_jobs_per_person)
        self.intake = IntakeService(
            max_bytes=settings.max_upload_mb * 1_000_000,
            min_edge=lambda: min(base.min_edge for base in bases),
        )
        rules = TagRules.of(settings.tag_blacklist, characters=settings.tag_characters)
        self.base_choice = BaseChoice(
            store, bases, captioner, wake_reader=lambda: self.reader.wake()
        )
        self.reader = CaptionReader(store, engine, self.base_choice.captioner, rules)
        self.datasets = DatasetService(
            store,
            self.intake,
            clock,
            max_drawings=settings.max_drawings,
            wake_reader=self.reader.wake,
        )
        self.files_page = FilesPage(settings, clock, self.datasets)
        self.captions = CaptionService(store, self.reader, clock, wake_reader=self.reader.wake)
        self.caption_lengths = CaptionLengths(store, self.base_choice)
        self.mending = MendingService(
            store, self.intake, self.base_choice, wake_reader=self.reader.wake
        )
        self.kinds = KindService(store)
        self.recipes = RecipeService(store, self.base_choice, most_steps=settings.max_train_steps)
        self.collection = CollectionService(
            store, self.mending, clock, wake_reader=self.reader.wake
        )
        self.brought = BroughtService(
            store, bases, self.base_choice, self.collection, self.captions, clock
        )
        self.imports = ImportService(store, bases, self.intake, clock, settings.lora_dir)
        self.styles = StyleService(store, bases, clock)
        self.jobs = JobService(store, feed, clock, stop_running=cancel)
        self.characters = CharacterService(store, clock)
        self.presets = PresetService(store, clock)
        self.defaults = DefaultService(store, self.presets, clock)
        self.draws = DrawService(
            store, bases, feed, clock, self.jobs, self.characters, self.presets, self.defaults,
            wake=wake, limit=limit, may_choose=settings.draw_bases,
        )  # fmt: skip
        self.prompt_lengths = PromptLengths(bases)
        self.series = SeriesService(self.characters)
        self.sketches = SketchService(self.intake)
        self.remakes = Remakes(store, self.jobs, self.draws, bases)
        self.own_marks = OwnMarkService(store, self.jobs, clock)
        copies = StyleCopies(store.blobs)
        self.exporter = Exporter(store, copies, settings.export_dir)
        self.trainings = TrainService(
            store, self.base_choice, feed, clock,
            wake=wake, limit=limit, steps=settings.train_steps, captioned=self.reader.settle,
        )  # fmt: skip
        self.sharing = SharingService(store, bases, clock, copies, shared=self.exporter.wake)
        self.deliveries = DeliveryService(store, self.sharing)
        self.style_care = StyleCareService(store, clock, changed=self.exporter.wake)
        self.theatre = TheatreService(store)
        self.choice = ChoiceService(store, bases)
        self.votes = VoteService(store, clock)
        self.gallery = GalleryService(store, clock)
        self.people = PeopleService(store)
        self.privacy = PrivacyService(store, self.jobs, clock, wake_remover=wake_remover)
