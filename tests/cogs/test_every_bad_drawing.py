"""36 files with every kind of trouble, handed over in one go: what the card says and what is kept.

`python scripts/bad_drawings.py FOLDER` writes the same files for a person to try.
"""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from data.models import Drawing
from tests.bot.decode.every_kind import BadFile, every_kind
from tests.cogs.world import World, text_of

ALL = 36


@pytest.fixture(scope="module")
def files() -> list[BadFile]:
    return every_kind()


async def test_every_bad_drawing_is_met_with_its_sentence(
    world: World, files: list[BadFile]
) -> None:
    opened = await world.hand_over("ana", [], words="")
    assert opened.response is not None
    card = opened.response
    await world.add_more("ana", card, [(one.name, one.data) for one in files])
    said = text_of(card)
    taken = [one for one in files if one.becomes is not None]
    assert len(files) == ALL
    assert f"{len(taken)} drawings are here." in said
    assert f"**{ALL - len(taken)} files were not taken:**" in said
    assert "more file" not in said, "every one is named"
    numbers = {one.name: number for number, one in enumerate(taken, 1)}
    for one in files:
        assert one.said.format(n=numbers.get(one.name)) in said, (one.name, said)
        if one.becomes is None:
            name, reason = f"`{one.name}`", one.said
            if "`: " in reason:  # the card calls it by another name, or with others
                name, _, reason = reason.partition(": ")
            [line] = [line for line in said.splitlines() if name in line]
            assert line.startswith("- `")
            assert reason in line
    assert "really-jpeg" not in said
    kept = await drawings_of(world)
    assert [drawing.file_name for drawing in kept] == [one.name for one in taken]
    for one, drawing in zip(taken, kept, strict=True):
        assert off(world, one, drawing) <= one.off_most, one.name


async def drawings_of(world: World) -> tuple[Drawing, ...]:
    [draft] = await world.app.store.datasets.drafts_of(world.owner_id("ana"))
    return tuple(await world.app.store.datasets.drawings(draft.id))


def off(world: World, one: BadFile, drawing: Drawing) -> float:
    """Measure how far what is kept is from what was drawn, on average over all pixels."""
    assert one.becomes is not None
    with Image.open(world.app.blobs.path(drawing.sha256)) as kept:
        assert kept.mode == "RGB"
        assert kept.size == one.becomes.size
        assert "icc_profile" not in kept.info
        found = np.asarray(kept, dtype=np.float64)
    return float(np.abs(found - np.asarray(one.becomes, dtype=np.float64)).mean())
