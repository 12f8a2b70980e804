"""All repositories over one database, and short ways to fill it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from itertools import count

from data.db import Database
from data.models import (
    Checkpoint,
    Dataset,
    Job,
    JobKind,
    JobState,
    OwnerId,
    Picture,
    Place,
    Style,
    StyleVersion,
)
from data.repos.captions import CaptionRepo
from data.repos.characters import CharacterRepo
from data.repos.checkpoint_votes import CheckpointVoteRepo
from data.repos.checkpoints import CheckpointRepo
from data.repos.consents import ConsentRepo
from data.repos.datasets import DatasetRepo
from data.repos.defaults import DefaultRepo
from data.repos.erasure import ErasureRepo
from data.repos.jobs import JobRepo
from data.repos.meta import MetaRepo
from data.repos.people import PeopleRepo
from data.repos.pictures import PictureRepo
from data.repos.presets import PresetRepo
from data.repos.rehearsals import RehearsalRepo
from data.repos.removals import RemovalRepo
from data.repos.states import StateRepo
from data.repos.styles import StyleRepo
from data.repos.votes import VoteRepo

ANNA = OwnerId(11)
BORIS = OwnerId(22)
CLARA = OwnerId(33)
GUILD = 900
ELSEWHERE = 901
CHANNEL = 5


def sha_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(kw_only=True)
class Shelf:
    """All repositories over one database, and makers of whole stories; the clock is a counter."""

    db: Database
    ticks: count[int] = field(default_factory=lambda: count(1_000))

    def __post_init__(self) -> None:
        self.captions = CaptionRepo(self.db)
        self.characters = CharacterRepo(self.db)
        self.checkpoint_votes = CheckpointVoteRepo(self.db)
        self.checkpoints = CheckpointRepo(self.db)
        self.consents = ConsentRepo(self.db)
        self.datasets = DatasetRepo(self.db)
        self.defaults = DefaultRepo(self.db)
        self.erasure = ErasureRepo(self.db)
        self.jobs = JobRepo(self.db)
        self.meta = MetaRepo(self.db)
        self.people = PeopleRepo(self.db)
        self.pictures = PictureRepo(self.db)
        self.presets = PresetRepo(self.db)
        self.rehearsals = RehearsalRepo(self.db)
        self.removals = RemovalRepo(self.db)
        self.states = StateRepo(self.db)
        self.styles = StyleRepo(self.db)
        self.votes = VoteRepo(self.db)

    def now(self) -> int:
        return next(self.ticks)

    async def queue(
        self,
        owner_id: OwnerId = ANNA,
        kind: JobKind = JobKind.DRAW,
        *,
        guild_id: int | None = GUILD,
        channel_id: int = CHANNEL,
        parent_id: int | None = None,
        message_id: int | None = None,
        style: Style | None = None,
        quiet: bool = False,
        once_key: str | None = None,
    ) -> Job:
        return await self.jobs.create(
            kind=kind,
            owner_id=owner_id,
            place=Place(
                guild_id=guild_id,
                channel_id=channel_id,
                message_id=message_id,
                parent_id=parent_id,
            ),
            locale="en",
            request_json="{}",
            style_id=None if style is None else style.id,
            quiet=quiet,
            now=self.now(),
            once_key=once_key,
        )

    async def claim(self) -> Job:
        job = await self.jobs.claim(self.now())
        assert job is not None
        return job

    async def begin(self) -> Job:
        """Claim, and let the engine begin it."""
        job = await self.claim()
        assert await self.jobs.note_begun(job.id, job.attempt)
        return job

    async def lose(self, job: Job, deaths: int = 3) -> Job | None:
        """The engine died with it."""
        return await self.jobs.recover(
            job.id, job.attempt, self.now(), deaths=deaths, error_key="engine.lost"
        )

    async def end(self, job: Job, state: JobState = JobState.DONE) -> bool:
        key = "engine.broken" if state is JobState.FAILED else None
        return await self.jobs.finish(job.id, job.attempt, state, key, None, self.now())

    async def picture(self, job: Job, ordinal: int = 0, content: str | None = None) -> Picture:
        picture = await self.pictures.add(
            job.id,
            job.attempt,
            ordinal,
            sha_of(content or f"picture {job.id} {ordinal}"),
            "{}",
            1,
            job.style_id,
            self.now(),
        )
        assert picture is not None
        return picture

    async def drawn(
        self,
        owner_id: OwnerId = ANNA,
        *,
        pictures: int = 1,
        guild_id: int | None = GUILD,
        channel_id: int = CHANNEL,
        parent_id: int | None = None,
        message_id: int | None = None,
        style: Style | None = None,
        quiet: bool = False,
    ) -> tuple[Picture, ...]:
        """A whole finished draw."""
        await self.queue(
            owner_id,
            guild_id=guild_id,
            channel_id=channel_id,
            parent_id=parent_id,
            message_id=message_id,
            style=style,
            quiet=quiet,
        )
        job = await self.claim()
        made = [await self.picture(job, ordinal) for ordinal in range(pictures)]
        assert await self.end(job)
        return tuple(made)

    async def dataset(self, owner_id: OwnerId = ANNA, *contents: str) -> Dataset:
        """A draft with these drawings."""
        draft = await self.datasets.open_draft(owner_id, "ink", GUILD, CHANNEL, self.now())
        for content in contents:
            await self.datasets.add_drawing(draft.id, sha_of(content), "a.png", 64, 64, "cat")
        return draft

    async def training(
        self, style: Style, dataset: Dataset | None = None, *, base_sha256: str = "b" * 64
    ) -> tuple[Job, StyleVersion]:
        """A claimed training of the style's next version."""
        queued = await self.queue(style.owner_id, JobKind.TRAIN, style=style)
        version = await self.styles.add_version(
            style.id,
            base="builtin",
            base_sha256=base_sha256,
            family="builtin",
            dataset_id=None if dataset is None else dataset.id,
            job_id=queued.id,
            recipe_json="{}",
            now=self.now(),
        )
        job = await self.claim()
        assert job.id == queued.id
        return job, version

    async def checkpoint(
        self, job: Job, version: StyleVersion, step: int, *samples: str
    ) -> Checkpoint | None:
        return await self.checkpoints.add(
            version.id,
            job.attempt,
            step=step,
            steps=500,
            loss=0.1,
            held_out_loss=None,
            style_sha256=sha_of(f"style {version.id} {step}"),
            state_sha256=sha_of(f"state {version.id} {step}"),
            sample_sha256s=[sha_of(sample) for sample in samples],
            now=self.now(),
        )

    async def trained(
        self, owner_id: OwnerId = ANNA, name: str = "Ink", *, guild_id: int | None = GUILD
    ) -> tuple[Style, StyleVersion, Checkpoint]:
        """A style with one finished version and one checkpoint."""
        style = await self.styles.create(owner_id, name, guild_id, self.now())
        version = await self.next_version(style)
        (saved,) = await self.checkpoints.of_version(version.id)
        return style, version, saved

    async def next_version(self, style: Style) -> StyleVersion:
        """Another finished version of a style."""
        job, version = await self.training(style)
        assert await self.checkpoint(job, version, 500) is not None
        assert await self.end(job)
        return version

    async def share(self, version: StyleVersion) -> StyleVersion:
        """Let the server draw with a version; return it as it is then."""
        await self.styles.share(version.id, self.now())
        return await self.styles.version(version.id)
