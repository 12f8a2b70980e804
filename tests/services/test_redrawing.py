"""The host draws a picture again by its recipe: with all of its styles, and from its start."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest

from bot.app import App
from bot.services.hostwork import HostWork
from bot.services.orders import DrawOrder, Stacked, Start
from bot.services.tasks import DrawTask, read_draw_task
from bot.services.wishes import Drawn, Progressed, RedrawWish
from data.models import HOST, JobId, OwnerId, StyleId
from engine.fake import FakeEngine
from engine.pictures.recipe import AdapterUse, Recipe
from engine.pictures.recipe_json import recipe_to_json
from engine.protocol import DrawRequest
from tests.services.conftest import ANA, BO, CHANNEL, GUILD, png, refuses, trained


async def ignore(_progressed: Progressed) -> None:
    """Look away."""


async def styles(app: App, *names: str, owner: OwnerId = ANA) -> list[StyleId]:
    found = [(await trained(app, name=name, owner=owner)).job.style_id for name in names]
    return [style_id for style_id in found if style_id is not None]


async def drawn(app: App, **said: object) -> tuple[JobId, Recipe]:
    order = DrawOrder(
        owner_id=ANA, prompt="fox", count=1, guild_id=GUILD, channel_id=CHANNEL,
        **{"style": "none", **said},  # type: ignore[arg-type]
    )  # fmt: skip
    job = await app.draws.request(await app.draws.plan(order))
    await app.jobs.wait(job.id)
    return job.id, read_draw_task(job).recipes[0]


async def redraw(app: App, recipe: Recipe) -> Drawn:
    return await HostWork(app).redraw(RedrawWish(recipe_json=recipe_to_json(recipe)), ignore)


async def last_task(app: App) -> DrawTask:
    row = await app.db.read().fetch_one("SELECT id FROM jobs ORDER BY rowid DESC LIMIT 1")
    assert row is not None
    return read_draw_task(await app.store.jobs.get(JobId(row["id"])))


async def test_all_styles_of_a_picture_are_recorded_and_reach_the_engine(
    app: App, engine: FakeEngine
) -> None:
    _, *over = await styles(app, "mira", "ink", "chalk")
    stack = (Stacked(name="ink", weight=0.4, text_weight=0.2), Stacked(name="chalk", weight=-1.0))
    _, recipe = await drawn(app, style="mira", stack=stack)
    assert (await redraw(app, recipe)).style == "mira"
    task = await last_task(app)
    assert task.recipes == (recipe,)
    assert task.stack == tuple(over)
    assert [use.name for use in task.stacked] == ["ink", "chalk"]
    assert task.first_style == recipe.adapters[0]
    request = engine.submitted[-1]
    assert isinstance(request, DrawRequest)
    assert {use.sha256 for use in recipe.adapters} <= {file.sha256 for file in request.files}


async def test_a_style_that_was_erased_with_its_artist_is_named(app: App) -> None:
    await styles(app, "mira")
    [ink] = await styles(app, "ink", owner=BO)
    await app.sharing.publish(ink, BO)
    _, recipe = await drawn(app, style="mira", stack=(Stacked(name="ink", weight=0.4),))
    await redraw(app, recipe)
    await app.store.erasure.erase(BO, 1)
    with refuses("redraw.no_style") as refusal:
        await redraw(app, recipe)
    assert refusal.value.facts == {"name": "ink", "sha256": recipe.adapters[1].sha256[:12]}


@pytest.mark.parametrize(
    ("names", "key"),
    [("abcdef", "draw.stack_most"), ("aba", "draw.stack_twice")],
    ids=["too many", "one twice"],
)
async def test_a_recipe_that_somebody_wrote_is_held_to_the_limits_of_a_stack(
    app: App, names: str, key: str
) -> None:
    uses: dict[str, AdapterUse] = {}
    for name in dict.fromkeys(names):
        await styles(app, name)
        _, recipe = await drawn(app, style=name)
        uses[name] = recipe.adapters[0]
    _, plain = await drawn(app)
    written = dataclasses.replace(plain, adapters=tuple(uses[name] for name in names))
    with refuses(key):
        await redraw(app, written)


async def test_a_picture_is_started_from_again_as_long_as_a_job_keeps_the_start(
    app: App, engine: FakeEngine
) -> None:
    data = png(3)
    sha256 = hashlib.sha256(data).hexdigest()
    first, recipe = await drawn(app, start=Start(sha256=sha256, denoise=0.5, png=data))
    assert (recipe.start_sha256, recipe.denoise) == (sha256, 0.5)
    await redraw(app, recipe)
    request = engine.submitted[-1]
    assert isinstance(request, DrawRequest)
    assert sha256 in {file.sha256 for file in request.files}
    await app.draws.delete(first, ANA)
    await redraw(app, recipe)
    for job in await app.store.jobs.of_owner(HOST):
        await app.draws.delete(job.id, HOST)
    with refuses("draw.start_missing"):
        await redraw(app, recipe)
