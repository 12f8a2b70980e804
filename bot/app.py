"""The composition root: everything is built and owned here, and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.clock import Clock
from bot.config import Settings
from bot.services.datasets import DatasetService
from bot.services.draws import DrawService
from bot.services.feed import Feed
from bot.services.gallery import GalleryService
from bot.services.intake import IntakeService
from bot.services.jobs import JobService
from bot.services.people import PeopleService
from bot.services.privacy import PrivacyService
from bot.services.styles import StyleService
from bot.services.surface import Surface
from bot.services.trainings import TrainService
from bot.services.votes import VoteService
from data.blobs import Blobs
from data.db import Database
from engine.client import EngineClient


class App:
    """What a surface needs: the services, and a place to be attached to."""

    settings: Settings
    clock: Clock
    db: Database
    blobs: Blobs
    engine: EngineClient
    feed: Feed
    intake: IntakeService
    datasets: DatasetService
    styles: StyleService
    jobs: JobService
    draws: DrawService
    trainings: TrainService
    votes: VoteService
    gallery: GalleryService
    people: PeopleService
    privacy: PrivacyService

    async def start(self) -> None:
        """Take up interrupted jobs, start the engine and the dispatcher."""
        raise NotImplementedError

    def attach(self, surface: Surface) -> None:
        """Show jobs there from now on, first all that were not announced."""
        raise NotImplementedError

    async def detach(self) -> None:
        """Stop showing jobs; waits for a show that runs."""
        raise NotImplementedError


@asynccontextmanager
async def open_app(
    settings: Settings, *, engine: EngineClient | None = None, clock: Clock | None = None
) -> AsyncIterator[App]:
    """Take the state folder, open everything in order, close it in reverse.

    Raises UserError state.held when another process has the folder.
    """
    raise NotImplementedError
    yield
