"""The window that chooses a recipe, from the card to the training."""

from __future__ import annotations

from bot.client import OwnhandBot
from bot.services.tasks import read_train_task
from tests.cogs.world import World, pngs, said_to, text_of


async def test_a_recipe_is_chosen_on_the_card_and_trained_by(world: World) -> None:
    result = await world.hand_over("ana", pngs(6), style="mira")
    card, ana = result.response, world.member("ana")
    assert card is not None
    assert "Recipe:" not in text_of(card)
    opened = await ana.click(card, label="Recipe")
    await world.env.restart_bot(OwnhandBot(world.app))
    await ana.submit_modal(opened, {"recipe": ["style-block"], "changes": "rank=4 steps=20"})
    [card] = [m for m in world.channel.history(viewer=ana) if m.id == card.id]
    assert "Recipe: `style-block rank=4 steps=20`." in text_of(card)
    await ana.click(card, label="Start")
    await ana.click(card, label="Train in the open")
    job = (await world.last_job()).job
    await world.shown(job.id, "**mira** is ready")
    recipe = read_train_task(job).recipe
    assert (recipe.name, recipe.rank, recipe.steps) == ("style-block+", 4, 20)


async def test_a_change_that_is_none_is_told_and_nothing_is_kept(world: World) -> None:
    result = await world.hand_over("ana", pngs(6), style="mira")
    card, ana = result.response, world.member("ana")
    assert card is not None
    opened = await ana.click(card, label="Recipe")
    told = await ana.submit_modal(opened, {"recipe": ["own"], "changes": "rank=0"})
    assert "`rank` cannot be `0`. It takes 1 … 256." in said_to(told)
    [card] = [m for m in world.channel.history(viewer=ana) if m.id == card.id]
    assert "Recipe:" not in text_of(card)
