"""An artist may choose the recipe; the host bounds what others may ask of its machine."""

from __future__ import annotations

import pytest

from bot.app import App
from bot.services.recipes import NAMES, USUAL, chosen_recipe
from bot.services.tasks import read_train_task
from bot.services.trainplan import train_recipe
from data.choices import RecipeChoice
from data.models import HOST, DatasetId, OwnerId
from engine.training.recipe import Layers
from tests.services.conftest import ANA, BO, GUILD, drawings, refuses


async def draft(app: App, owner_id: OwnerId = ANA) -> DatasetId:
    report = await app.datasets.add(owner_id, drawings(6), name="ink", guild_id=GUILD)
    return report.dataset.id


async def test_a_draft_is_trained_by_what_was_chosen(app: App) -> None:
    dataset_id = await draft(app)
    assert await app.recipes.chosen(dataset_id) == USUAL
    choice = RecipeChoice(recipe="style-block", changes="rank=4 alpha=2")
    await app.recipes.choose(dataset_id, ANA, choice)
    plan = await app.trainings.plan(dataset_id, ANA)
    assert plan.recipe == choice
    job = await app.trainings.start(dataset_id, owner_id=ANA)
    recipe = read_train_task(job).recipe
    assert (recipe.name, recipe.layers) == ("style-block+", Layers.STYLE_BLOCK)
    assert (recipe.rank, recipe.alpha) == (4, 2.0)
    with refuses("train.sealed"):
        await app.recipes.choose(dataset_id, ANA, USUAL)


async def test_the_last_choice_counts(app: App) -> None:
    dataset_id = await draft(app)
    await app.recipes.choose(dataset_id, ANA, RecipeChoice(recipe="locon"))
    await app.recipes.choose(dataset_id, ANA, RecipeChoice(recipe="notebook"))
    assert (await app.recipes.chosen(dataset_id)).recipe == "notebook"


@pytest.mark.parametrize(
    ("choice", "key"),
    [
        (RecipeChoice(recipe="best"), "recipe.unknown"),
        (RecipeChoice(recipe="own", changes="rank"), "recipe.not_pair"),
        (RecipeChoice(recipe="own", changes="repeats=10"), "recipe.unknown_name"),
        (RecipeChoice(recipe="own", changes="rank=x"), "recipe.bad_value"),
        (RecipeChoice(recipe="notebook", changes="noise_offset=0.1"), "recipe.two_noises"),
        (RecipeChoice(recipe="own", changes="steps=5001"), "recipe.too_much"),
        (RecipeChoice(recipe="own", changes="rank=65"), "recipe.too_much"),
        (RecipeChoice(recipe="own", changes="checkpoints=11"), "recipe.too_much"),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    app: App, choice: RecipeChoice, key: str
) -> None:
    dataset_id = await draft(app)
    with refuses(key):
        await app.recipes.choose(dataset_id, ANA, choice)
    assert await app.recipes.chosen(dataset_id) == USUAL


async def test_only_its_artist_chooses(app: App) -> None:
    dataset_id = await draft(app)
    with refuses("train.unknown_dataset"):
        await app.recipes.choose(dataset_id, BO, RecipeChoice(recipe="locon"))


async def test_the_host_may_ask_for_more(app: App) -> None:
    dataset_id = await draft(app, HOST)
    choice = RecipeChoice(recipe="own", changes="steps=90000 rank=128")
    await app.recipes.choose(dataset_id, HOST, choice)
    assert (await app.trainings.plan(dataset_id, HOST)).steps == 90_000


def test_the_hosts_length_counts_where_the_artist_chose_none(app: App) -> None:
    assert train_recipe(app.base, 36, 120).steps == 120
    chosen = RecipeChoice(recipe="own", changes="rank=8")
    assert train_recipe(app.base, 36, 120, chosen).steps == 120
    longer = RecipeChoice(recipe="own", changes="steps=300")
    assert train_recipe(app.base, 36, 120, longer).steps == 300


async def test_the_next_version_keeps_what_was_chosen(app: App) -> None:
    dataset_id = await draft(app)
    choice = RecipeChoice(recipe="locon", changes="rank=4")
    await app.recipes.choose(dataset_id, ANA, choice)
    await app.datasets.train_on_all(dataset_id, ANA, on_all=True)
    job = await app.trainings.start(dataset_id, owner_id=ANA)
    await app.jobs.wait(job.id)
    opened = await app.store.datasets.open_next_version(dataset_id, 1)
    assert await app.recipes.chosen(opened.id) == choice
    assert await app.store.splits.trains_on_all(opened.id)


def test_another_batch_leaves_how_often_each_drawing_is_seen() -> None:
    usual = chosen_recipe("pony", 36, USUAL)
    wide = chosen_recipe("pony", 36, RecipeChoice(recipe="own", changes="batch=12"))
    assert (usual.batch, usual.steps) == (4, 540)
    assert (wide.batch, wide.steps) == (12, 200), "the least there is: 180 would be as often"
    both = RecipeChoice(recipe="own", changes="batch=12 steps=77")
    assert chosen_recipe("pony", 36, both).steps == 77


async def test_the_hosts_bound_is_for_what_is_asked(app: App) -> None:
    dataset_id = await draft(app)
    app.recipes._most_steps = 10  # pyright: ignore[reportPrivateUsage] - as a host may set it
    await app.recipes.choose(dataset_id, ANA, RecipeChoice(recipe="own", changes="rank=8"))
    with refuses("recipe.too_much"):
        await app.recipes.choose(dataset_id, ANA, RecipeChoice(recipe="own", changes="steps=11"))


@pytest.mark.parametrize("name", NAMES)
def test_every_recipe_can_be_chosen(name: str) -> None:
    assert chosen_recipe("pony", 36, RecipeChoice(recipe=name)).name == name
