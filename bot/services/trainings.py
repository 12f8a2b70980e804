"""From a draft of drawings to a style."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.clock import Clock
from bot.errors import UserError
from bot.services.base import Base
from bot.services.base_choice import BaseChoice
from bot.services.brought import RECIPE as BROUGHT_RECIPE
from bot.services.brought import Brought, brought_with
from bot.services.captions_training import for_training
from bot.services.feed import Feed
from bot.services.limits import JobLimit
from bot.services.measured import MeasuredSpeed
from bot.services.recipes import USUAL, chosen_recipe
from bot.services.store import Store
from bot.services.tasks import TrainTask, task_to_json
from bot.services.trainplan import (
    MIN_DRAWINGS,
    TrainPlan,
    held_out,
    sample_recipes,
    train_recipe,
)
from data.choices import RecipeChoice
from data.errors import NotFound
from data.models import (
    Dataset,
    DatasetId,
    Drawing,
    DrawingId,
    Job,
    JobKind,
    OwnerId,
    Place,
    Style,
)
from data.repos.styles import fold_name
from engine.protocol import TrainRecipe

#: Version of the sentences that *Start* shows; a change of words takes the next number.
CONSENT_TEXT = "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    dataset: Dataset
    base: Base
    drawings: tuple[Drawing, ...]
    aside: frozenset[DrawingId]
    on_all: bool
    choice: RecipeChoice
    recipe: TrainRecipe
    style: Style | None
    number: int
    #: what it is that was trained elsewhere already
    brought: Brought | None

    @property
    def trained_on(self) -> int:
        return len(self.drawings) - len(self.aside)


class TrainService:
    """Plan, start and publish trainings."""

    def __init__(
        self,
        store: Store,
        base_choice: BaseChoice,
        feed: Feed,
        clock: Clock,
        *,
        wake: Callable[[], None],
        limit: JobLimit,
        steps: int | None,
        captioned: Callable[[DatasetId], Awaitable[None]],
    ) -> None:
        self._store = store
        self._base_choice = base_choice
        self._feed = feed
        self._clock = clock
        self._wake = wake
        self._limit = limit
        self._steps = steps
        self._captioned = captioned

    async def plan(self, dataset_id: DatasetId, owner_id: OwnerId) -> TrainPlan:
        """Say what would be trained.

        UserError train.too_few (count, least), train.unknown_dataset, train.sealed.
        """
        ready = await self._prepare(dataset_id, owner_id)
        per_step = await MeasuredSpeed(self._store).seconds_per_step(ready.base.family.name)
        footprint = ready.base.footprint
        return TrainPlan(
            dataset=ready.dataset,
            base=ready.base.label if self._base_choice.are_several else None,
            drawings=len(ready.drawings),
            held_out=len(ready.aside),
            on_all=ready.on_all,
            steps=ready.recipe.steps,
            batch=ready.recipe.batch,
            recipe=ready.choice,
            variants=_variants(ready),
            exposures=round(ready.recipe.steps * ready.recipe.batch / ready.trained_on),
            seconds=None if per_step is None else round(per_step * ready.recipe.steps),
            memory_bytes=None if footprint is None else footprint.peak_bytes(ready.recipe),
            on_gpu=ready.base.device not in (None, "cpu"),
            number=ready.number,
            brought=None if ready.brought is None else ready.brought.source_file,
        )

    async def ready(self, dataset_id: DatasetId, owner_id: OwnerId) -> TrainPlan:
        """Wait for the last captions where nothing else is in the way of `start`; then plan.

        UserError as `plan`, and draw.too_many_jobs, engine.starting, or why no engine starts;
        train.still_reading when drawings are still being captioned after a while.
        """
        (await self._base_choice.of(dataset_id)).require()
        await self._limit.check(owner_id)
        await self._prepare(dataset_id, owner_id)
        await self._captioned(dataset_id)
        return await self.plan(dataset_id, owner_id)

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

        Of a style that was brought the job makes no step, and its end makes it the artist's own.
        UserError as `ready`, and import.not_own where the name is another imported style's.
        """
        await self.ready(dataset_id, owner_id)
        async with self._store.db.write():
            await self._limit.check(owner_id)
            ready = await self._prepare(dataset_id, owner_id)
            is_foreign = ready.style is not None and ready.style.source_file is not None
            if is_foreign and ready.brought is None:
                raise UserError("import.not_own", name=ready.dataset.name)
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
                base=ready.base.label,
            )
            await self._store.styles.add_version(
                style.id,
                base=ready.base.name,
                base_sha256=ready.base.sha256,
                family=ready.base.family.name,
                dataset_id=dataset_id,
                job_id=job.id,
                recipe_json=_recipe_json(ready),
                now=now,
            )
        self._feed.publish(job.id)
        self._wake()
        return job

    async def _prepare(self, dataset_id: DatasetId, owner_id: OwnerId) -> _Prepared:
        try:
            dataset = await self._store.datasets.get(dataset_id)
        except NotFound:
            raise UserError("train.unknown_dataset") from None
        if dataset.owner_id != owner_id:
            raise UserError("train.unknown_dataset")
        if dataset.sealed_ms is not None:
            raise UserError("train.sealed", name=dataset.name)
        kinds = await self._store.kinds.get(dataset_id)
        base = await self._base_choice.of(dataset_id)
        drawings = for_training(
            await self._store.datasets.drawings(dataset_id),
            await self._store.captions.settings(dataset_id),
            base.family.name,
            kinds.words(),
        )
        if len(drawings) < MIN_DRAWINGS:
            raise UserError("train.too_few", count=len(drawings), least=MIN_DRAWINGS)
        brought = await brought_with(self._store, dataset_id)
        style = await self._named_as(dataset) if brought is None else brought.style
        on_all = await self._store.splits.trains_on_all(dataset_id)
        aside = held_out(drawings, on_all=on_all, kinds=kinds.of)
        choice = await self._store.recipe_choices.get(dataset_id) or USUAL
        trained_on = len(drawings) - len(aside)
        return _Prepared(
            dataset=dataset,
            base=base,
            drawings=drawings,
            aside=aside,
            on_all=on_all,
            choice=choice,
            recipe=BROUGHT_RECIPE
            if brought is not None
            else train_recipe(base, trained_on, self._steps, choice),
            style=style,
            number=await self._next_number(style) if brought is None else brought.number,
            brought=brought,
        )

    async def _next_number(self, style: Style | None) -> int:
        versions = () if style is None else await self._store.styles.versions(style.id)
        return max((version.number for version in versions), default=0) + 1

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
            "train" if ready.brought is None else "brought",
            f"{CONSENT_TEXT}-{'quiet' if quiet else 'open'}",
            ready.dataset.id,
            [drawing.sha256 for drawing in ready.drawings],
            self._clock.now_ms(),
        )

    def _task(self, ready: _Prepared) -> TrainTask:
        return TrainTask(
            dataset_id=ready.dataset.id,
            style_name=ready.dataset.name if ready.brought is None else ready.brought.style.name,
            number=ready.number,
            drawings=len(ready.drawings),
            held_out=len(ready.aside),
            recipe=ready.recipe,
            samples=sample_recipes(ready.base, ready.drawings),
            source_file="" if ready.brought is None else ready.brought.source_file,
            finished_sha256="" if ready.brought is None else ready.brought.sha256,
        )


def _recipe_json(ready: _Prepared) -> str:
    """Spell how the version is made; of one that was made elsewhere, that that is not known."""
    if ready.brought is not None:
        return json.dumps({"trained_elsewhere": ready.brought.source_file})
    return json.dumps(dataclasses.asdict(ready.recipe))


def _variants(ready: _Prepared) -> tuple[int, int] | None:
    """Say how many cuts and orders are taken, where they are fewer than the recipe's."""
    if ready.brought is not None:
        return None
    wanted = chosen_recipe(ready.base.family.name, ready.trained_on, ready.choice)
    taken = ready.recipe.crops, ready.recipe.captions
    return None if taken == (wanted.crops, wanted.captions) else taken
