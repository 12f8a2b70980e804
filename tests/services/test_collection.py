"""Sets of drawings that wait, are thinned out, handed back, and trained on again."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import zipfile

import pytest
from PIL import Image

from bot.app import App
from data.blobs import Blobs
from data.captions import CaptionSource
from data.models import DatasetId, OwnerId, StyleId
from tests.bot.decode.damage import sample_drawings
from tests.services.conftest import (
    ANA,
    BO,
    GUILD,
    House,
    drawings,
    png,
    refuses,
    start_training,
    trained,
    upload,
)

DAY_MS = 24 * 3600 * 1000


async def test_a_draft_is_there_after_many_days_and_a_restart(house: House) -> None:
    async with house.open() as app:
        before = await app.datasets.add(ANA, drawings(3), name="ink", guild_id=GUILD)
    for _ in range(3):
        house.clock.advance(10 * DAY_MS)
        async with house.open() as app:
            found = await app.collection.find(ANA, None)
            assert (found.dataset, found.drawings) == (before.dataset, before.drawings)
            for drawing in found.drawings:
                assert app.blobs.path(drawing.sha256).exists()
    async with house.open() as app:
        more = await app.datasets.add(ANA, [upload("late.png", png(9))], name="ink", guild_id=GUILD)
        assert [one.file_name for one in more.drawings][-1] == "late.png"
        assert len(more.drawings) == 4


async def test_drafts_come_before_sealed_sets_the_newest_first(app: App, house: House) -> None:
    await start_training(app, name="old", count=5)
    for name in ("first", "second"):
        house.clock.advance(DAY_MS)
        await app.datasets.add(ANA, drawings(2), name=name)
    assert [one.dataset.name for one in await app.collection.sets(ANA)] == [
        "second", "first", "old",
    ]  # fmt: skip
    assert (await app.collection.find(ANA, "FIRST")).dataset.name == "first"
    assert (await app.collection.find(ANA, None)).dataset.name == "second"
    with refuses("drawings.none"):
        await app.collection.find(ANA, "third")
    with refuses("drawings.none"):
        await app.collection.find(BO, None)


@pytest.mark.parametrize(
    ("numbers", "left"),
    [
        ("2", "0 2 3 4 5"),
        ("1, 3-4", "1 4 5"),
        ("5 6", "0 1 2 3"),
        ("1–3;6", "3 4"),
        ("2 - 4", "0 4 5"),
    ],
)
async def test_drawings_are_removed_by_their_numbers(app: App, numbers: str, left: str) -> None:
    report = await app.datasets.add(ANA, drawings(6), name="ink")
    shown = await app.collection.get(report.dataset.id, ANA)
    await app.collection.take_out(report.dataset.id, ANA, numbers, shown.mark)
    names = [one.file_name for one in (await app.collection.get(report.dataset.id, ANA)).drawings]
    assert names == [f"d{int(number):02}.png" for number in left.split()]


@pytest.mark.parametrize("numbers", ["", "0", "7", "3-2", "all", "1,x", "-2", "1-99"])
async def test_numbers_that_are_none_remove_nothing(app: App, numbers: str) -> None:
    report = await app.datasets.add(ANA, drawings(6), name="ink")
    shown = await app.collection.get(report.dataset.id, ANA)
    with refuses("drawings.numbers_bad"):
        await app.collection.take_out(report.dataset.id, ANA, numbers, shown.mark)
    assert await app.collection.get(report.dataset.id, ANA) == shown


async def test_an_old_page_removes_nothing(app: App) -> None:
    report = await app.datasets.add(ANA, drawings(6), name="ink")
    old = await app.collection.get(report.dataset.id, ANA)
    await app.collection.take_out(report.dataset.id, ANA, "1", old.mark)
    with refuses("train.card_old"):
        await app.collection.take_out(report.dataset.id, ANA, "1", old.mark)


async def test_sealed_drawings_are_not_removed(app: App) -> None:
    await start_training(app, count=6)
    sealed = await app.collection.find(ANA, None)
    with refuses("train.sealed"):
        await app.collection.take_out(sealed.dataset.id, ANA, "1", sealed.mark)


async def test_what_is_handed_back_can_be_handed_over_again(app: App) -> None:
    report = await app.datasets.add(ANA, drawings(5, "кошка, cat"), name="ink")
    left_out, [whole] = await packed(app, report.dataset.id, 10_000_000)
    assert left_out == 0
    again = await app.datasets.add(BO, [upload("drawings.zip", whole)], name="ink")
    assert again.refused == ()
    assert [one.sha256 for one in again.drawings] == [one.sha256 for one in report.drawings]
    assert {one.caption for one in again.drawings} == {"кошка, cat"}


async def test_texts_of_what_is_handed_back_can_be_loaded(app: App) -> None:
    files = [upload("my cat.png", png(1)), upload("cat.png", png(2)), upload("CAT.png", png(3))]
    report = await app.datasets.add(ANA, files, name="ink")
    _, [whole] = await packed(app, report.dataset.id, 10_000_000)
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, name if name.endswith(".txt") else old.read(name))
    texts = [("drawings.zip", changed.getvalue())]
    done = await app.captions.take_files(report.dataset.id, ANA, texts)
    assert (done.changed, done.unknown) == (3, ())
    shown = await app.collection.get(report.dataset.id, ANA)
    assert [one.caption for one in shown.drawings] == [
        "my cat.txt", "002_cat.txt", "003_CAT.txt",
    ]  # fmt: skip


async def test_archives_stay_within_what_discord_takes(app: App) -> None:
    report = await app.datasets.add(
        ANA,
        [
            upload(f"{number}.png", _file(picture))
            for number, picture in enumerate(sample_drawings()["ada"][:9])
        ],
        name="ink",
    )
    sizes = [app.blobs.path(one.sha256).stat().st_size for one in report.drawings]
    most = 3 * max(sizes)
    _, parts = await packed(app, report.dataset.id, most)
    assert len(parts) >= 3
    assert max(map(len, parts)) <= most
    names: list[str] = []
    for part in parts:
        with zipfile.ZipFile(io.BytesIO(part)) as archive:
            assert archive.testzip() is None
            names += [name for name in archive.namelist() if name.endswith(".png")]
    assert names == [f"{number}.png" for number in range(9)]
    left_out, _ = await packed(app, report.dataset.id, sorted(sizes)[4] + 900)
    assert left_out == sum(size > sorted(sizes)[4] + 100 for size in sizes)


async def packed(
    app: App, dataset_id: DatasetId, most: int, *, owner_id: OwnerId = ANA
) -> tuple[int, list[bytes]]:
    """Return how many are left out, and all archives."""
    async with app.collection.packed(dataset_id, owner_id, most) as found:
        archives = [archive async for archive in found.archives()]
    assert len(archives) == found.count
    return found.left_out, archives


async def test_of_many_archives_one_at_a_time_is_read(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = await app.datasets.add(ANA, drawings(6, "cat"), name="ink")
    sizes = [app.blobs.path(one.sha256).stat().st_size for one in report.drawings]
    read = list[str]()
    really = type(app.blobs).read

    async def reading(self: Blobs, sha256: str) -> bytes:  # a real read, counted
        read.append(sha256)
        return await really(self, sha256)

    monkeypatch.setattr(type(app.blobs), "read", reading)
    async with app.collection.packed(report.dataset.id, ANA, max(sizes) + 900) as found:
        assert (found.count, read) == (6, [])
        archives = found.archives()
        for count in range(1, 7):
            await anext(archives)
            assert len(read) == count


async def test_nobody_packs_twice_at_a_time(app: App) -> None:
    report = await app.datasets.add(ANA, drawings(2, "cat"), name="ink")
    other = await app.datasets.add(BO, drawings(2, "cat"), name="ink")
    async with app.collection.packed(report.dataset.id, ANA, 10_000_000):
        with refuses("drawings.packing"):
            await packed(app, report.dataset.id, 10_000_000)
        await packed(app, other.dataset.id, 10_000_000, owner_id=BO)
    _, archives = await packed(app, report.dataset.id, 10_000_000)
    assert len(archives) == 1


async def test_a_drawing_that_goes_while_others_are_packed_is_no_fault(app: App) -> None:
    report = await app.datasets.add(ANA, drawings(2, "cat"), name="ink")
    shown = await app.collection.get(report.dataset.id, ANA)
    async with app.collection.packed(report.dataset.id, ANA, 10_000_000) as found:
        await app.collection.take_out(report.dataset.id, ANA, "2", shown.mark)
        with refuses("drawings.changed"):
            await anext(found.archives())


def _file(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


async def test_a_style_is_trained_anew_from_its_old_drawings(app: App) -> None:
    view = await trained(app, name="ink", count=6)
    assert view.style is not None
    old = await app.collection.find(ANA, "ink")
    opened = await app.collection.anew_from(view.style.id, ANA)
    draft = opened.draft
    assert opened.is_new
    assert (draft.version, draft.lineage, draft.sealed_ms) == (2, old.dataset.lineage, None)
    shown = await app.collection.get(draft.id, ANA)
    assert [(one.sha256, one.caption) for one in shown.drawings] == [
        (one.sha256, one.caption) for one in old.drawings
    ]
    findings = await app.mending.findings(draft.id)
    assert all(one.look is not None for one in findings.looked)
    again = await app.collection.anew_from(view.style.id, ANA)
    assert (again.draft.id, again.is_new) == (draft.id, False), "not a second one"
    await app.collection.take_out(draft.id, ANA, "1", shown.mark)
    assert len((await app.collection.get(old.dataset.id, ANA)).drawings) == 6
    job = await app.trainings.start(draft.id, owner_id=ANA)
    done = await app.jobs.wait(job.id)
    assert done.version is not None
    assert (done.version.number, done.version.dataset_id) == (2, draft.id)


async def test_old_drawings_without_words_are_read_where_something_reads_by_now(
    house: House,
) -> None:
    async with house.open() as app:
        files = [upload(f"{number}.png", png(number)) for number in range(5)]
        report = await app.datasets.add(ANA, files, name="ink")
        job = await app.trainings.start(report.dataset.id, owner_id=ANA)
        await app.jobs.wait(job.id)
    settings = dataclasses.replace(house.settings, tagger_model="tagger")
    async with dataclasses.replace(house, settings=settings).open() as app:
        await asyncio.sleep(0.05)  # the reader has looked, and sleeps
        draft = (await app.collection.anew(report.dataset.id, ANA)).draft
        await app.reader.settle(draft.id, patience_s=5)
        shown = await app.collection.get(draft.id, ANA)
        assert {one.source for one in shown.drawings} == {CaptionSource.TAGGER}


async def test_nobody_elses_drawings_are_shown_packed_or_trained_on(app: App) -> None:
    view = await trained(app, name="ink", count=6)
    sealed = await app.collection.find(ANA, "ink")
    assert view.style is not None
    for attempt in (
        app.collection.get(sealed.dataset.id, BO),
        packed(app, sealed.dataset.id, 10_000_000, owner_id=BO),
        app.collection.anew(sealed.dataset.id, BO),
    ):
        with refuses("train.unknown_dataset"):
            await attempt
    for style_id in (view.style.id, StyleId("none")):
        with refuses("style.not_yours"):
            await app.collection.anew_from(style_id, BO)
