"""`/style drawings`: pages of drawings, and what the artist does with them; `/train from`."""

from __future__ import annotations

import io
import zipfile

from bot.client import OwnhandBot
from tests.cogs.world import World, is_disabled, labels, pngs, said_to, text_of


async def test_a_draft_is_shown_page_by_page(world: World) -> None:
    await world.hand_over("ana", pngs(14), style="mira")
    ana = world.member("ana")
    result = await ana.slash(world.channel, "style drawings")
    assert result.ephemeral
    assert result.response is not None
    card = result.response
    said = text_of(card)
    assert "Drawings for **mira**" in said
    assert "14 drawings, begun <t:" in said
    assert "**12** `d11.png` 1girl" in said
    assert "d12.png" not in said
    assert "Page 1 of 2" in said
    assert is_disabled(card, "◀")
    await world.env.restart_bot(OwnhandBot(world.app))
    await ana.click(card, label="▶")
    said = text_of(card)
    assert "**14** `d13.png` 1girl" in said
    assert "Page 2 of 2" in said
    assert is_disabled(card, "▶")
    assert len(card.attachments) == 1


async def test_drawings_are_removed_and_added_from_a_page(world: World) -> None:
    await world.hand_over("ana", pngs(6), style="mira")
    ana = world.member("ana")
    result = await ana.slash(world.channel, "style drawings", set="mira")
    assert result.response is not None
    opened = await ana.click(result.response, label="Remove some")
    late = await ana.click(result.response, label="Remove some")
    await world.env.restart_bot(OwnhandBot(world.app))
    await ana.submit_modal(opened, {"numbers": "1, 3-4"})
    [view] = [m for m in world.channel.history(viewer=ana) if m.id == result.response.id]
    assert "3 drawings were removed." in text_of(view)
    assert "3 drawings, begun" in text_of(view)
    await ana.submit_modal(late, {"numbers": "1"})
    [view] = [m for m in world.channel.history(viewer=ana) if m.id == result.response.id]
    assert "The drawings have changed since this card." in text_of(view)
    assert "3 drawings, begun" in text_of(view)
    refused = await ana.submit_modal(
        await ana.click(result.response, label="Remove some"), {"numbers": "99"}
    )
    assert "Please give numbers from 1 to 3" in said_to(refused)
    await world.add_more("ana", result.response, pngs(2, first=20))
    [view] = [m for m in world.channel.history(viewer=ana) if m.id == result.response.id]
    assert "5 drawings are here." in text_of(view)


async def test_drawings_come_back_as_an_archive_with_their_captions(world: World) -> None:
    await world.hand_over("ana", pngs(3), style="mira", words="1girl, smile")
    ana = world.member("ana")
    page = await ana.slash(world.channel, "style drawings")
    assert page.response is not None
    given = await ana.click(page.response, label="Get them as .zip")
    assert given.ephemeral
    [answer] = given.followups or [given.response]
    assert answer is not None
    assert answer.attachments[0].filename == "drawings.zip"
    data = await answer.attachments[0].read()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert len(archive.namelist()) == 6
        assert archive.read("d00.txt") == b"1girl, smile"


async def test_sealed_drawings_cannot_be_changed_but_trained_on_anew(world: World) -> None:
    await world.trained("ana", "mira")
    ana = world.member("ana")
    page = await ana.slash(world.channel, "style drawings", set="mira")
    assert page.response is not None
    assert "6 drawings that a style was trained on <t:" in text_of(page.response)
    assert labels(page.response) == ["◀", "▶", "Get them as .zip", "Train anew on them"]
    await ana.click(page.response, label="Train anew on them")
    said = text_of(page.response)
    assert "These are the same drawings again" in said
    assert "This becomes version 2 of **mira**." in said
    assert not is_disabled(page.response, "Start")


async def test_train_from_a_style_opens_its_drawings_again(world: World) -> None:
    await world.trained("ana", "mira")
    ana = world.member("ana")
    result = await ana.slash(world.channel, "train", **{"from": "mira"})
    assert result.ephemeral
    assert result.response is not None
    assert "6 drawings are here." in text_of(result.response)
    assert "This becomes version 2 of **mira**." in text_of(result.response)
    await ana.click(result.response, label="Start")
    await ana.click(result.response, label="Train in the open")
    job = (await world.last_job()).job
    await world.shown(job.id, "**mira** is ready")
    refused = await world.member("bo").slash(world.channel, "train", **{"from": "mira"})
    assert "mira" in said_to(refused)
    assert len(await world.jobs()) == 2


async def test_a_draft_that_is_open_already_is_shown_as_it_was_left(world: World) -> None:
    await world.trained("ana", "mira")
    ana = world.member("ana")
    page = await ana.slash(world.channel, "style drawings", set="mira")
    assert page.response is not None
    first = await ana.slash(world.channel, "train", **{"from": "mira"})
    assert "These are the same drawings again" in said_to(first)
    [draft] = await world.app.store.datasets.drafts_of(world.owner_id("ana"))
    drawings = await world.app.store.datasets.drawings(draft.id)
    await world.app.mending.take_out(draft.id, world.owner_id("ana"), drawings[0].id)
    second = await ana.slash(world.channel, "train", **{"from": "mira"})
    await ana.click(page.response, label="Train anew on them")
    for said in (said_to(second), text_of(page.response)):
        assert "Your open draft of these drawings, as you left it." in said
        assert "These are the same" not in said
        assert "5 drawings are here." in said


async def test_drawings_beside_a_style_are_added_to_its_next_version(world: World) -> None:
    await world.trained("ana", "mira")
    [(name, data)] = pngs(1, first=30)
    result = await world.member("ana").slash(
        world.channel, "train", **{"from": "mira", "name": "Mira", "drawing2": (name, data)}
    )
    said = said_to(result)
    assert "7 drawings are here." in said
    assert "1 new drawing taken." in said
    assert "These are the same drawings again" in said


async def test_an_old_style_gets_no_other_name(world: World) -> None:
    await world.trained("ana", "mira")
    result = await world.member("ana").slash(
        world.channel, "train", **{"from": "mira", "name": "lena"}
    )
    assert "With `from` the style keeps its name, **mira**." in said_to(result)
    assert await world.app.store.datasets.drafts_of(world.owner_id("ana")) == ()


async def test_without_any_drawings_it_says_where_they_come_from(world: World) -> None:
    result = await world.member("ana").slash(world.channel, "style drawings")
    assert "There are no such drawings. `/train` takes some in." in said_to(result)
