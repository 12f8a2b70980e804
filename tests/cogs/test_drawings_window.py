"""The window for drawings: it outlives restarts, and takes archives."""

from bot.client import OwnhandBot
from tests.bot.decode.zips import bomb, zipped
from tests.cogs.world import (
    World,
    pngs,
    said_to,
    text_of,
    uploads,
)


async def test_two_artists_may_have_the_window_open_at_once(world: World) -> None:
    opened = {
        name: await world.member(name).slash(world.channel, "train") for name in ("ana", "bo")
    }
    for name, first in (("ana", 0), ("bo", 6)):
        given = {"name": name, "words": "1girl", **uploads(pngs(3, first=first))}
        result = await world.member(name).submit_modal(opened[name], given)
        assert result.response is not None, f"the window of {name} was forgotten"
        assert "3 drawings are here." in text_of(result.response)


async def test_a_window_outlives_a_restart_with_what_was_put_into_it(world: World) -> None:
    ana = world.member("ana")
    opened = await ana.slash(world.channel, "train")
    await world.env.restart_bot(OwnhandBot(world.app))
    given = {"name": "mira", "words": "1girl", **uploads(pngs(12))}
    result = await ana.submit_modal(opened, given)
    assert result.response is not None
    assert "Drawings for **mira**" in text_of(result.response)
    assert "12 drawings are here." in text_of(result.response)
    [dataset] = await world.app.store.datasets.drafts_of(world.owner_id("ana"))
    drawings = await world.app.store.datasets.drawings(dataset.id)
    assert {drawing.caption for drawing in drawings} == {"1girl"}


async def test_a_window_for_more_outlives_a_restart(world: World) -> None:
    result = await world.hand_over("ana", pngs(6))
    assert result.response is not None
    ana = world.member("ana")
    opened = await ana.click(result.response, label="Add more")
    await world.env.restart_bot(OwnhandBot(world.app))
    await ana.submit_modal(opened, uploads(pngs(2, first=6)))
    [view] = [m for m in world.channel.history(viewer=ana) if m.id == result.response.id]
    assert "8 drawings are here." in text_of(view)


async def test_a_window_that_is_not_known_says_what_to_do(world: World) -> None:
    ana = world.member("ana")
    opened = await ana.slash(world.channel, "train")
    modal = opened._interaction.modal
    assert modal is not None
    modal["custom_id"] = "oh:windows-of-old:1"
    result = await ana.submit_modal(opened, {"name": "mira"})
    assert result.ephemeral
    assert "open it again" in said_to(result)


async def test_an_archive_in_the_window_is_unpacked_and_a_bomb_is_not(world: World) -> None:
    files = [("all.zip", zipped(pngs(6))), ("bomb.zip", bomb(250_000_000))]
    card = said_to(await world.hand_over("ana", files))
    assert "6 drawings are here." in card
    assert "`bomb.zip`: this archive is made to unpack into far more than it holds." in card
