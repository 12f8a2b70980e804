"""Whether some of the drawings are kept aside is the artist's choice."""

from __future__ import annotations

from bot.client import OwnhandBot
from tests.cogs.world import World, pngs, text_of


async def test_an_artist_may_train_on_all_drawings_and_change_their_mind(world: World) -> None:
    result = await world.hand_over("ana", pngs(24), style="mira")
    assert result.response is not None
    card, ana = result.response, world.member("ana")
    assert "4 drawings are kept aside to check the style against." in text_of(card)
    assert "That is 20 drawings, each looked at about 80 times, 8 at a time." in text_of(card)
    await ana.click(card, label="Train on all")
    assert "All are trained on: nothing is kept aside" in text_of(card)
    assert "That is 24 drawings" in text_of(card)
    await world.env.restart_bot(OwnhandBot(world.app))
    await ana.click(card, label="Keep some aside")
    assert "4 drawings are kept aside" in text_of(card)
    await ana.click(card, label="Train on all")
    await ana.click(card, label="Start")
    await ana.click(card, label="Train in the open")
    job = (await world.last_job()).job
    await world.shown(job.id, "**mira** is ready")
    view = await world.app.jobs.view(job.id)
    assert view.version is not None
    assert view.version.dataset_id is not None
    drawings = await world.app.store.datasets.drawings(view.version.dataset_id)
    assert {drawing.split.value for drawing in drawings} == {"train"}
    assert await world.app.store.splits.trains_on_all(view.version.dataset_id)
