"""From a draft of drawings to a style."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.clock import Clock
from bot.errors import UserError
from bot.services.base import Base
from bot.services.captions_training import for_training
from bot.services.feed import Feed
from bot.services.filenames import file_stem
from bot.services.files.style_file import StyleFile
from bot.services.limits import JobLimit
from bot.services.measured import MeasuredSpeed
from bot.services.ownership import own_style
from bot.services.store import Store
from bot.services.tasks import TrainTask, task_to_json
from bot.services.trainplan import (
    MIN_DRAWINGS,
    TrainPlan,
    held_out,
    sample_recipes,
    train_recipe,
)
from bot.services.undrawable import why_undrawable
from data.errors import NotFound
from data.models import (
    Checkpoint,
    CheckpointId,
    Dataset,
    DatasetId,
    Drawing,
    DrawingId,
    Job,
    JobKind,
    OwnerId,
    Place,
    Style,
    StyleCard,
    StyleId,
    VersionId,
)
from data.repos.styles import fold_name
from engine.protocol import TrainRecipe

#: Version of the sentences that *Start* shows; a change of words takes the next number.
CONSENT_TEXT = "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    dataset: Dataset
    drawings: tuple[Drawing, ...]
    aside: frozenset[DrawingId]
    on_all: bool
    recipe: TrainRecipe
    style: Style | None
    number: int

    @property
    def trained_on(self) -> int:
        return len(self.drawings) - len(self.aside)


class TrainService:
    """Plan, start and publish trainings."""

    def __init__(
        self,
        store: Store,
        base: Base,
        feed: Feed,
        clock: Clock,
        *,
        wake: Callable[[], None],
        shared: Callable[[], None],
        limit: JobLimit,
        steps: int | None,
        captioned: Callable[[DatasetId], Awaitable[None]],
    ) -> None:
        self._store = store
        self._base = base
        self._feed = feed
        self._clock = clock
        self._wake = wake
        #: called when others may draw with something else than before
        self._shared = shared
        self._limit = limit
        self._steps = steps
        self._captioned = captioned

    async def plan(self, dataset_id: DatasetId, owner_id: OwnerId) -> TrainPlan:
        """Say what would be trained.

        UserError train.too_few (count, least), train.unknown_dataset, train.sealed.
        """
        ready = await self._prepare(dataset_id, owner_id)
        per_step = await MeasuredSpeed(self._store).seconds_per_step(self._base.family.name)
        return TrainPlan(
            dataset=ready.dataset,
            drawings=len(ready.drawings),
            held_out=len(ready.aside),
            on_all=ready.on_all,
            steps=ready.recipe.steps,
            batch=ready.recipe.batch,
            exposures=round(ready.recipe.steps * ready.recipe.batch / ready.trained_on),
            seconds=None if per_step is None else round(per_step * ready.recipe.steps),
            number=ready.number,
        )

    async def start(
        self,
        dataset_id: DatasetId,
        *,
        owner_id: OwnerId,
        locale: str = "en",
        place: Place | None = None,
        quiet: bool = False,
    ) -> Job:
        """Seal the dataset, keep the consent, make style, version and job; then wake the engine.

        UserError as `plan`, and draw.too_many_jobs, engine.starting, or why no engine starts;
        train.still_reading when drawings are still being captioned after a while.
        """
        self._base.require()
        await self._captioned(dataset_id)
        async with self._store.db.write():
            await self._limit.check(owner_id)
            ready = await self._prepare(dataset_id, owner_id)
            now = self._clock.now_ms()
            await self._store.datasets.seal(dataset_id, ready.aside, now)
            await self._keep_consent(ready, owner_id, quiet=quiet)
            style = ready.style or await self._store.styles.create(
                owner_id, ready.dataset.name, ready.dataset.guild_id, now
            )
            job = await self._store.jobs.create(
                kind=JobKind.TRAIN,
                owner_id=owner_id,
                place=place or Place(),
                locale=locale,
                request_json=task_to_json(self._task(ready)),
                style_id=style.id,
                quiet=quiet,
                now=now,
                steps=ready.recipe.steps,
            )
            await self._store.styles.add_version(
                style.id,
                base=self._base.name,
                base_sha256=self._base.sha256,
                family=self._base.family.name,
                dataset_id=dataset_id,
                job_id=job.id,
                recipe_json=json.dumps(dataclasses.asdict(ready.recipe)),
                now=now,
            )
        self._feed.publish(job.id)
        self._wake()
        return job

    async def publish(
        self,
        style_id: StyleId,
        owner_id: OwnerId,
        *,
        guild_id: int | None = None,
        version_id: VersionId | None = None,
    ) -> StyleCard:
        """Let the server where a style was trained draw with one of its versions.

        Without `version_id` it is the one that the owner draws with. `guild_id` is where that is
        asked. Returns the style as its owner draws with it. UserError style.not_yours,
        style.no_server (trained outside of a server), style.elsewhere (asked in another server
        than that: "this server" would mean the wrong one), style.not_trained, style.old_base.
        """
        style = await own_style(self._store, style_id, owner_id)
        if style.guild_id is None:
            raise UserError("style.no_server", name=style.name)
        if guild_id is not None and guild_id != style.guild_id:
            raise UserError("style.elsewhere", name=style.name)
        card = await self._own_card(style, version_id, self._base.sha256 or None)
        if card.version is None:
            raise await why_undrawable(
                self._store, self._base, style, owner_id, style.guild_id, version_id
            )
        await self._store.styles.share(card.version.id, self._clock.now_ms())
        self._shared()
        return await self._own_card(style, None, self._base.sha256 or None)

    async def keep_private(
        self, style_id: StyleId, owner_id: OwnerId, *, version_id: VersionId | None = None
    ) -> StyleCard:
        """Let only its owner draw with this version, or with all; UserError style.not_yours."""
        style = await own_style(self._store, style_id, owner_id)
        await self._store.styles.unshare(style_id, version_id)
        self._shared()
        return await self._own_card(style, None, self._base.sha256 or None)

    async def choose_checkpoint(self, checkpoint_id: CheckpointId, owner_id: OwnerId) -> Checkpoint:
        """Draw with this checkpoint from now on; UserError style.not_yours."""
        try:
            checkpoint = await self._store.styles.checkpoint(checkpoint_id)
            version = await self._store.styles.version(checkpoint.version_id)
        except NotFound:
            raise UserError("style.not_yours") from None
        await own_style(self._store, version.style_id, owner_id)
        await self._store.styles.publish(checkpoint_id)
        self._shared()
        return checkpoint

    async def style_file(
        self, style_id: StyleId, owner_id: OwnerId, *, version_id: VersionId | None = None
    ) -> StyleFile:
        """Find the LoRA file of this version, or of the newest, for its owner.

        UserError style.not_yours, style.not_trained, style.file_missing.
        """
        style = await own_style(self._store, style_id, owner_id)
        card = await self._own_card(style, version_id, None)
        if card.checkpoint is None or card.version is None:
            raise UserError("style.not_trained", name=style.name)
        path = self._store.blobs.path(card.checkpoint.style_sha256)
        stem = file_stem(style, await self._store.styles.of_owner(owner_id))
        name = f"{stem}-v{card.version.number}-{card.checkpoint.step}.safetensors"
        if not path.is_file():
            raise UserError("style.file_missing", style=style.name)
        return StyleFile(
            path=path,
            file_name=name,
            size_bytes=path.stat().st_size,
            sha256=card.checkpoint.style_sha256,
            style=style,
            version=card.version,
            cover=next(map(self._store.blobs.path, card.checkpoint.sample_sha256s), None),
        )

    async def _own_card(
        self, style: Style, version_id: VersionId | None, base_sha256: str | None
    ) -> StyleCard:
        card = await self._store.styles.card(
            style.id, style.owner_id, style.guild_id, base_sha256, version_id=version_id
        )
        if card is None:  # deleted a moment ago
            raise UserError("style.not_yours")
        return card

    async def _prepare(self, dataset_id: DatasetId, owner_id: OwnerId) -> _Prepared:
        try:
            dataset = await self._store.datasets.get(dataset_id)
        except NotFound:
            raise UserError("train.unknown_dataset") from None
        if dataset.owner_id != owner_id:
            raise UserError("train.unknown_dataset")
        if dataset.sealed_ms is not None:
            raise UserError("train.sealed", name=dataset.name)
        drawings = for_training(
            await self._store.datasets.drawings(dataset_id),
            await self._store.captions.settings(dataset_id),
            self._base.family.name,
        )
        if len(drawings) < MIN_DRAWINGS:
            raise UserError("train.too_few", count=len(drawings), least=MIN_DRAWINGS)
        style = await self._named_as(dataset)
        versions = () if style is None else await self._store.styles.versions(style.id)
        on_all = await self._store.splits.trains_on_all(dataset_id)
        aside = held_out(drawings, on_all=on_all)
        return _Prepared(
            dataset=dataset,
            drawings=drawings,
            aside=aside,
            on_all=on_all,
            recipe=train_recipe(self._base, len(drawings) - len(aside), self._steps),
            style=style,
            number=max((version.number for version in versions), default=0) + 1,
        )

    async def _named_as(self, dataset: Dataset) -> Style | None:
        """Find the owner's style of that name in that server: what is trained is its next."""
        for style in await self._store.styles.of_owner(dataset.owner_id):
            same_name = fold_name(style.name) == fold_name(dataset.name)
            if same_name and style.guild_id == dataset.guild_id:
                return style
        return None

    async def _keep_consent(self, ready: _Prepared, owner_id: OwnerId, *, quiet: bool) -> None:
        await self._store.consents.give(
            owner_id,
            "train",
            f"{CONSENT_TEXT}-{'quiet' if quiet else 'open'}",
            ready.dataset.id,
            [drawing.sha256 for drawing in ready.drawings],
            self._clock.now_ms(),
        )

    def _task(self, ready: _Prepared) -> TrainTask:
        return TrainTask(
            dataset_id=ready.dataset.id,
            style_name=ready.dataset.name,
            number=ready.number,
            drawings=len(ready.drawings),
            held_out=len(ready.aside),
            recipe=ready.recipe,
            samples=sample_recipes(self._base, ready.drawings),
        )
