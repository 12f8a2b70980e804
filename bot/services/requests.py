"""From a job's row to what the engine is asked, leaving out what earlier attempts finished."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.services.bases import Bases
from bot.services.captions_training import for_training
from bot.services.filenames import file_stem
from bot.services.store import Store
from bot.services.tasks import read_draw_task, read_train_recipe, read_train_task
from data.errors import NotFound
from data.models import Checkpoint, Drawing, Job, JobKind, Split
from engine.errors import JobFailed
from engine.pictures.recipe import Recipe
from engine.protocol import DrawRequest, FileRef, Request, TrainDrawing, TrainRequest


def missing_ordinals(recipes: int, drawn: Iterable[int]) -> tuple[int, ...]:
    """List the places of the grid that have no picture yet."""
    done = set(drawn)
    return tuple(ordinal for ordinal in range(recipes) if ordinal not in done)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One attempt's request."""

    request: Request
    #: of a draw: the place in the whole grid of every recipe that is asked for
    ordinals: tuple[int, ...] = ()


class RequestBuilder:
    """Builds one attempt's request."""

    def __init__(self, store: Store, bases: Bases) -> None:
        self._store = store
        self._bases = bases

    async def build(self, job: Job) -> Work | None:
        """Build it; None when nothing is left to do. JobFailed where its base is not to be had."""
        base = self._bases.labelled(job.base)
        if base is None:
            raise JobFailed("job.base_gone", base=job.base)
        if base.trouble is not None:
            raise JobFailed(base.trouble.key, **base.trouble.facts)
        return await (self._draw(job) if job.kind is JobKind.DRAW else self._train(job))

    async def _draw(self, job: Job) -> Work | None:
        recipes = read_draw_task(job).recipes
        drawn = await self._store.pictures.of_job(job.id)
        left = missing_ordinals(len(recipes), (picture.ordinal for picture in drawn))
        if not left:
            return None
        wanted = tuple(recipes[ordinal] for ordinal in left)
        request = DrawRequest(
            request_id=request_id(job),
            recipes=wanted,
            files=self._files(wanted),
            previews=job.place.channel_id is not None,  # else nobody looks
            owner=str(job.owner_id),
        )
        return Work(request=request, ordinals=left)

    async def _train(self, job: Job) -> Work | None:
        task = read_train_task(job)
        version = await self._store.styles.version_of_job(job.id)
        if version is None:
            raise NotFound(job.id)
        settings = await self._store.captions.settings(task.dataset_id)
        kinds = await self._store.kinds.get(task.dataset_id)
        drawings = for_training(
            await self._store.datasets.drawings(task.dataset_id),
            settings,
            version.family,
            kinds.words(),
        )
        saved = await self._store.checkpoints.of_version(version.id)
        if any(checkpoint.step >= checkpoint.steps for checkpoint in saved):
            return None
        style = await self._store.styles.get(version.style_id)
        siblings = await self._store.styles.of_owner(style.owner_id)
        request = TrainRequest(
            request_id=request_id(job),
            name=file_stem(style, siblings),
            drawings=tuple(self._drawing(drawing) for drawing in drawings),
            recipe=read_train_recipe(job),
            samples=task.samples,
            bare=bool(task.samples) and not version.bare_sha256s,
            asked_ms=job.created_ms,
            trigger=settings.trigger,
            tells_tags=settings.tells_tags,
            resume=self._resume(saved),
            finished=self._ref(task.finished_sha256) if task.is_brought else None,
            owner=str(job.owner_id),
        )
        return Work(request=request)

    def _drawing(self, drawing: Drawing) -> TrainDrawing:
        return TrainDrawing(
            file=self._ref(drawing.sha256),
            caption=drawing.caption,
            held_out=drawing.split is Split.HELD_OUT,
        )

    def _resume(self, saved: tuple[Checkpoint, ...]) -> FileRef | None:
        for checkpoint in sorted(saved, key=lambda one: one.step, reverse=True):
            if checkpoint.state_sha256 is not None:
                return self._ref(checkpoint.state_sha256)
        return None

    def _files(self, recipes: tuple[Recipe, ...]) -> tuple[FileRef, ...]:
        names = {use.sha256: None for recipe in recipes for use in recipe.adapters}
        names |= {recipe.start_sha256: None for recipe in recipes if recipe.start_sha256}
        return tuple(self._ref(sha256) for sha256 in names)

    def _ref(self, sha256: str) -> FileRef:
        return FileRef(path=str(self._store.blobs.path(sha256)), sha256=sha256)


def request_id(job: Job) -> str:
    """Name one attempt, so that no answer of an earlier one can be taken for it."""
    return f"{job.id}.{job.attempt}"
