"""Kinds on the card: suggested, named, moved, undone, and trained by."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.client import OwnhandBot
from cogs.ui.kinds_card import spans
from data.kinds import Kind
from tests.cogs.world import World, is_disabled, labels, pngs, said_to, text_of

DORA = Path(__file__).resolve().parents[2] / "data" / "assets" / "artists" / "dora"


@pytest.mark.parametrize(
    ("numbers", "said"),
    [((), ""), ((3,), "3"), ((1, 2, 3), "1-3"), ((1, 3, 4, 9), "1, 3-4, 9")],
)
def test_numbers_are_written_as_they_are_typed(numbers: tuple[int, ...], said: str) -> None:
    assert spans(numbers) == said


async def test_kinds_are_suggested_named_and_undone_across_restarts(world: World) -> None:
    files = [(path.name, path.read_bytes()) for path in sorted(DORA.glob("*.png"))[:18]]
    result = await world.hand_over("ana", files, style="mira")
    card, ana = result.response, world.member("ana")
    assert card is not None
    await ana.click(card, label="Kinds")
    assert "There are no kinds yet" in text_of(card)
    await ana.click(card, label="Suggest kinds")
    assert "Your drawings look like 2 kinds." in text_of(card)
    assert "**Kind 2**: 3, 9, 15" in text_of(card)
    opened = await ana.click(card, label="Kind 2")
    await world.env.restart_bot(OwnhandBot(world.app))
    await ana.submit_modal(opened, {"name": "sketch", "word": "rough sketch", "numbers": "6"})
    assert "**sketch**: 3, 6, 9, 15 · caption word: rough sketch" in text_of(card)
    await ana.click(card, label="Back")
    assert "Kinds: Kind 1 (14), sketch (4)." in text_of(card)
    await ana.click(card, label="Kinds")
    await ana.click(card, label="Undo kinds")
    assert "There are no kinds yet" in text_of(card)
    assert "sketch" not in labels(card)


async def test_an_old_window_changes_nothing_and_nobody_else_opens_one(world: World) -> None:
    result = await world.hand_over("ana", pngs(6), style="mira")
    card, ana = result.response, world.member("ana")
    assert card is not None
    await ana.click(card, label="Kinds")
    first = await ana.click(card, label="New kind")
    late = await ana.click(card, label="New kind")
    await ana.submit_modal(first, {"name": "a", "word": "", "numbers": "1-3"})
    await ana.submit_modal(late, {"name": "b", "word": "", "numbers": "4"})
    assert "**a**: 1-3" in text_of(card)
    assert "In no kind: 4-6" in text_of(card)
    assert "b" not in labels(card)
    told = await ana.submit_modal(
        await ana.click(card, label="a"), {"name": "a", "word": "x, y", "numbers": ""}
    )
    assert "without commas" in said_to(told)
    [draft] = await world.app.store.datasets.drafts_of(world.owner_id("ana"))
    assert (await world.app.store.kinds.get(draft.id)).kinds == (Kind(name="a"),)


async def test_drawings_of_one_kind_are_said_to_be(world: World) -> None:
    result = await world.hand_over("ana", pngs(6), style="mira")
    card, ana = result.response, world.member("ana")
    assert card is not None
    assert not is_disabled(card, "Kinds")
    await ana.click(card, label="Kinds")
    await ana.click(card, label="Suggest kinds")
    assert "Your drawings look like one kind" in text_of(card)
