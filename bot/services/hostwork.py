"""What the host does without Discord: train on a folder, draw a prompt, follow it to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing
from pathlib import Path
from typing import Any, Protocol

from bot.clock import Clock
from bot.errors import UserError
from bot.services.base import Base
from bot.services.base_choice import BaseChoice
from bot.services.bases import Bases
from bot.services.brought import BroughtService
from bot.services.captions_reading import CaptionReader
from bot.services.datasets import DatasetService, IntakeReport
from bot.services.draws import DrawService
from bot.services.files.style_file import StyleFile
from bot.services.host_folder import list_folder
from bot.services.import_sources import on_host
from bot.services.imports import ImportOrder, ImportService
from bot.services.jobs import JobService, JobView
from bot.services.names import DEFAULT_NAME
from bot.services.orders import DrawOrder, DrawPlan
from bot.services.recipes import RecipeService
from bot.services.redrawing import plan_redraw
from bot.services.sharing import SharingService
from bot.services.stacks import parse_stack
from bot.services.store import Store
from bot.services.tasks import read_draw_task
from bot.services.trainings import TrainService
from bot.services.unfinished import imported, unfinished
from bot.services.wishes import (
    BringWish,
    Drawn,
    DrawnPicture,
    DrawWish,
    Exported,
    ExportWish,
    Health,
    ImportWish,
    Progressed,
    RedrawWish,
    RefusedFile,
    TakenIn,
    Tell,
    Trained,
    TrainWish,
)
from data.choices import RecipeChoice
from data.models import HOST, Job, JobId, JobState
from engine.errors import facts_of
from engine.pictures.recipe_json import recipe_from_json
from engine.training.recipes import OWN


class WorkApp(Protocol):
    """The part of the app that host work needs."""

    clock: Clock
    store: Store
    datasets: DatasetService
    reader: CaptionReader
    recipes: RecipeService
    draws: DrawService
    trainings: TrainService
    sharing: SharingService
    jobs: JobService
    base: Base
    bases: Bases
    imports: ImportService
    brought: BroughtService
    base_choice: BaseChoice
    #: held from the folder to the job: the host has one draft, and a second folder clears it
    host_turn: asyncio.Lock

    async def wait_ready(self) -> None:
        """Wait until the engine serves; UserError when it refuses to start."""
        ...


class HostWork:
    """One wish of the host, through the same services as everybody's."""

    def __init__(self, app: WorkApp) -> None:
        self._app = app
        self._job_id: JobId | None = None

    async def abandon(self) -> None:
        """Stop the job of this wish, which was cancelled: whoever asked has left."""
        if self._job_id is not None:
            await self._app.jobs.stop(self._job_id)

    async def train(self, wish: TrainWish, tell: Tell) -> Trained:
        """Train to the end; a training of this name that was interrupted goes on instead.

        UserError for bad input, and with the reason when the training fails.
        """
        report: IntakeReport | None = None
        async with self._app.host_turn:
            job = await unfinished(self._app.store, wish.style)
            if job is None:
                report = await self._take_folder(wish)
                # Bad input is told before a minute is spent on loading the base.
                await self._app.trainings.plan(report.dataset.id, HOST)
                await self._app.wait_ready()
                await self._app.base_choice.wait_known(report.dataset.id)
                await self._app.reader.settle(report.dataset.id, patience_s=None)
                job = await self._begun(self._app.trainings.start(report.dataset.id, owner_id=HOST))
        return await self._trained(job, report, tell)

    async def bring(self, wish: BringWish, tell: Tell) -> Trained:
        """Import a file that the host trained on these drawings elsewhere; follow it to its end.

        Given again after it was interrupted, it takes what was imported, and follows what is
        begun. UserError as `take_in`, and as `train`; with too few drawings nothing is imported.
        """
        order = await self._import_order(wish.source, wish.style, wish.base)
        async with self._app.host_turn:
            name = wish.style or DEFAULT_NAME
            taken = await self._take_folder(TrainWish(folder=wish.folder, style=name))
            dataset_id = taken.dataset.id
            await self._app.trainings.plan(dataset_id, HOST)
            await self._app.wait_ready()
            style = await imported(self._app.imports, self._app.store, order)
            job = await unfinished(self._app.store, style.name)
            if job is not None:
                report = None
                await self._app.datasets.discard(dataset_id, HOST)
            else:
                report = taken
                await self._app.brought.open(style.id, HOST, dataset_id)
                await self._app.reader.settle(dataset_id, patience_s=None)
                job = await self._begun(self._app.trainings.start(dataset_id, owner_id=HOST))
        return await self._trained(job, report, tell)

    async def _trained(self, job: Job, report: IntakeReport | None, tell: Tell) -> Trained:
        view = await self._follow(job.id, tell)
        file = await self._file(view)
        return Trained(
            style=view.style_name or "",
            number=view.version.number if view.version else 1,
            drawings=0 if report is None else len(report.drawings),
            path=str(file.path),
            file_name=file.file_name,
            refused=() if report is None else _refused(report),
        )

    async def draw(self, wish: DrawWish, tell: Tell) -> Drawn:
        """Draw to the end; UserError for bad input, and with the reason when it fails."""
        order = DrawOrder(
            owner_id=HOST,
            prompt=wish.prompt,
            style=wish.style,
            score=wish.score,
            seed=wish.seed,
            count=wish.count,
            negative=wish.negative,
            weight=wish.weight,
            stack=None if wish.stack is None else parse_stack(wish.stack),
            base=wish.base,
        )
        await self._app.draws.plan(order)  # bad input is told before the base is loaded
        await self._app.wait_ready()
        return await self._drawn(await self._app.draws.plan(order), tell)

    async def redraw(self, wish: RedrawWish, tell: Tell) -> Drawn:
        """Draw a recipe again; UserError as `plan_redraw`, and with the reason when it fails."""
        await self._app.wait_ready()
        recipe = recipe_from_json(wish.recipe_json)
        base = self._app.bases.for_recipe(recipe)
        return await self._drawn(await plan_redraw(recipe, self._app.store, base), tell)

    async def _drawn(self, plan: DrawPlan, tell: Tell) -> Drawn:
        job = await self._begun(self._app.draws.request(plan))
        view = await self._follow(job.id, tell)
        task = read_draw_task(view.job)
        blobs = self._app.store.blobs
        return Drawn(
            pictures=tuple(
                DrawnPicture(
                    path=str(blobs.path(picture.sha256)),
                    seed=recipe_from_json(picture.recipe_json).seed,
                )
                for picture in view.pictures
            ),
            style=view.style_name,
            why=task.why,
            unknown=tuple((word.word, word.nearest) for word in task.unknown),
            filled=tuple((one.name, one.value) for one in task.filled),
        )

    def health(self) -> Health:
        """Tell how the engine is."""
        base = self._app.base
        if base.refusal is not None:
            return Health(engine="refused", key=base.refusal.key, facts=facts_of(base.refusal))
        device = base.device
        return Health(engine="starting" if device is None else "ready", device=device or "")

    async def export(self, wish: ExportWish) -> Exported:
        """Find a style's file; UserError style.unknown, style.several, style.not_trained."""
        named = await self._app.store.styles.named(wish.style)
        style = next((one for one in named if one.owner_id == HOST), None)
        if style is None and len(named) > 1:
            styles = ", ".join(f"{one.id} ({one.owner_id})" for one in named)
            raise UserError("style.several", name=wish.style, styles=styles)
        style = style or next(iter(named), None)
        if style is None:
            raise UserError("style.unknown", name=wish.style[:50])
        file = await self._app.sharing.style_file(style.id, style.owner_id)
        bases = self._app.bases
        base = bases.for_version(file.version)
        label = "" if base is bases.first else base.label
        return Exported(path=str(file.path), file_name=file.file_name, base=label)

    async def take_in(self, wish: ImportWish) -> TakenIn:
        """Import a file of the host's disk; UserError as `ImportService.take`, and `on_host`."""
        order = await self._import_order(wish.source, wish.style, wish.base)
        await self._app.wait_ready()
        taken = await self._app.imports.take(order)
        base = taken.base if self._app.bases.are_several else ""
        facts = {"layers": taken.layers, "rank": taken.rank}
        return TakenIn(style=taken.style.name, **facts, trigger=taken.trigger, base=base)

    async def _import_order(self, source: str, style: str | None, base: str | None) -> ImportOrder:
        """Find the file; bad input is told before the base is loaded."""
        path = await asyncio.to_thread(on_host, source)
        order = ImportOrder(owner_id=HOST, path=path, name=style, base=base, from_host=True)
        await self._app.imports.check(order)
        return order

    async def _take_folder(self, wish: TrainWish) -> IntakeReport:
        uploads = await asyncio.to_thread(list_folder, Path(wish.folder))
        for draft in await self._app.store.datasets.drafts_of(HOST):
            # left by a folder that was refused
            await self._app.datasets.discard(draft.id, HOST)
        report = await self._app.datasets.add(HOST, uploads, name=wish.style, caption=wish.caption)
        if wish.base is not None:
            await self._app.base_choice.choose(report.dataset.id, HOST, wish.base)
        if wish.recipe or wish.changes:
            choice = RecipeChoice(recipe=wish.recipe or OWN, changes=wish.changes)
            await self._app.recipes.choose(report.dataset.id, HOST, choice)
        return report

    async def _begun(self, beginning: Coroutine[Any, Any, Job]) -> Job:
        """Begin a job; cancelled meanwhile, still learn its id, so that `abandon` can stop it."""
        task = asyncio.create_task(beginning)
        try:
            return await asyncio.shield(task)
        finally:
            self._job_id = (await task).id

    async def _follow(self, job_id: JobId, tell: Tell) -> JobView:
        """Tell every change; a shutdown leaves the job to the next start."""
        self._job_id = job_id
        async with aclosing(self._app.jobs.follow(job_id)) as views:
            async for view in views:
                await tell(self._progressed(view))
                if view.job.state.is_terminal:
                    return _checked(view)
        raise RuntimeError(f"job {job_id} ended without an end")

    def _progressed(self, view: JobView) -> Progressed:
        job = view.job
        left_ms = None if job.eta_at_ms is None else job.eta_at_ms - self._app.clock.now_ms()
        return Progressed(
            kind=job.kind.value,
            state=job.state.value,
            step=job.step,
            steps=job.steps,
            position=view.position,
            eta_s=None if left_ms is None else max(0.0, left_ms / 1000),
        )

    async def _file(self, view: JobView) -> StyleFile:
        if view.style is None or view.version is None:
            raise UserError("job.unknown")
        return await self._app.sharing.style_file(view.style.id, HOST, version_id=view.version.id)


def _checked(view: JobView) -> JobView:
    job = view.job
    if job.state is JobState.FAILED:
        raise UserError(job.error_key or "engine.internal", **job.error_facts)
    if job.state is JobState.CANCELLED:
        raise UserError("cli.cancelled")
    return view


def _refused(report: IntakeReport) -> tuple[RefusedFile, ...]:
    return tuple(
        RefusedFile(name=one.file_name, key=one.key, facts=one.facts) for one in report.refused
    )
