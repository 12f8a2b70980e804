"""The card of a hand-over, however much there is to say about it."""

from __future__ import annotations

import dataclasses

import pytest
from simcord.components import walk_components

from bot.i18n import LANGUAGES, Texts, catalogue
from bot.services.intake import Note, Refused
from cogs.ui.intake_card import intake_card
from data.models import DatasetId
from tests.cogs.bad_drawings import bad_set
from tests.cogs.world import World, text_of

#: What one message of Discord takes in all its texts.
MOST_CHARS = 4000
MOST_COMPONENTS = 40
FILES = [f"{number}-{'long name ' * 20}.png" for number in range(40)]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_worst_hand_over_still_fits_into_a_message(world: World, language: str) -> None:
    result = await world.hand_over("ana", bad_set(3), style="a" * 32, words="*_" * 250)
    assert result.response is not None
    assert "27 drawings are here." in text_of(result.response)
    rows = await world.app.db.read().fetch_all("SELECT id FROM datasets")
    dataset_id = DatasetId(rows[0]["id"])
    report = await world.app.datasets.report(dataset_id, world.owner_id("ana"))
    keys = [key for key in catalogue(language) if key.startswith("intake.")]
    reasons = [key for key in keys if not key.startswith("intake.note_")]
    worst = max(reasons, key=lambda key: len(str(catalogue(language)[key])))
    notes = [key for key in keys if key.startswith("intake.note_")]
    full = dataclasses.replace(
        report,
        accepted=report.drawings[1:],
        refused=tuple(Refused(file_name=name, key=worst, facts={}) for name in FILES),
        notes=tuple(Note(file_name=name, key=key) for name in FILES for key in notes),
    )
    card = await intake_card(world.app, Texts(language), full, notice="x" * 250)
    nodes = list(walk_components(card.view.to_components()))
    said = [str(node["content"]) for node in nodes if "content" in node]
    assert len(said) > 10, "every trouble there is"
    assert sum(map(len, said)) <= MOST_CHARS
    assert len(nodes) <= MOST_COMPONENTS
