"""`/train`: drawings in, a card, a training with one live message, a style."""

import io

import discord
import pytest
from PIL import Image

from bot.client import OwnhandBot
from bot.errors import UserError
from bot.services.recording import Recorder
from engine.protocol import Progress
from tests.cogs.world import (
    World,
    is_disabled,
    labels,
    png,
    pngs,
    said_to,
    text_of,
    walk,
)


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
    sheets = [f"drawings-{n}.jpg" for n in (1, 2, 3)]
    assert [one.filename for one in view.attachments] == [*sheets, "pairs.jpg"]
    galleries = [node for node in walk(view.components) if "items" in node]
    assert [len(node["items"]) for node in galleries] == [1, 1, 1, 1], "each as wide as the message"
    assert "show the newest" not in text_of(view)
    await world.add_more("ana", card, pngs(1, first=36))
    [view] = [m for m in world.channel.history(viewer=world.member("ana")) if m.id == card.id]
    assert "The pictures show the newest 36; `/style drawings` shows them all." in text_of(view)
    assert len(view.attachments) == 4


async def test_the_card_names_no_minutes_before_any_were_measured(world: World) -> None:
    first = await world.hand_over("ana", pngs(6), style="mira")
    assert "steps; how long that is shows once it runs." in said_to(first)
    await world.app.store.meta.put("train_step_s:builtin", "0.5")
    again = await world.hand_over("ana", [], style="mira")
    assert "Training takes about 2 minutes (200 steps)." in said_to(again)


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
    assert labels(message) == [
        *("Let this server draw with it", "Keep private", "Get the file"),
        *("Choose the checkpoint", "At 0.6, 0.8 and 1"),
    ]
    kinds = [attachment.filename.split("-")[1] for attachment in message.attachments]
    assert kinds == ["reveal.jpg", "loop.webp", "sheet.jpg", "curve.png"]
    assert "It picks no winner" in text_of(message), "no drawing is kept aside of six"
    assert len(world.messages()) == 1


async def test_bad_files_are_refused_by_name_and_the_good_ones_kept(world: World) -> None:
    animation = io.BytesIO()
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    frames[0].save(animation, "GIF", save_all=True, append_images=frames[1:])
    files = [
        *pngs(3),
        ("notes.png", b"this is no picture"),
        ("walk.gif", animation.getvalue()),
        ("cut.png", png(9)[:-40]),
        ("layers.psd", b"8BPS" + bytes(60)),
        ("again.png", png(0)),
    ]
    result = await world.hand_over("ana", files)
    assert result.response is not None
    card = text_of(result.response)
    assert "3 drawings are here." in card
    assert "5 files were not taken" in card
    for name, reason in (
        ("notes.png", "not a picture I can read"),
        ("walk.gif", "this moves"),
        ("cut.png", "is damaged or breaks off in the middle"),
        ("layers.psd", "Photoshop"),
        ("again.png", "here already"),
    ):
        [line] = [line for line in card.splitlines() if f"`{name}`" in line]
        assert reason in line


async def test_too_few_drawings_say_how_many_are_needed(world: World) -> None:
    result = await world.hand_over("ana", pngs(2))
    assert result.response is not None
    assert "A style needs at least 5 drawings. You have 2." in text_of(result.response)
    assert is_disabled(result.response, "Start")
    assert not is_disabled(result.response, "Add more")


async def test_attached_drawings_are_kept_without_a_window(world: World) -> None:
    ana = world.member("ana")
    result = await ana.slash(
        world.channel, "train", name="mira", drawing1=("a.png", png(1)), drawing2=("b.png", png(2))
    )
    assert result.ephemeral
    assert result.response is not None
    assert "Drawings for **mira**" in text_of(result.response)
    assert "2 drawings are here." in text_of(result.response)


async def test_an_empty_window_shows_what_to_do(world: World) -> None:
    result = await world.hand_over("ana", [])
    assert result.response is not None
    assert "There are no drawings yet." in text_of(result.response)


async def test_a_bad_name_gets_its_sentence_and_costs_no_drawing(world: World) -> None:
    assert "A style's name has 1 to 32" in said_to(await world.hand_over("ana", [], style="none"))
    result = await world.hand_over("ana", pngs(6), style="mira!")
    assert "A style's name has 1 to 32" in said_to(result)
    assert "The drawings are kept as **own** for now" in said_to(result)
    assert "6 drawings are here." in said_to(result)
    named = await world.hand_over("ana", pngs(1, first=6), style="mira")
    assert "Drawings for **mira**" in said_to(named)
    assert "7 drawings are here." in said_to(named)


async def test_discarded_drawings_are_gone(world: World) -> None:
    result = await world.hand_over("ana", pngs(6))
    assert result.response is not None
    await world.member("ana").click(result.response, label="Discard")
    assert text_of(result.response).strip() == "Gone. Nothing of it is kept."
    assert (await world.app.privacy.holdings(world.owner_id("ana"))).drawings == 0


async def test_back_shows_the_drawings_again(world: World) -> None:
    result = await world.hand_over("ana", pngs(6))
    assert result.response is not None
    ana = world.member("ana")
    await ana.click(result.response, label="Start")
    await ana.click(result.response, label="Back")
    assert "6 drawings are here." in text_of(result.response)


async def test_a_quiet_training_is_in_a_private_thread(world: World) -> None:
    result = await world.hand_over("ana", pngs(6), style="mira")
    assert result.response is not None
    ana = world.member("ana")
    await ana.click(result.response, label="Start")
    await ana.click(result.response, label="Quietly")
    [thread] = world.channel.threads
    assert f"<#{thread.id}>" in text_of(result.response)
    job = (await world.last_job()).job
    assert job.quiet
    assert job.place.channel_id == thread.id
    await world.eventually(
        lambda: any("**mira** is ready" in text_of(message) for message in world.messages(thread))
    )
    assert world.messages() == []
    bo = await world.member("bo").slash(world.channel, "queue")
    assert "Nothing is waiting" in said_to(bo)


async def test_a_quiet_training_comes_by_direct_message_without_threads(world: World) -> None:
    everyone = world.guild.default_role
    channel = world.guild.create_text_channel(
        "plain", overwrites={everyone: discord.PermissionOverwrite(create_private_threads=False)}
    )
    world.channel = channel
    result = await world.hand_over("ana", pngs(6), style="mira")
    assert result.response is not None
    ana = world.member("ana")
    await ana.click(result.response, label="Start")
    await ana.click(result.response, label="Quietly")
    direct = ana.user.dm_channel
    await world.eventually(
        lambda: any("**mira** is ready" in text_of(message) for message in world.messages(direct))
    )
    assert world.messages() == []


async def test_a_shared_style_can_be_drawn_with_by_everyone(world: World) -> None:
    job_id = await world.trained("ana", "mira")
    refused = await world.draw("bo", "1girl", style="mira")
    assert "There is no style called “mira” here." in said_to(refused)
    message = await world.shown(job_id, "is ready")
    shared = await world.member("ana").click(message, label="Let this server draw with it")
    assert "Everyone in Test Guild can draw with **mira** now." in said_to(shared)
    message = await world.shown(job_id, "Everyone on the server can draw with it.")
    assert is_disabled(message, "Let this server draw with it")
    await world.drawn("bo", "1girl", style="mira")
    await world.member("ana").click(message, label="Keep private")
    await world.shown(job_id, "Only")
    refused = await world.draw("bo", "1girl", style="mira")
    assert "There is no style called “mira” here." in said_to(refused)


async def test_only_the_artist_shares_and_gets_the_file(world: World) -> None:
    job_id = await world.trained("ana", "mira")
    message = await world.shown(job_id, "is ready")
    bo, ana = world.member("bo"), world.member("ana")
    for label in ("Let this server draw with it", "Get the file"):
        refused = await bo.click(message, label=label)
        assert refused.ephemeral
        assert "Only the artist who trained it" in said_to(refused)
    given = await ana.click(message, label="Get the file")
    assert given.ephemeral
    [answer] = given.followups or [given.response]
    assert answer is not None
    assert answer.attachments[0].filename.endswith(".safetensors")


async def test_buttons_work_after_a_restart(world: World) -> None:
    result = await world.hand_over("ana", pngs(6), style="mira")
    assert result.response is not None
    await world.env.restart_bot(OwnhandBot(world.app))
    ana = world.member("ana")
    await world.add_more("ana", result.response, pngs(2, first=6))
    assert "8 drawings are here." in text_of(result.response)
    await ana.click(result.response, label="Start")
    await ana.click(result.response, label="Train in the open")
    job = (await world.last_job()).job
    message = await world.shown(job.id, "is ready")
    await world.env.restart_bot(OwnhandBot(world.app))
    shared = await ana.click(message, label="Let this server draw with it")
    assert "Everyone in Test Guild can draw with **mira** now." in said_to(shared)


async def test_a_training_goes_on_in_the_same_message_after_a_restart(world: World) -> None:
    world.engine.hold(at_step=1)
    result = await world.hand_over("ana", pngs(6), style="mira")
    assert result.response is not None
    ana = world.member("ana")
    await ana.click(result.response, label="Start")
    await ana.click(result.response, label="Train in the open")
    job = (await world.last_job()).job
    before = await world.shown(job.id)
    await world.env.restart_bot(OwnhandBot(world.app))
    world.engine.release()
    after = await world.shown(job.id, "is ready")
    assert after.id == before.id
    assert len(world.messages()) == 1


async def test_a_deleted_message_is_posted_again_once(world: World) -> None:
    world.engine.hold(at_step=1)
    result = await world.hand_over("ana", pngs(6), style="mira")
    assert result.response is not None
    ana = world.member("ana")
    await ana.click(result.response, label="Start")
    await ana.click(result.response, label="Train in the open")
    job = (await world.last_job()).job
    first = await world.shown(job.id)
    world.env.backend.delete_message(world.channel.id, first.id)
    world.engine.release()
    second = await world.shown(job.id, "is ready")
    assert second.id != first.id
    assert [message.id for message in world.messages()] == [second.id]


async def test_a_stopped_training_says_so(world: World) -> None:
    world.engine.hold(at_step=1)
    result = await world.hand_over("ana", pngs(6), style="mira")
    assert result.response is not None
    ana = world.member("ana")
    await ana.click(result.response, label="Start")
    await ana.click(result.response, label="Train in the open")
    job = (await world.last_job()).job
    message = await world.shown(job.id)
    refused = await world.member("bo").click(message, label="Cancel")
    assert "Only the person who asked for it" in said_to(refused)
    await ana.click(message, label="Cancel")
    await world.shown(job.id, "The training was stopped.")


async def test_a_failed_training_says_why(world: World) -> None:
    world.engine.fail_next("train.not_finite", step=40)
    result = await world.hand_over("ana", pngs(6), style="mira")
    assert result.response is not None
    ana = world.member("ana")
    await ana.click(result.response, label="Start")
    await ana.click(result.response, label="Train in the open")
    job = (await world.last_job()).job
    await world.shown(job.id, "The training stopped.", "went astray at step 40")


async def test_a_training_that_lacks_memory_says_how_it_goes_on(world: World) -> None:
    world.engine.hold(at_step=1)
    result = await world.hand_over("ana", pngs(6), style="mira")
    assert result.response is not None
    ana = world.member("ana")
    await ana.click(result.response, label="Start")
    await ana.click(result.response, label="Train in the open")
    await world.engine.reached(f"{(await world.last_job()).job.id}.1")
    job = (await world.last_job()).job
    app = world.app
    recorder = Recorder(app.store, app.feed, app.clock, job, ())
    await app.store.jobs.progress(job.id, job.attempt, 1, 9, None)
    await recorder.progress(Progress(request_id=job.id, step=1, steps=9, parts=4))
    await world.shown(job.id, "Memory was short: the batch is now computed in 4 parts.")
    await recorder.progress(Progress(request_id=job.id, step=2, steps=9, parts=1))
    await world.shown(job.id, "steps are now computed in a way that needs less")
    world.engine.release()
    await world.shown(job.id, "is ready")
    assert app.feed.parts == {}


async def test_without_permission_to_write_nothing_starts(world: World) -> None:
    everyone = world.guild.default_role
    world.channel = world.guild.create_text_channel(
        "deaf", overwrites={everyone: discord.PermissionOverwrite(send_messages=False)}
    )
    result = await world.hand_over("ana", pngs(6), style="mira")
    assert result.response is not None
    ana = world.member("ana")
    await ana.click(result.response, label="Start")
    refused = await ana.click(result.response, label="Train in the open")
    assert "I may not do that here; I lack Send Messages." in said_to(refused)
    assert await world.jobs() == []


async def test_a_second_style_in_another_server_takes_its_own_draft(world: World) -> None:
    await world.hand_over("ana", pngs(3), style="ink")
    elsewhere = await world.app.datasets.add(
        world.owner_id("ana"), [], name="ink", guild_id=world.guild.id + 1
    )
    assert not elsewhere.drawings


async def test_sharing_names_only_the_server_that_it_is_said_in(world: World) -> None:
    job_id = await world.trained("ana")
    style = (await world.app.jobs.view(job_id)).style
    assert style is not None
    with pytest.raises(UserError, match=r"style\.elsewhere"):
        await world.app.sharing.publish(
            style.id, world.owner_id("ana"), guild_id=world.guild.id + 1
        )
