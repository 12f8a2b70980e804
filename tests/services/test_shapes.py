"""Which size a picture gets: a shape that is said, an earlier picture's, the base's own."""

from __future__ import annotations

import pytest

from bot.app import App
from bot.services.orders import DrawOrder, Start
from tests.services.conftest import ANA, refuses

START = Start(sha256="ab" * 32, denoise=0.5, size=(300, 300))


def order(**said: object) -> DrawOrder:
    said = {"style": "none", "count": 1, **said}
    return DrawOrder(owner_id=ANA, prompt="fox", **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ({}, (128, 128)),
        ({"shape": "portrait"}, (112, 144)),
        ({"shape": "landscape", "start": START}, (144, 112)),
        ({"shape": "square", "size": (144, 112)}, (128, 128)),
        ({"size": (144, 112)}, (144, 112)),
    ],
)
async def test_a_shape_counts_more_than_what_one_starts_from(
    app: App, said: dict[str, object], size: tuple[int, int]
) -> None:
    [recipe] = (await app.draws.plan(order(**said))).recipes
    assert (recipe.width, recipe.height) == size


async def test_a_shape_that_the_base_does_not_draw_is_refused(app: App) -> None:
    with refuses("draw.shape_none") as refusal:
        await app.draws.plan(order(shape="tall"))
    assert refusal.value.facts["shapes"] == "portrait, square, landscape"


async def test_a_shape_is_drawn_again(app: App) -> None:
    job = await app.draws.request(await app.draws.plan(order(shape="portrait")))
    await app.jobs.wait(job.id)
    [recipe] = (await app.draws.plan(await app.draws.again(job.id, ANA))).recipes
    assert (recipe.width, recipe.height) == (112, 144)
