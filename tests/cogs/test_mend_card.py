"""The card of a set in which much is wrong, and every button beside it."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from simcord.results import ResponseMessage

from bot.client import OwnhandBot
from tests.bot.decode.damage import bordered
from tests.cogs.bad_drawings import ADA, bad_set, png
from tests.cogs.world import World, labels, pngs, said_to, text_of


async def handed_over(world: World) -> ResponseMessage:
    result = await world.hand_over("ana", bad_set())
    assert result.response is not None
    return result.response


async def test_the_card_says_what_is_wrong_beside_a_button_each(world: World) -> None:
    card = await handed_over(world)
    said = text_of(card)
    for sentence in (
        "13 drawings are here.",
        "**1 pair** looks like one drawing twice: 1 = 7.",
        "**1 drawing** is smaller than this base draws and would be enlarged 1.6 times: 8.",
        "**1 drawing** was enlarged before and is blurred by it: 9.",
        "**1 drawing** was saved as a poor JPEG (quality 30): 10.",
        "**1 drawing** is mostly empty border (66 %): 11.",
        "1 drawing was see-through and lies on white paper now.",
        "loses 36 % of its area: 13 (−36 %). The frames show what stays.",
    ):
        assert sentence in said, said
    names = [attachment.filename for attachment in card.attachments]
    assert names == ["drawings-1.jpg", "drawings-2.jpg", "pairs.jpg"]


async def test_a_good_set_has_no_warning(world: World) -> None:
    result = await world.hand_over("ana", bad_set()[:6])
    assert result.response is not None
    usual = ["Start", "Add more", "Captions", "Kinds", "Recipe", "Discard"]
    assert labels(result.response) == usual
    said = text_of(result.response)
    for word in ("twice", "smaller", "blurred", "JPEG", "border", "see-through", "shape"):
        assert word not in said
    assert len(result.response.attachments) == 1


@pytest.mark.parametrize(
    ("label", "notice", "gone"),
    [
        ("Remove the copies", "1 drawing was removed.", "looks like one drawing"),
        ("Remove the small", "1 drawing was removed.", "is smaller than"),
        ("Remove the blurred", "1 drawing was removed.", "is blurred by it"),
        ("Remove the damaged", "1 drawing was removed.", "poor JPEG"),
    ],
)
async def test_a_button_removes_its_drawings(
    world: World, label: str, notice: str, gone: str
) -> None:
    card = await handed_over(world)
    await world.member("ana").click(card, label=label)
    said = text_of(card)
    assert notice in said
    assert gone not in said
    assert "12 drawings are here." in said


async def test_borders_are_cut_off_and_put_back_after_a_restart(world: World) -> None:
    card = await handed_over(world)
    ana = world.member("ana")
    await ana.click(card, label="Cut the borders off")
    said = text_of(card)
    assert "The border of 1 drawing was cut off." in said
    assert "mostly empty border" not in said
    assert "The border of 1 drawing was cut off: 11." in said
    await world.env.restart_bot(OwnhandBot(world.app))
    await ana.click(card, label="Put them back")
    said = text_of(card)
    assert "1 drawing has its border again." in said
    assert "mostly empty border" in said


async def test_see_through_drawings_are_laid_on_the_paper_that_is_chosen(world: World) -> None:
    card = await handed_over(world)
    ana = world.member("ana")
    await ana.click(card, label="Other paper")
    assert "Which paper?" in text_of(card)
    await ana.click(card, label="Cream")
    assert "1 drawing was laid on cream paper." in text_of(card)
    await ana.click(card, label="Other paper")
    opened = await ana.click(card, label="Another colour")
    await world.env.restart_bot(OwnhandBot(world.app))
    await ana.submit_modal(opened, {"colour": "#102030"})
    [view] = [m for m in world.channel.history(viewer=ana) if m.id == card.id]
    assert "1 drawing was laid on paper of the colour `#102030`." in text_of(view)
    [dataset] = await world.app.store.datasets.drafts_of(world.owner_id("ana"))
    drawing = (await world.app.store.datasets.drawings(dataset.id))[11]
    kept = Image.open(io.BytesIO(await world.app.blobs.read(drawing.sha256)))
    assert kept.getpixel((5, 5)) == (0x10, 0x20, 0x30)


async def test_where_nothing_is_changed_that_is_said(world: World) -> None:
    card = await handed_over(world)
    ana = world.member("ana")
    await ana.click(card, label="Other paper")
    await ana.click(card, label="White")
    assert "They lie on white paper already." in text_of(card)
    await ana.click(card, label="Cut the borders off")
    [draft] = await world.app.store.datasets.drafts_of(world.owner_id("ana"))
    assert await world.app.mending.put_borders_back(draft.id, world.owner_id("ana")) == 1
    await ana.click(card, label="Put them back")
    assert "All borders are there already." in text_of(card)


async def test_borders_of_twins_are_left_alone(world: World) -> None:
    once, twice = (bordered(ADA[12], 2), bordered(ADA[12], 3))
    result = await world.hand_over("ana", [("a.png", png(once)), ("b.png", png(twice)), *pngs(5)])
    assert result.response is not None
    ana, card = world.member("ana"), result.response
    await ana.click(card, label="Cut the borders off")
    assert "The border of 1 drawing was cut off." in text_of(card)
    await ana.click(card, label="Cut the borders off")
    assert "No border was cut off: without it these drawings would be too small" in text_of(card)


async def test_a_colour_that_is_none_gets_its_sentence(world: World) -> None:
    card = await handed_over(world)
    ana = world.member("ana")
    await ana.click(card, label="Other paper")
    opened = await ana.click(card, label="Another colour")
    refused = await ana.submit_modal(opened, {"colour": "reddish"})
    assert "A colour is written with six digits" in said_to(refused)


async def test_an_old_card_is_brought_up_to_date_and_removes_nothing(world: World) -> None:
    card = await handed_over(world)
    small = png(ADA[14].resize((80, 80), Image.Resampling.LANCZOS))
    await world.hand_over("ana", [("late.png", small)])
    await world.member("ana").click(card, label="Remove the small")
    said = text_of(card)
    assert "The drawings have changed since this card." in said
    assert "14 drawings are here." in said
    assert "enlarged up to 1.6 times: 8, 14." in said


async def test_what_the_base_cuts_off_can_be_looked_through(world: World) -> None:
    card = await handed_over(world)
    ana = world.member("ana")
    await ana.click(card, label="Look through them")
    assert "**13** `wide0.png`" in text_of(card), "the page of the one that loses most"
    await ana.click(card, label="◀")
    assert "**12** `clear0.png`" in text_of(card)
    await ana.click(card, label="▶")
    opened = await ana.click(card, label="Remove some")
    await ana.submit_modal(opened, {"numbers": "13"})
    [view] = [m for m in world.channel.history(viewer=ana) if m.id == card.id]
    assert "1 drawing was removed." in text_of(view)
    await ana.click(card, label="To the card")
    assert "of its area" not in text_of(card)
    assert "12 drawings are here." in text_of(card)


async def test_frames_are_told_of_where_they_are(world: World) -> None:
    [wide] = bad_set()[-1:]
    result = await world.hand_over("ana", [wide, *pngs(8)])
    assert "The frames show what stays." in said_to(result)
    assert result.response is not None
    await world.hand_over("ana", pngs(28, first=8))
    card = await world.hand_over("ana", pngs(1, first=36))
    assert "38 drawings are here." in said_to(card)
    assert "area: 1 (−36 %). The frames on the pages show what stays." in said_to(card)
