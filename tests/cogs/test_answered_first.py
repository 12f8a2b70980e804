"""Discord waits three seconds: it is answered before anything that may take longer."""

from collections.abc import Awaitable, Callable

import discord
import pytest

from tests.cogs.world import World, pngs

Act = Callable[[World], Awaitable[object]]


def command(name: str, **options: object) -> Act:
    return lambda world: world.member("ana").slash(world.channel, name, **options)


def on_pictures(label: str) -> Act:
    async def press(world: World) -> None:
        _, message = await world.drawn("ana", "1girl", style="none", count=1)
        await world.panel("ana", message, label)

    return press


def on_a_style(label: str) -> Act:
    async def press(world: World) -> None:
        message = await world.shown(await world.trained("ana", "mira"), "is ready")
        await world.member("ana").click(message, label=label)

    return press


def on_drawings(*labels: str) -> Act:
    async def press(world: World) -> None:
        card = (await world.hand_over("ana", pngs(6))).response
        assert card is not None
        for label in labels:
            await world.member("ana").click(card, label=label)

    return press


def with_a_style(act: Act) -> Act:
    async def first_train(world: World) -> None:
        await world.trained("ana", "mira")
        await act(world)

    return first_train


async def cancel(world: World) -> None:
    world.engine.hold(at_step=1)
    await world.draw("ana", "1girl", style="none")
    message = await world.shown((await world.last_job()).job.id)
    await world.member("ana").click(message, label="Cancel")


async def choose_default(world: World) -> None:
    allowed = discord.Permissions(manage_channels=True, view_channel=True)
    role = world.guild.create_role("Hosts", permissions=allowed)
    host = world.guild.add_member(world.env.create_user("host"), roles=[role])
    await host.slash(world.channel, "style default")


ACTS: dict[str, Act] = {
    "gallery.show": command("gallery"),
    "draws.plan": command("draw", prompt="1girl", style="none"),
    "draws.again": on_pictures("Again"),
    "draws.delete": on_pictures("Delete"),
    "jobs.cancel": cancel,
    "jobs.queue": command("queue"),
    "privacy.holdings": command("privacy delete"),
    "styles.usable": command("style list"),
    "styles.of_owner": with_a_style(command("style file", style="mira")),
    "styles.set_channel_default": choose_default,
    "sharing.keep_private": with_a_style(
        command("style share", style="mira", **{"with": "private"})
    ),
    "sharing.publish": on_a_style("Let this server draw with it"),
    "sharing.style_file": on_a_style("Get the file"),
    "trainings.start": on_drawings("Start", "Quietly"),
    "trainings.plan": on_drawings("Start", "Quietly"),
    "datasets.discard": on_drawings("Discard"),
}


@pytest.mark.parametrize("work", ACTS)
async def test_the_answer_comes_before_the_work(
    world: World, monkeypatch: pytest.MonkeyPatch, work: str
) -> None:
    name, method = work.split(".")
    service = getattr(world.app, name)
    original = getattr(service, method)
    answered: list[bool] = []

    async def observed(*args: object, **kwargs: object) -> object:
        pressed = world.env.transcript().split("INTERACTION_CREATE")[-1]
        answered.append("/callback" in pressed)
        return await original(*args, **kwargs)

    monkeypatch.setattr(service, method, observed)
    await ACTS[work](world)
    assert answered
    assert all(answered)


async def test_what_is_wrong_with_an_order_itself_shows_no_message(world: World) -> None:
    refused = await world.draw("ana", "cat score:11", style="none")
    assert refused.ephemeral
    assert "MESSAGE_CREATE" not in world.env.transcript()
