"""Ready-made choices: where their words go, and beside which others."""

from __future__ import annotations

import pytest

from bot.app import App
from bot.errors import UserError
from bot.services.drawing.presets import with_preset
from bot.services.orders import DrawOrder
from engine.base.families import family_of
from tests.services.conftest import ANA, refuses


def order(prompt: str = "1girl", **said: object) -> DrawOrder:
    said = {"preset": "human", **said}
    return DrawOrder(owner_id=ANA, prompt=prompt, **said)  # type: ignore[arg-type]


def test_for_pony_it_is_what_the_artist_and_the_makers_of_the_base_say() -> None:
    full = with_preset(order(negative="hat"), family_of("pony"))
    assert full.prompt == "source_anime, 1girl"
    assert full.negative == "furry, pony, source_furry, source_pony, anthro, hat"
    assert full.preset is None


def test_what_a_family_always_leaves_out_stays_behind_it() -> None:
    family = family_of("noobai")
    full = with_preset(order(), family)
    assert full.negative == f"mammal, anthro, furry, {family.negative}"
    assert full.prompt == "1girl"


@pytest.mark.parametrize(
    ("family", "preset", "key"),
    [("sdxl", "human", "draw.no_presets"), ("pony", "hunan", "draw.preset_none")],
)
def test_a_preset_that_is_none_is_refused(family: str, preset: str, key: str) -> None:
    with pytest.raises(UserError) as refused:
        with_preset(order(preset=preset), family_of(family))
    assert refused.value.key == key


async def test_it_reaches_the_recipe_once_and_is_drawn_again(app: App) -> None:
    plan = await app.draws.plan(order("1girl --no hat", preset=" Human", style="none", count=1))
    job = await app.draws.request(plan)
    await app.jobs.wait(job.id)
    assert plan.recipes[0].negative == "furry, pony, hat"
    again = await app.draws.plan(await app.draws.again(job.id, ANA))
    assert again.recipes[0].negative == "furry, pony, hat"


async def test_a_preset_alone_is_nothing_to_draw(app: App) -> None:
    with refuses("draw.prompt_empty"):
        await app.draws.plan(order("", style="none"))
