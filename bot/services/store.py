"""The repositories over one database, and the blobs: what the services keep things in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from data.blobs import Blobs
from data.db import Database
from data.repos.bases import BaseRepo
from data.repos.brought import BroughtRepo
from data.repos.captions import CaptionRepo
from data.repos.characters import CharacterRepo
from data.repos.checkpoint_votes import CheckpointVoteRepo
from data.repos.checkpoints import CheckpointRepo
from data.repos.consents import ConsentRepo
from data.repos.datasets import DatasetRepo
from data.repos.defaults import DefaultRepo
from data.repos.erasure import ErasureRepo
from data.repos.exports import ExportRepo
from data.repos.jobs import JobRepo
from data.repos.kept import KeptRepo
from data.repos.kinds import KindRepo
from data.repos.looks import LookRepo
from data.repos.meta import MetaRepo
from data.repos.own_marks import OwnMarkRepo
from data.repos.people import PeopleRepo
from data.repos.pictures import PictureRepo
from data.repos.presets import PresetRepo
from data.repos.recipe_choices import RecipeChoiceRepo
from data.repos.rehearsals import RehearsalRepo
from data.repos.removals import RemovalRepo
from data.repos.splits import SplitRepo
from data.repos.starts import StartRepo
from data.repos.states import StateRepo
from data.repos.styles import StyleRepo
from data.repos.votes import VoteRepo


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """All of the store; `db.write()` around several calls makes them one transaction."""

    db: Database
    blobs: Blobs
    bases: BaseRepo
    brought: BroughtRepo
    captions: CaptionRepo
    characters: CharacterRepo
    checkpoint_votes: CheckpointVoteRepo
    checkpoints: CheckpointRepo
    consents: ConsentRepo
    datasets: DatasetRepo
    defaults: DefaultRepo
    erasure: ErasureRepo
    exports: ExportRepo
    jobs: JobRepo
    kinds: KindRepo
    kept: KeptRepo
    looks: LookRepo
    meta: MetaRepo
    own_marks: OwnMarkRepo
    people: PeopleRepo
    pictures: PictureRepo
    presets: PresetRepo
    rehearsals: RehearsalRepo
    recipe_choices: RecipeChoiceRepo
    removals: RemovalRepo
    splits: SplitRepo
    starts: StartRepo
    states: StateRepo
    styles: StyleRepo
    votes: VoteRepo
    #: held while a file is put and its row is written, and while files without rows are removed
    gate: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def over(cls, db: Database, blobs: Blobs) -> Store:
        """Put the repositories over an open database."""
        return cls(
            db=db,
            blobs=blobs,
            bases=BaseRepo(db),
            brought=BroughtRepo(db),
            captions=CaptionRepo(db),
            characters=CharacterRepo(db),
            checkpoint_votes=CheckpointVoteRepo(db),
            checkpoints=CheckpointRepo(db),
            consents=ConsentRepo(db),
            datasets=DatasetRepo(db),
            defaults=DefaultRepo(db),
            erasure=ErasureRepo(db),
            exports=ExportRepo(db),
            jobs=JobRepo(db),
            kinds=KindRepo(db),
            kept=KeptRepo(db),
            looks=LookRepo(db),
            meta=MetaRepo(db),
            own_marks=OwnMarkRepo(db),
            people=PeopleRepo(db),
            pictures=PictureRepo(db),
            presets=PresetRepo(db),
            rehearsals=RehearsalRepo(db),
            recipe_choices=RecipeChoiceRepo(db),
            removals=RemovalRepo(db),
            splits=SplitRepo(db),
            starts=StartRepo(db),
            states=StateRepo(db),
            styles=StyleRepo(db),
            votes=VoteRepo(db),
        )

    async def remove_unreferenced(self, sha256s: Iterable[str]) -> None:
        """Remove those of these files that no row names any more."""
        asked = set(sha256s)
        if not asked:
            return
        async with self.gate:
            for sha256 in await self.erasure.unreferenced(asked):
                await self.blobs.remove(sha256)

    async def sweep(self) -> None:
        """Remove all files that no row names; for the start."""
        async with self.gate:
            await self.blobs.sweep(await self.erasure.referenced(), min_age_s=0)
