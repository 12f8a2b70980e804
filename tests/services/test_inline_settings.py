"""Steps, guidance and sampler, written into a prompt."""

from __future__ import annotations

import pytest

from bot.app import App
from tests.services.conftest import ANA, refuses
from tests.services.test_draws import order


@pytest.mark.parametrize(
    ("written", "sampler", "schedule"),
    [
        ('"DPM++ 2M Karras"', "dpmpp_2m", "karras"),
        ('"dpm++ 2m sde exponential"', "dpmpp_2m_sde", "exponential"),
        ('"Euler a"', "euler_ancestral", "normal"),
        ("euler/sgm_uniform", "euler", "sgm_uniform"),
        ('"dpmpp_2m karras"', "dpmpp_2m", "karras"),
        ("dpmpp_2m", "dpmpp_2m", "normal"),
        ("DDIM", "ddim", "ddim_uniform"),
    ],
)
async def test_steps_guidance_and_sampler_may_stand_in_the_prompt(
    app: App, written: str, sampler: str, schedule: str
) -> None:
    plan = await app.draws.plan(order(f"cat, steps:30 cfg:5.5 sampler:{written}, hat"))
    recipe = plan.recipes[0]
    assert recipe.prompt == "cat, hat"
    assert (recipe.steps, recipe.guidance) == (30, 5.5)
    assert (recipe.sampler, recipe.schedule) == (sampler, schedule)
    job = await app.draws.request(plan)
    await app.jobs.wait(job.id)
    again = (await app.draws.plan(await app.draws.again(job.id, ANA))).recipes[0]
    assert (again.steps, again.sampler, again.schedule) == (30, sampler, schedule)


@pytest.mark.parametrize(
    ("prompt", "key"),
    [
        pytest.param("cat steps:0", "draw.steps_range", id="no steps"),
        pytest.param("cat steps:61", "draw.steps_range", id="61 steps"),
        pytest.param("cat steps:many", "draw.option_number", id="steps in words"),
        pytest.param("cat cfg:0.5", "draw.cfg_range", id="cfg 0.5"),
        pytest.param("cat cfg:20.1", "draw.cfg_range", id="cfg 20.1"),
        pytest.param('cat sampler:"DPM++ 9M"', "draw.sampler_none", id="unknown sampler"),
    ],
)
async def test_settings_out_of_bounds_are_refused(app: App, prompt: str, key: str) -> None:
    with refuses(key):
        await app.draws.plan(order(prompt))
