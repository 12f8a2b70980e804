"""Another name for a style, and its end."""

from __future__ import annotations

from tests.cogs.world import World, last_answer, said_to


async def test_a_style_gets_another_name(world: World) -> None:
    await world.trained("ana", "mira")
    told = await world.member("ana").slash(world.channel, "style rename", style="mira", name="vera")
    assert "**mira** is called **vera** from now on." in said_to(told)
    _, message = await world.drawn("ana", "fox", style="vera", count=1)
    assert message.attachments
    refused = await world.draw("ana", "fox", style="mira")
    assert "mira" in said_to(refused)


async def test_nobody_renames_anothers_style_or_takes_a_name_twice(world: World) -> None:
    await world.trained("ana", "mira")
    await world.trained("ana", "vera")
    other = await world.member("bo").slash(world.channel, "style rename", style="mira", name="x")
    assert "mira" in said_to(other)
    twice = await world.member("ana").slash(
        world.channel, "style rename", style="mira", name="Vera"
    )
    assert "You have another style called “Vera” here." in said_to(twice)
    bad = await world.member("ana").slash(world.channel, "style rename", style="mira", name="***")
    assert "A style's name has 1 to 32 letters" in said_to(bad)


async def test_a_deleted_style_is_gone_with_its_files_and_its_pictures_stay(world: World) -> None:
    await world.trained("ana", "mira")
    job_id, _ = await world.drawn("ana", "fox", style="mira", count=1)
    [card] = await world.app.styles.usable(world.owner_id("ana"), world.guild.id)
    assert card.checkpoint is not None
    file = world.app.blobs.path(card.checkpoint.style_sha256)
    assert file.is_file()
    asked = await world.member("ana").slash(world.channel, "style delete", style="mira")
    assert "cannot be brought back" in said_to(asked)
    assert file.is_file()
    await world.member("ana").click(last_answer(asked), label="Delete the style")
    assert not file.exists()
    assert await world.app.styles.usable(world.owner_id("ana"), world.guild.id) == ()
    assert len((await world.app.jobs.view(job_id)).pictures) == 1


async def test_a_style_in_training_is_not_deleted(world: World) -> None:
    await world.trained("ana", "mira")
    world.engine.hold(at_step=1)
    anew = await world.member("ana").slash(world.channel, "train", **{"from": "mira"})
    await world.member("ana").click(last_answer(anew), label="Start")
    await world.member("ana").click(last_answer(anew), label="Train in the open")
    asked = await world.member("ana").slash(world.channel, "style delete", style="mira")
    pressed = await world.member("ana").click(last_answer(asked), label="Delete the style")
    assert "**mira** is being trained." in said_to(pressed)
    assert await world.app.styles.of_owner(world.owner_id("ana"))
