"""An artist sorts a draft by kinds, and a training reads their words."""

from __future__ import annotations

import pytest

from bot.app import App
from bot.playground.samples import ASSETS
from bot.services.intake import Upload
from data.kinds import Kind
from data.models import DatasetId, Split
from engine.fake import FakeEngine
from engine.protocol import TrainRequest
from tests.services.conftest import ANA, BO, GUILD, drawings, refuses, upload


def of_artist(name: str) -> list[Upload]:
    paths = sorted((ASSETS / "artists" / name).glob("*.png"))
    return [upload(path.name, path.read_bytes()) for path in paths]


async def draft(app: App, files: list[Upload] | None = None) -> DatasetId:
    report = await app.datasets.add(ANA, files or drawings(6), name="ink", guild_id=GUILD)
    return report.dataset.id


async def mark(app: App, dataset_id: DatasetId) -> str:
    return (await app.kinds.sorted(dataset_id, ANA)).mark


async def change(
    app: App,
    dataset_id: DatasetId,
    number: int,
    numbers: str = "",
    *,
    name: str = "",
    word: str = "",
) -> None:
    now = await mark(app, dataset_id)
    await app.kinds.change(dataset_id, ANA, number, now, name=name, word=word, numbers=numbers)


async def test_sketches_are_suggested_as_a_kind_and_undone(app: App) -> None:
    dataset_id = await draft(app, of_artist("dora"))
    assert await app.kinds.suggest(dataset_id, ANA) == 2
    found = await app.kinds.sorted(dataset_id, ANA)
    assert found.numbers(2) == (3, 9, 15, 21, 27, 33)
    assert len(found.numbers(1)) == 30
    await app.kinds.clear(dataset_id, ANA)
    cleared = await app.kinds.sorted(dataset_id, ANA)
    assert cleared.kinds.kinds == ()
    assert len(cleared.numbers(0)) == 36


async def test_drawings_of_one_kind_stay_together(app: App) -> None:
    dataset_id = await draft(app, of_artist("ada"))
    assert await app.kinds.suggest(dataset_id, ANA) == 1
    assert (await app.kinds.sorted(dataset_id, ANA)).kinds.kinds == ()


async def test_an_artist_names_kinds_and_moves_drawings(app: App) -> None:
    dataset_id = await draft(app)
    await change(app, dataset_id, 1, "1-5", name="finished")
    await change(app, dataset_id, 2, "4, 6", name=" my\nsketches ", word="sketch")
    found = await app.kinds.sorted(dataset_id, ANA)
    assert found.kinds.kinds == (Kind(name="finished"), Kind(name="my sketches", word="sketch"))
    assert [found.numbers(kind) for kind in (0, 1, 2)] == [(), (1, 2, 3, 5), (4, 6)]
    await change(app, dataset_id, 1, "4 6", name="all")
    found = await app.kinds.sorted(dataset_id, ANA)
    assert found.kinds.kinds == (Kind(name="all"),), "a kind without drawings is gone"
    assert found.numbers(1) == (1, 2, 3, 4, 5, 6)


@pytest.mark.parametrize(
    ("number", "numbers", "word", "key"),
    [
        (1, "7", "", "drawings.numbers_bad"),
        (1, "x", "", "drawings.numbers_bad"),
        (1, "1", "a sketch, rough", "kinds.word_bad"),
        (1, "1", "x" * 41, "kinds.word_bad"),
        (2, "", "", "kinds.empty"),
        (3, "1", "", "train.card_old"),
        (0, "1", "", "train.card_old"),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    app: App, number: int, numbers: str, word: str, key: str
) -> None:
    dataset_id = await draft(app)
    await change(app, dataset_id, 1, "1-3", name="a")
    before = await app.kinds.sorted(dataset_id, ANA)
    with refuses(key):
        await change(app, dataset_id, number, numbers, name="b", word=word)
    assert await app.kinds.sorted(dataset_id, ANA) == before


async def test_an_old_card_and_somebody_else_change_nothing(app: App) -> None:
    dataset_id = await draft(app)
    old = await mark(app, dataset_id)
    await change(app, dataset_id, 1, "1-3")
    with refuses("train.card_old"):
        await app.kinds.change(dataset_id, ANA, 1, old, name="", word="", numbers="4")
    for act in (app.kinds.sorted, app.kinds.suggest, app.kinds.clear):
        with refuses("train.unknown_dataset"):
            await act(dataset_id, BO)


async def test_there_are_four_kinds_at_most(app: App) -> None:
    dataset_id = await draft(app)
    for number in range(1, 5):
        await change(app, dataset_id, number, str(number))
    with refuses("train.card_old"):
        await change(app, dataset_id, 5, "5")


async def test_a_training_reads_the_words_and_the_style_keeps_its_kinds(
    app: App, engine: FakeEngine
) -> None:
    dataset_id = await draft(app, drawings(24))
    await app.captions.set_trigger(dataset_id, ANA, "mira")
    await change(app, dataset_id, 1, "1-12", name="finished")
    await change(app, dataset_id, 2, "13-24", name="sketch", word="rough sketch")
    job = await app.trainings.start(dataset_id, owner_id=ANA)
    done = await app.jobs.wait(job.id)
    [request] = [one for one in engine.submitted if isinstance(one, TrainRequest)]
    said = [drawing.caption for drawing in request.drawings]
    assert said[:12] == ["mira, 1girl, cat"] * 12
    assert said[12:] == ["mira, rough sketch, 1girl, cat"] * 12, "those kept aside too"
    kept = await app.store.datasets.drawings(dataset_id)
    assert [one.caption for one in kept] == ["1girl, cat"] * 24, "the artist's words stay"
    aside = [number for number, one in enumerate(kept) if one.split is Split.HELD_OUT]
    assert sum(number < 12 for number in aside) == 2
    assert len(aside) == 4
    with refuses("train.sealed"):
        await app.kinds.clear(dataset_id, ANA)
    assert done.style is not None
    opened = await app.collection.anew_from(done.style.id, ANA)
    again = await app.kinds.sorted(opened.draft.id, ANA)
    assert again.kinds.kinds[1] == Kind(name="sketch", word="rough sketch")
    assert again.numbers(2) == tuple(range(13, 25))
