"""The card of a hand-over, however much there is to say about it."""

from __future__ import annotations

import dataclasses
import socket
from pathlib import Path

import discord
import pytest
from simcord.components import walk_components

from bot.config import Settings
from bot.errors import Fact
from bot.i18n import LANGUAGES, Texts, catalogue
from bot.services.datasets import IntakeReport
from bot.services.intake import Note, Refused
from bot.services.recipes import USUAL
from cogs.ui.intake_card import intake_card
from data.choices import RecipeChoice
from data.models import DatasetId
from engine.fake import FakeEngine
from tests.cogs.bad_drawings import bad_set
from tests.cogs.world import World, text_of

#: What one message of Discord takes in all its texts.
MOST_CHARS = 4000
#: Of a large set the numbers of drawings are longer.
NUMBERS_CHARS = 500
MOST_COMPONENTS = 40
FILES = [f"{number}-{'long name ' * 20}.png" for number in range(40)]


CHANGES = " ".join(["rank=8"] * 43)


@pytest.fixture
def settings(tmp_path: Path, settings: Settings) -> Settings:
    """A host with a tagger, and with a page for large files."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    return dataclasses.replace(settings, tagger_model="tagger", files_port=port, public_url=url)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_worst_hand_over_still_fits_into_a_message(
    world: World, engine: FakeEngine, language: str
) -> None:
    engine.hold_captions(after=2)
    dataset_id = await worst_draft(world)
    await sort_into_four(world, dataset_id)
    report = await world.app.datasets.report(dataset_id, world.owner_id("ana"))
    full = dataclasses.replace(worst_report(report, language), accepted=report.drawings[1:])
    card = await intake_card(world.app, Texts(language), full, notice="x" * 250)
    nodes = list(walk_components(card.view.to_components()))
    said = [str(node["content"]) for node in nodes if "content" in node]
    sections = [node for node in nodes if node["type"] == discord.ComponentType.section.value]
    assert len(sections) == 8, "every trouble, and what was done"
    buttons = [node for node in nodes if node["type"] == discord.ComponentType.button.value]
    assert len(buttons) == 8 + 8, "every button"
    assert any(CHANGES[:60] in one for one in said)
    assert any(Texts(language).say("captions.reading", count=2, of=27) in one for one in said)
    assert sum(map(len, said)) <= MOST_CHARS
    refused = next(one for one in said if Texts(language).say("train.refused", count=40) in one)
    named = sum(name[:20] in refused for name in FILES)
    assert named >= 3, "some reasons are told even then"
    rest = Texts(language).say("count.files", count=len(FILES) - named)
    assert rest in refused, "of the others their number"
    assert sum(map(len, said)) - len(refused) <= MOST_CHARS - NUMBERS_CHARS
    assert len(nodes) <= MOST_COMPONENTS


async def sort_into_four(world: World, dataset_id: DatasetId) -> None:
    """Make four kinds of the longest names."""
    for number in range(1, 5):
        mark = (await world.app.kinds.sorted(dataset_id, world.owner_id("ana"))).mark
        await world.app.kinds.change(
            *(dataset_id, world.owner_id("ana"), number, mark),
            name="_" * 24, word="x" * 40, numbers=str(number),
        )  # fmt: skip


async def worst_draft(world: World) -> DatasetId:
    """Make a draft with every trouble, with borders cut off, and with a recipe of its own."""
    files = bad_set(3)
    result = await world.hand_over("ana", files[:-7], style="a" * 32, words="")
    assert result.response is not None
    await world.member("ana").click(result.response, label="Cut the borders off")
    result = await world.hand_over("ana", files[-7:], style="a" * 32, words="")
    assert result.response is not None
    assert "27 drawings are here." in text_of(result.response)
    rows = await world.app.db.read().fetch_all("SELECT id FROM datasets")
    dataset_id = DatasetId(rows[0]["id"])
    choice = RecipeChoice(recipe=USUAL.recipe, changes=CHANGES)
    await world.app.recipes.choose(dataset_id, world.owner_id("ana"), choice)
    return dataset_id


def worst_report(report: IntakeReport, language: str) -> IntakeReport:
    """Let there be as much to say about the files as there ever is."""
    keys = [key for key in catalogue(language) if key.startswith("intake.")]
    reasons = [key for key in keys if not key.startswith("intake.note_")]
    worst = max(reasons, key=lambda key: len(str(catalogue(language)[key])))
    sizes: list[dict[str, Fact]] = [
        {"width": 9, "height": number, "least": 64} for number in range(len(FILES))
    ]
    refused = [
        Refused(file_name=name, key="intake.too_small", facts=size)
        for name, size in zip(FILES[1:], sizes, strict=False)
    ]
    notes = [key for key in keys if key.startswith("intake.note_")]
    words = "*_" * 250
    drawings = tuple(dataclasses.replace(one, caption=words) for one in report.drawings[1:])
    return dataclasses.replace(
        report,
        drawings=(report.drawings[0], *drawings),
        refused=(Refused(file_name=FILES[0], key=worst, facts={}), *refused),
        notes=tuple(Note(file_name=name, key=key) for name in FILES for key in notes),
    )
