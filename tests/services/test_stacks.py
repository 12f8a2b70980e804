"""Several styles over one picture: how they are written, who may, and what is asked again."""

from __future__ import annotations

import pytest

from bot.app import App
from bot.services.drawing.remakes import Remake
from bot.services.inline import parse_inline
from bot.services.orders import DrawOrder, Stacked
from bot.services.stacks import parse_stack, stack_text
from bot.services.tasks import read_draw_task
from data.models import OwnerId
from engine.fake import FakeEngine
from engine.pictures.recipe import AdapterUse
from engine.protocol import DrawRequest
from tests.services.conftest import ANA, BO, CHANNEL, GUILD, refuses, trained

INK = Stacked(name="ink")


def order(prompt: str, owner: OwnerId = ANA, **said: object) -> DrawOrder:
    said = {"guild_id": GUILD, "channel_id": CHANNEL, "count": 1, **said}
    return DrawOrder(owner_id=owner, prompt=prompt, **said)  # type: ignore[arg-type]


def weights(uses: tuple[AdapterUse, ...]) -> list[tuple[str, float, float | None]]:
    return [(use.name, use.weight, use.text_weight) for use in uses]


@pytest.mark.parametrize(
    ("text", "stack"),
    [
        ("ink", (INK,)),
        (" ink : 0.4/0.2 ,", (Stacked(name="ink", weight=0.4, text_weight=0.2),)),
        (
            "Detail Slider-2:-1.5, ink@2:.5",
            (Stacked(name="Detail Slider-2", weight=-1.5), Stacked(name="ink@2", weight=0.5)),
        ),
        ("None", ()),
        ("", ()),
    ],
)
def test_styles_are_read_with_their_weights(text: str, stack: tuple[Stacked, ...]) -> None:
    assert parse_stack(text) == stack
    assert parse_stack(stack_text(stack)) == stack


@pytest.mark.parametrize("text", ["ink:", "ink:much", ":0.5", "ink:1:2", "ink/0.5", "ink:1/", "/"])
def test_what_is_no_stack_is_refused(text: str) -> None:
    with refuses("draw.stack_item"):
        parse_stack(text)


def test_a_prompt_may_name_them() -> None:
    found = parse_inline('a fox with:"ink:0.4, chalk", forest')
    assert found.prompt == "a fox, forest"
    assert found.stack == (Stacked(name="ink", weight=0.4), Stacked(name="chalk"))
    assert parse_inline("a fox with a hat").stack is None


async def test_all_of_them_reach_the_engine_in_their_order(app: App, engine: FakeEngine) -> None:
    for name in ("mira", "ink", "chalk"):
        await trained(app, name=name)
    plan = await app.draws.plan(
        order('fox with:"ink:0.4/0.2, chalk:-2"', style="mira", weight=-0.5)
    )
    job = await app.draws.request(plan)
    await app.jobs.wait(job.id)
    request = engine.submitted[-1]
    assert isinstance(request, DrawRequest)
    uses = request.recipes[0].adapters
    assert weights(uses) == [("mira", -0.5, None), ("ink", 0.4, 0.2), ("chalk", -2.0, None)]
    assert {file.sha256 for file in request.files} == {use.sha256 for use in uses}
    task = read_draw_task(await app.store.jobs.get(job.id))
    assert task.first_style == uses[0]
    assert task.stacked == uses[1:]


async def test_without_a_first_style_they_are_drawn_with_alone(app: App) -> None:
    await trained(app, name="ink")
    job = await app.draws.request(await app.draws.plan(order("fox", style="none", stack=(INK,))))
    await app.jobs.wait(job.id)
    task = read_draw_task(await app.store.jobs.get(job.id))
    assert task.first_style is None
    again = await app.draws.plan(await app.draws.again(job.id, ANA))
    assert again.style is None
    assert weights(again.recipes[0].adapters) == [("ink", 1.0, None)]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("ink:2.5", "draw.weight_range"),
        ("ink:1/-3", "draw.weight_range"),
        ("mira:0.5", "draw.stack_twice"),
        ("ink, Ink:0.5", "draw.stack_twice"),
        ("inc", "style.unknown_near"),
        ("ink@7", "style.no_version"),
        ("a, b, c, d, e, f", "draw.stack_most"),
    ],
)
async def test_bad_stacks_get_their_sentence(app: App, text: str, key: str) -> None:
    for name in ("mira", "ink"):
        await trained(app, name=name)
    with refuses(key):
        await app.draws.plan(order("fox", style="mira", stack=parse_stack(text)))


async def test_the_first_style_counts_among_the_five(app: App) -> None:
    for name in "abcdef":
        await trained(app, name=name)
    five = parse_stack("b, c, d, e, f")
    assert len((await app.draws.plan(order("fox", style="none", stack=five))).stack) == 5
    with refuses("draw.stack_most"):
        await app.draws.plan(order("fox", style="a", stack=five))


async def test_a_private_style_is_laid_over_by_its_owner_alone(app: App) -> None:
    """The right is asked for again by whatever repeats a draw."""
    mira = (await trained(app, name="mira")).job.style_id
    ink = (await trained(app, name="ink")).job.style_id
    assert mira is not None
    assert ink is not None
    await app.sharing.publish(mira, ANA)
    with refuses("style.unknown"):
        await app.draws.plan(order("fox", BO, style="mira", stack=(INK,)))
    job = await app.draws.request(await app.draws.plan(order("fox", style="mira", stack=(INK,))))
    await app.jobs.wait(job.id)

    remakes = app.remakes
    asked = await app.draws.again(job.id, BO, guild_id=GUILD)
    with refuses("style.unknown"):
        await app.draws.plan(asked)
    for remake in Remake:
        with refuses("style.unknown"):
            await remakes.plan(job.id, 1, remake, BO, guild_id=GUILD)

    await app.sharing.publish(ink, ANA)
    for remake in Remake:
        plan = await remakes.plan(job.id, 1, remake, BO, guild_id=GUILD)
        assert [use.name for use in plan.recipes[0].adapters] == ["mira", "ink"]
        assert [card.style.id for card in plan.stack] == [ink]


async def test_a_private_version_is_not_drawn_with_because_another_is_shared(app: App) -> None:
    mira = (await trained(app, name="mira")).job.style_id
    assert mira is not None
    await app.sharing.publish(mira, ANA)
    old = await app.draws.request(await app.draws.plan(order("fox", style="mira")))
    await trained(app, name="mira", changes="steps=300")
    job = await app.draws.request(await app.draws.plan(order("fox", style="mira")))
    for one in (old, job):
        await app.jobs.wait(one.id)
    remakes = app.remakes
    shared, private = (read_draw_task(one).recipes[0].adapters for one in (old, job))
    assert shared != private
    for remake in Remake:
        assert (await remakes.plan(job.id, 1, remake, ANA)).recipes[0].adapters == private
        plan = await remakes.plan(old.id, 1, remake, BO, guild_id=GUILD)
        assert plan.recipes[0].adapters == shared
        with refuses("draw.version_closed"):
            await remakes.plan(job.id, 1, remake, BO, guild_id=GUILD)


async def test_another_style_of_that_name_is_not_taken_for_it(app: App) -> None:
    ink = (await trained(app, name="ink")).job.style_id
    assert ink is not None
    await trained(app, owner=BO, name="ink")
    job = await app.draws.request(await app.draws.plan(order("fox", style="none", stack=(INK,))))
    await app.jobs.wait(job.id)
    with refuses("style.unknown"):
        await app.draws.plan(await app.draws.again(job.id, BO, guild_id=GUILD))


async def test_a_series_has_the_stack_of_its_first_line(app: App) -> None:
    for name in ("mira", "ink", "chalk"):
        await trained(app, name=name)
    with refuses("series.one_stack"):
        await app.draws.plan(order("", style="mira", lines=("fox", "cat with:chalk")))
    lines = ('fox with:"ink:0.4"', "cat", "owl")
    job = await app.draws.request(await app.draws.plan(order("", style="mira", lines=lines)))
    await app.jobs.wait(job.id)
    task = read_draw_task(await app.store.jobs.get(job.id))
    again = await app.draws.plan(await app.draws.again(job.id, ANA))
    for recipe in (*task.recipes, *again.recipes):
        assert weights(recipe.adapters) == [("mira", 1.0, None), ("ink", 0.4, None)]
    assert len(task.stack) == len(again.stack) == 1
