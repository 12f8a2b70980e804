"""`/train`: drawings in, a card, a training with one live message, a style."""

from tests.cogs.world import World, is_disabled, labels, png, pngs, text_of


async def test_twenty_and_sixteen_drawings_become_one_card(world: World) -> None:
    result = await world.hand_over("ana", pngs(20))
    assert result.ephemeral
    assert result.response is not None
    assert "20 drawings are here." in text_of(result.response)
    card = result.response
    await world.add_more("ana", card, pngs(16, first=20))
    [view] = [m for m in world.channel.history(viewer=world.member("ana")) if m.id == card.id]
    assert "16 new drawings taken." in text_of(view)
    assert "36 drawings are here." in text_of(view)
    assert "6 drawings are kept aside" in text_of(view)
    assert len(view.attachments) == 1


async def test_a_training_in_the_open_has_one_message_that_ends_ready(world: World) -> None:
    result = await world.hand_over("ana", pngs(6), style="mira")
    assert result.response is not None
    ana = world.member("ana")
    await ana.click(result.response, label="Start")
    assert "Where shall I train?" in text_of(result.response)
    await ana.click(result.response, label="Train in the open")
    assert "It begins." in text_of(result.response)
    job = (await world.last_job()).job
    message = await world.shown(job.id, "**mira** is ready", f"Only <@{ana.id}> can draw")
    assert labels(message) == ["Let this server draw with it", "Keep private", "Get the file"]
    assert len(message.attachments) == 1
    assert len(world.messages()) == 1
