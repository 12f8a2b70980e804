"""An artist changes captions: one, all, back again, and through files."""

from __future__ import annotations

import dataclasses
import io
import zipfile

import pytest

from bot.app import App
from bot.services.captions import PER_PAGE, changed_tags
from bot.services.captions_files import MAX_FILES, file_stems
from bot.services.captions_stats import mark_of
from data.captions import CaptionSettings, CaptionSource
from data.models import Dataset, DatasetId, Drawing, DrawingId
from tests.services.conftest import ANA, BO, House, drawings, png, refuses, upload


async def draft(app: App, count: int = 6, caption: str = "1girl, cat, hat") -> Dataset:
    return (await app.datasets.add(ANA, drawings(count, caption), name="ink")).dataset


async def captions_of(app: App, dataset: Dataset) -> list[str]:
    return [one.caption for one in await app.store.datasets.drawings(dataset.id)]


async def first_of(app: App, dataset: Dataset) -> Drawing:
    return (await app.store.datasets.drawings(dataset.id))[0]


@pytest.mark.parametrize(
    ("caption", "out", "put", "changed"),
    [
        ("1girl, cat", "", "hat", "1girl, cat, hat"),
        ("1girl, cat", "", "cat, Hat", "1girl, cat, Hat"),
        ("1girl, cat", "CAT", "", "1girl"),
        ("1girl, long_hair, cat", "long hair", "short hair", "1girl, short hair, cat"),
        ("1girl, cat, dog", "cat, dog", "pet", "1girl, pet"),
        ("1girl, cat, pet", "cat", "pet", "1girl, pet"),
        ("1girl", "cat", "dog", "1girl"),
        ("1girl,  cat", "dog", "", "1girl,  cat"),
        ("", "", "hat", "hat"),
        ("cat", "cat", "", ""),
    ],
)
def test_tags_are_added_taken_out_and_replaced(
    caption: str, out: str, put: str, changed: str
) -> None:
    gone = frozenset(tag.replace("_", " ").casefold() for tag in out.split(", ") if tag)
    assert changed_tags(caption, gone, tuple(tag for tag in put.split(", ") if tag)) == changed


async def test_pages_hold_all_drawings_in_order(app: App) -> None:
    dataset = await draft(app, 9)
    pages = [await app.captions.page(dataset.id, ANA, number) for number in range(3)]
    assert pages[0].pages == 3
    assert [len(page.shown) for page in pages] == [PER_PAGE, PER_PAGE, 1]
    shown = tuple(one for page in pages for one in page.shown)
    assert shown == await app.store.datasets.drawings(dataset.id)
    assert (await app.captions.page(dataset.id, ANA, 99)).number == 2
    assert (await app.captions.page_of(shown[5].id, ANA)).number == 1


async def test_an_edit_is_the_artists_and_can_be_undone(app: App) -> None:
    dataset = await draft(app)
    one = await first_of(app, dataset)
    page = await app.captions.edit(one.id, ANA, "  my\n own   words ")
    assert page.shown[0].caption == "my own words"
    assert page.shown[0].source is CaptionSource.ARTIST
    assert page.can_undo
    undone = await app.captions.undo(dataset.id, ANA)
    assert undone is not None
    assert await first_of(app, dataset) == one
    assert await app.captions.undo(dataset.id, ANA) is None


async def test_all_captions_change_in_one_step_and_come_back_in_one(app: App) -> None:
    dataset = await draft(app)
    before = await captions_of(app, dataset)
    assert await app.captions.change_all(dataset.id, ANA, out="cat", put="dog") == 6
    assert set(await captions_of(app, dataset)) == {"1girl, dog, hat"}
    assert await app.captions.change_all(dataset.id, ANA, out="cat", put="") == 0
    sources = {one.source for one in await app.store.datasets.drawings(dataset.id)}
    assert sources == {CaptionSource.SIDECAR}
    undone = await app.captions.undo(dataset.id, ANA)
    assert undone is not None
    assert undone.drawings == 6
    assert await captions_of(app, dataset) == before


async def test_all_captions_wait_for_those_being_made(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.captions.PATIENCE_S", 0.05)  # nobody is here to wait
    settings = dataclasses.replace(house.settings, tagger_model="tagger")
    engine = house.engine()
    engine.hold_captions(after=0)
    async with dataclasses.replace(house, settings=settings).open(engine) as app:
        files = [upload(f"{n}.png", png(n)) for n in range(3)]
        dataset = (await app.datasets.add(ANA, files, name="ink")).dataset
        with refuses("captions.still_reading"):
            await app.captions.change_all(dataset.id, ANA, out="", put="hat")
        engine.release_captions()
        await app.reader.settle(dataset.id)
        assert await app.captions.change_all(dataset.id, ANA, out="", put="hat") == 3
        assert all(one.endswith(", hat") for one in await captions_of(app, dataset))
        # The change itself is no person's words: what is taken back may be read again.
        one = await first_of(app, dataset)
        assert one.source is CaptionSource.TAGGER


async def test_a_tag_is_left_out_or_made_the_trigger_by_its_mark(app: App) -> None:
    dataset = await draft(app)
    assert await app.captions.make_trigger(dataset.id, ANA, mark_of("hat")) == "hat"
    assert (await app.captions.page(dataset.id, ANA)).settings == CaptionSettings(trigger="hat")
    assert await app.captions.leave_out(dataset.id, ANA, mark_of("cat")) == "cat"
    assert set(await captions_of(app, dataset)) == {"1girl, hat"}
    assert await app.captions.leave_out(dataset.id, ANA, mark_of("cat")) is None
    _, stats, _ = await app.captions.stats(dataset.id, ANA)
    assert [(one.tag, one.count) for one in stats.everywhere] == [("1girl", 6), ("hat", 6)]


async def test_a_trigger_is_one_tag(app: App) -> None:
    dataset = await draft(app)
    await app.captions.set_trigger(dataset.id, ANA, " ana,  ink ")
    assert (await app.captions.page(dataset.id, ANA)).settings.trigger == "ana ink"
    await app.captions.set_trigger(dataset.id, ANA, "")
    assert (await app.captions.page(dataset.id, ANA)).settings.trigger == ""


async def test_scores_are_counted_and_turned(app: App) -> None:
    dataset = await draft(app, caption="score_9, 1girl")
    page = await app.captions.page(dataset.id, ANA)
    assert (page.with_scores, page.settings.keeps_scores) == (6, False)
    await app.captions.turn_scores(dataset.id, ANA)
    assert (await app.captions.page(dataset.id, ANA)).settings.keeps_scores


async def test_captions_go_out_as_files_and_come_back(app: App) -> None:
    dataset = await draft(app, 3)
    packed = await app.captions.export(dataset.id, ANA)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist() == ["d00.txt", "d01.txt", "d02.txt"]
        assert archive.read("d01.txt") == b"1girl, cat, hat\n"
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as archive:
        archive.writestr("texts/D01.txt", "\ufeffкот, шляпа\n")
        archive.writestr("d02.txt", "1girl, cat, hat")
        archive.writestr("stranger.txt", "x")
        archive.writestr("d00.png", "no text")
        archive.writestr("__MACOSX/texts/._D01.txt", "of macOS")
    done = await app.captions.take_files(dataset.id, ANA, [("set.zip", changed.getvalue())])
    assert (done.changed, done.unknown) == (1, ("stranger.txt",))
    assert await captions_of(app, dataset) == ["1girl, cat, hat", "кот, шляпа", "1girl, cat, hat"]
    done = await app.captions.take_files(dataset.id, ANA, [("d00.txt", b"dog")])
    assert (await captions_of(app, dataset))[0] == "dog"
    await app.captions.undo(dataset.id, ANA)
    await app.captions.undo(dataset.id, ANA)
    assert set(await captions_of(app, dataset)) == {"1girl, cat, hat"}


async def test_drawings_that_are_called_alike_keep_their_own_files(app: App) -> None:
    files = [upload("a.png", png(1)), upload("A.jpg", png(2)), upload("..\\b.png", png(3))]
    dataset = (await app.datasets.add(ANA, files, name="ink", caption="cat")).dataset
    drawn = await app.store.datasets.drawings(dataset.id)
    stems = list(file_stems(drawn).values())
    assert stems == ["001_a", "002_A", "b"]
    texts = [(f"{stem}.txt", stem.encode()) for stem in stems]
    await app.captions.take_files(dataset.id, ANA, texts)
    assert await captions_of(app, dataset) == stems


async def test_texts_find_their_drawings_when_others_are_gone(app: App) -> None:
    names = ["a.png", "A.png", "a.jpg", "002_a.png"]
    files = [upload(name, png(number)) for number, name in enumerate(names)]
    dataset = (await app.datasets.add(ANA, files, name="ink", caption="cat")).dataset
    drawn = await app.store.datasets.drawings(dataset.id)
    stems = list(file_stems(drawn).values())
    assert stems == ["001_a", "002_A_", "003_a", "002_a"]
    for gone in drawn[:2]:
        await app.mending.take_out(dataset.id, ANA, gone.id)
        texts = [(f"{stem}.txt", stem.encode()) for stem in stems]
        await app.captions.take_files(dataset.id, ANA, texts)
        assert (await captions_of(app, dataset))[-2:] == ["003_a", "002_a"]


def zipped(name: str, text: str, method: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr(name, text)
    return out.getvalue()


async def test_bad_files_are_refused_and_change_nothing(app: App) -> None:
    dataset = await draft(app)
    before = await captions_of(app, dataset)
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(MAX_FILES + 1):
            archive.writestr(f"{number}.txt", "x")
    broken = bytearray(zipped("d00.txt", "cat, " * 9000, zipfile.ZIP_DEFLATED))
    broken[len("d00.txt") + 30] = 0xFF  # no kind of block that deflate knows
    bomb = zipped("d00.txt", "cat, " * 4_000_000, zipfile.ZIP_DEFLATED)
    for key, data in (
        ("captions.zip_bad", b"no zip"),
        ("captions.zip_bad", zipped("../../etc/d00.txt", "x")),
        ("captions.zip_bad", zipped("d00.txt", "cat, " * 9000, zipfile.ZIP_BZIP2)),
        ("captions.zip_bad", zipped("d00.txt", "cat, " * 9000, zipfile.ZIP_LZMA)),
        ("captions.zip_bad", bytes(broken)),
        ("captions.zip_bad", b"\0" * 5_000_001),
        ("captions.too_many", many.getvalue()),
    ):
        with refuses(key):
            await app.captions.take_files(dataset.id, ANA, [("set.zip", data)])
        assert await captions_of(app, dataset) == before
    await app.captions.take_files(dataset.id, ANA, [("set.zip", bomb)])
    assert len((await captions_of(app, dataset))[0]) <= 1000  # read no further than it is used


async def test_nobody_else_sees_or_changes_captions(app: App) -> None:
    dataset = await draft(app)
    one = await first_of(app, dataset)
    mark = mark_of("cat")
    for attempt in (
        app.captions.page(dataset.id, BO),
        app.captions.page_of(one.id, BO),
        app.captions.stats(dataset.id, BO),
        app.captions.export(dataset.id, BO),
        app.captions.edit(one.id, BO, "x"),
        app.captions.change_all(dataset.id, BO, out="", put="x"),
        app.captions.leave_out(dataset.id, BO, mark),
        app.captions.make_trigger(dataset.id, BO, mark),
        app.captions.set_trigger(dataset.id, BO, "x"),
        app.captions.turn_scores(dataset.id, BO),
        app.captions.undo(dataset.id, BO),
        app.captions.take_files(dataset.id, BO, [("d00.txt", b"x")]),
        app.captions.page(DatasetId("none"), ANA),
        app.captions.edit(DrawingId("none"), ANA, "x"),
    ):
        with refuses("train.unknown_dataset"):
            await attempt
    assert await first_of(app, dataset) == one


async def test_what_is_trained_on_never_changes(app: App) -> None:
    dataset = await draft(app)
    one = await first_of(app, dataset)
    job = await app.trainings.start(dataset.id, owner_id=ANA)
    await app.jobs.wait(job.id)
    for attempt in (
        app.captions.edit(one.id, ANA, "x"),
        app.captions.change_all(dataset.id, ANA, out="", put="x"),
        app.captions.set_trigger(dataset.id, ANA, "x"),
        app.captions.undo(dataset.id, ANA),
    ):
        with refuses("train.sealed"):
            await attempt
    assert (await app.captions.page(dataset.id, ANA)).drawings[0].caption == one.caption
