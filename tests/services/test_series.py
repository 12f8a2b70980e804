"""A series: a picture for every line, in one job."""

from __future__ import annotations

from typing import Any

import pytest

from bot.app import App
from bot.services.drawing.remakes import Remake
from bot.services.drawing.series import MAX_LINES, lines_of
from bot.services.orders import DrawOrder
from bot.services.tasks import Cast, read_draw_task
from data.models import JobState
from tests.services.conftest import ANA, BO, GUILD, refuses
from tests.services.test_draws import order

MIRA = (Cast(name="mira", words="house"),)
LINES = ("cat, house", "dog score:4", "лиса")


def series(*lines: str, **said: Any) -> DrawOrder:
    return order(lines[0], lines=lines, **said)


async def test_every_line_is_one_picture_of_one_job(app: App) -> None:
    plan = await app.draws.plan(series(*LINES, seed=5, score=7, negative="tree"))
    assert [recipe.prompt for recipe in plan.recipes] == ["cat, house", "dog", "лиса"]
    assert [recipe.seed for recipe in plan.recipes] == [5, 6, 7]
    assert {recipe.score for recipe in plan.recipes} == {7}
    assert {recipe.negative for recipe in plan.recipes} == {"tree"}
    assert plan.translated[0].drawn == "fox"
    job = await app.draws.request(plan)
    view = await app.jobs.wait(job.id)
    assert view.job.state is JobState.DONE
    assert [picture.ordinal for picture in view.pictures] == [0, 1, 2]
    assert read_draw_task(view.job).is_series


async def test_a_line_may_say_its_score(app: App) -> None:
    plan = await app.draws.plan(series(*LINES))
    assert [recipe.score for recipe in plan.recipes] == [None, 4, None]


async def test_again_keeps_what_a_line_said_for_itself(app: App) -> None:
    plan = await app.draws.plan(series("cat --no tree", "dog score:4", "@mira", cast=MIRA))
    job = await app.draws.request(plan)
    again = await app.draws.plan(await app.draws.again(job.id, BO, guild_id=GUILD))
    for name in ("prompt", "positive", "negative", "score"):
        drawn = [[getattr(recipe, name) for recipe in one.recipes] for one in (plan, again)]
        assert drawn[0] == drawn[1], name


async def test_again_draws_the_same_lines_and_exactly_again_the_same_seeds(app: App) -> None:
    job = await app.draws.request(await app.draws.plan(series("cat", "dog", seed=5)))
    await app.jobs.wait(job.id)
    again = await app.draws.plan(await app.draws.again(job.id, BO, guild_id=GUILD))
    assert [recipe.prompt for recipe in again.recipes] == ["cat", "dog"]
    assert [recipe.seed for recipe in again.recipes] != [5, 6]
    exact = await app.remakes.plan(job.id, 1, Remake.EXACT, BO, guild_id=GUILD)
    assert [recipe.seed for recipe in exact.recipes] == [5, 6]
    second = await app.draws.request(exact)
    assert read_draw_task(await app.store.jobs.get(second.id)).is_series


@pytest.mark.parametrize(
    ("lines", "said", "key", "line"),
    [
        pytest.param(("cat", "score:7"), {}, "draw.prompt_empty", 2, id="an empty line"),
        pytest.param(("cat", "(dog:9)"), {}, "draw.prompt_weight", 2, id="a heavy line"),
        pytest.param(("cat", "dog"), {"seed": 2**32}, "draw.seed_range", None, id="a large seed"),
        pytest.param(("cat", "@mira"), {}, "character.unknown", 2, id="an unknown character"),
        pytest.param(("cat", "dog score:12"), {}, "draw.score_range", 2, id="a score of a line"),
        pytest.param(
            ("cat", "dog"), {"score": 12}, "draw.score_range", None, id="a score of all lines"
        ),
        pytest.param(
            ("cat", "dog"), {"negative": "(hat:9)"}, "draw.prompt_weight", None, id="a negative"
        ),
        pytest.param(
            ("cat", "dog"), {"style": "nobody's"}, "style.unknown", None, id="unknown style"
        ),
    ],
)
async def test_one_bad_line_refuses_all(
    app: App, lines: tuple[str, ...], said: dict[str, object], key: str, line: int | None
) -> None:
    with refuses(key) as refusal:
        await app.draws.plan(series(*lines, **said))
    assert refusal.value.line == line
    assert await app.store.jobs.of_owner(ANA) == ()


def test_lines_are_read_without_empty_ones() -> None:
    assert lines_of(" cat \n\n dog\n") == ("cat", "dog")
    with refuses("draw.prompt_empty"):
        lines_of(" \n ")
    with refuses("series.too_many"):
        lines_of("cat\n" * (MAX_LINES + 1))


async def test_ready_made_series(app: App) -> None:
    with refuses("series.no_characters"):
        await app.series.of_characters(ANA)
    with refuses("series.who"):
        await app.series.self_portrait(ANA, None)
    await app.characters.add(ANA, "mira", "cat")
    await app.characters.add(ANA, "kai", "dog")
    assert await app.series.of_characters(ANA) == ("@kai", "@mira")
    portraits = await app.series.self_portrait(ANA, "1girl, red hair")
    assert all(line.startswith("1girl, red hair, ") for line in portraits)
    own = await app.series.self_portrait(ANA, None)
    plan = await app.draws.plan(series(*own))
    assert all(recipe.positive.startswith("dog, ") for recipe in plan.recipes)


async def test_a_call_to_everyone_is_text(app: App) -> None:
    await app.characters.add(ANA, "mira", "cat")
    plan = await app.draws.plan(series("@mira @everyone"))
    assert plan.recipes[0].positive.startswith("cat, @everyone")
