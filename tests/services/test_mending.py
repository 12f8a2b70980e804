"""What is found in a set of drawings, and what its buttons do."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.app import App
from bot.services.findings import Findings, Trouble
from bot.services.intake import Upload
from data.models import DatasetId
from tests.bot.decode.damage import bordered, cut, enlarged, jpeg, sample_drawings
from tests.services.conftest import ANA, BO, House, refuses, upload

ADA = sample_drawings()["ada"]


def file(picture: Image.Image, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def files(*pictures: Image.Image, first: int = 1) -> list[Upload]:
    return [
        upload(f"{number:02}.png", file(picture)) for number, picture in enumerate(pictures, first)
    ]


async def draft(app: App, uploads: list[Upload]) -> DatasetId:
    report = await app.datasets.add(ANA, uploads, name="ink")
    assert report.refused == ()
    return report.dataset.id


def numbers(findings: Findings, trouble: Trouble) -> list[int]:
    return [one.number for one in findings.troubled(trouble)]


async def test_good_drawings_are_left_in_peace(app: App) -> None:
    dataset_id = await draft(app, files(*ADA[:20]))
    findings = await app.mending.findings(dataset_id)
    assert {trouble: numbers(findings, trouble) for trouble in Trouble} == {
        trouble: [] for trouble in Trouble
    }
    assert len(findings.looked) == 20
    assert {one.bucket for one in findings.looked} == {(128, 128)}


async def test_each_kind_of_damage_is_found_in_its_drawing(app: App) -> None:
    uploads = [
        *files(
            ADA[0],
            cut(ADA[0], left=0.1).transpose(Image.Transpose.ROTATE_90),
            ADA[1].resize((80, 80), Image.Resampling.LANCZOS),
            enlarged(ADA[2], 3, Image.Resampling.BICUBIC),
            bordered(ADA[3], 1.7),
        ),
        upload("06.jpg", jpeg(ADA[4], 30)),
    ]
    findings = await app.mending.findings(await draft(app, uploads))
    assert [(a.number, b.number) for a, b in findings.pairs] == [(1, 2)]
    assert {trouble: numbers(findings, trouble) for trouble in Trouble} == {
        Trouble.ALIKE: [2],
        Trouble.SMALL: [3],
        Trouble.BLURRED: [4],
        Trouble.EMPTY: [5],
        Trouble.JPEG: [6],
    }
    small = findings.looked[2]
    assert small.enlargement == pytest.approx(1.6)


async def test_what_the_bucket_cuts_off_is_told(app: App) -> None:
    wide = Image.new("RGB", (256, 128), "white")
    wide.paste(ADA[0], (0, 0))
    wide.paste(ADA[1], (128, 0))
    findings = await app.mending.findings(await draft(app, files(wide, ADA[2])))
    [one] = findings.much_cut
    assert (one.number, one.kept, one.crop) == (1, 0.5, (64, 0, 192, 128))


@pytest.mark.parametrize("trouble", [Trouble.ALIKE, Trouble.SMALL])
async def test_a_button_removes_what_was_troubled_and_its_file(app: App, trouble: Trouble) -> None:
    dataset_id = await draft(app, files(ADA[0], ADA[1], ADA[1].resize((70, 70))))
    findings = await app.mending.findings(dataset_id)
    gone = findings.troubled(trouble)[0].drawing
    assert await app.mending.remove(dataset_id, ANA, trouble, findings.mark(trouble)) == 1
    left = (await app.datasets.report(dataset_id, ANA)).drawings
    assert [one.file_name for one in left] == ["01.png", "02.png"]
    assert not app.blobs.path(gone.sha256).exists()


async def test_an_old_card_removes_nothing_that_it_did_not_show(app: App) -> None:
    dataset_id = await draft(app, files(ADA[0], ADA[1].resize((80, 80))))
    mark = (await app.mending.findings(dataset_id)).mark(Trouble.SMALL)
    await app.datasets.add(ANA, files(ADA[2].resize((80, 80)), first=7), dataset_id=dataset_id)
    with refuses("train.card_old"):
        await app.mending.remove(dataset_id, ANA, Trouble.SMALL, mark)
    assert len((await app.datasets.report(dataset_id, ANA)).drawings) == 3


async def test_borders_are_cut_and_put_back(app: App) -> None:
    original = bordered(ADA[3], 2)
    dataset_id = await draft(app, files(original, ADA[0]))
    before = (await app.datasets.report(dataset_id, ANA)).drawings
    mark = (await app.mending.findings(dataset_id)).mark(Trouble.EMPTY)
    assert await app.mending.cut_borders(dataset_id, ANA, mark) == 1
    findings = await app.mending.findings(dataset_id)
    assert numbers(findings, Trouble.EMPTY) == []
    [one] = findings.cut
    assert 128 <= max(one.drawing.width, one.drawing.height) < 170
    kept = Image.open(io.BytesIO(await app.blobs.read(one.drawing.sha256)))
    assert kept.size == (one.drawing.width, one.drawing.height)
    assert await app.mending.put_borders_back(dataset_id, ANA) == 1
    assert (await app.datasets.report(dataset_id, ANA)).drawings == before
    held = await app.store.erasure.referenced()
    on_disk = {path.name for path in app.settings.state_dir.glob("blobs/*/*")}
    assert on_disk == held == {one.sha256 for one in before}


async def test_what_cannot_be_cut_any_further_is_no_trouble(app: App) -> None:
    dot = Image.new("RGB", (app.base.min_edge, app.base.min_edge), "white")
    dot.paste("black", (20, 20, 30, 30))
    sheet = Image.new("RGB", (300, 300), "white")
    sheet.paste("black", (5, 280, 15, 290))
    dataset_id = await draft(app, files(dot, sheet))
    findings = await app.mending.findings(dataset_id)
    assert findings.looked[0].empty_share > 0.9
    assert numbers(findings, Trouble.EMPTY) == [2]
    assert await app.mending.cut_borders(dataset_id, ANA, findings.mark(Trouble.EMPTY)) == 1
    cut_off = await app.mending.findings(dataset_id)
    assert cut_off.looked[1].empty_share > 0.9, "no side may be shorter"
    assert numbers(cut_off, Trouble.EMPTY) == []


async def test_the_paper_of_see_through_drawings_can_be_changed_again_and_again(app: App) -> None:
    picture = ADA[0].convert("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 128, 40))
    dataset_id = await draft(app, files(picture, ADA[1]))
    assert (await app.mending.findings(dataset_id)).papers == ("#ffffff",)
    for paper, seen in (("#FFF6E5", (255, 246, 229)), ("c8c8c8", (200, 200, 200))):
        assert await app.mending.lay_on(dataset_id, ANA, paper) == 1
        first, second = (await app.datasets.report(dataset_id, ANA)).drawings
        kept = Image.open(io.BytesIO(await app.blobs.read(first.sha256)))
        assert kept.getpixel((5, 5)) == seen
        assert second.width == 128
    assert await app.mending.lay_on(dataset_id, ANA, "#c8c8c8") == 0
    await app.datasets.discard(dataset_id, ANA)
    assert list(app.settings.state_dir.glob("blobs/*/*")) == []


@pytest.mark.parametrize("paper", ["", "white", "#fff", "#12345g", "#1234567"])
async def test_a_colour_that_is_none_is_refused(app: App, paper: str) -> None:
    dataset_id = await draft(app, files(ADA[0]))
    with refuses("train.paper_bad"):
        await app.mending.lay_on(dataset_id, ANA, paper)


async def test_nobody_else_and_nothing_sealed_is_changed(app: App) -> None:
    dataset_id = await draft(app, files(ADA[0], ADA[1].resize((80, 80))))
    mark = (await app.mending.findings(dataset_id)).mark(Trouble.SMALL)
    with refuses("train.unknown_dataset"):
        await app.mending.remove(dataset_id, BO, Trouble.SMALL, mark)
    await app.store.datasets.seal(dataset_id, frozenset(), 1)
    for attempt in (
        app.mending.remove(dataset_id, ANA, Trouble.SMALL, mark),
        app.mending.lay_on(dataset_id, ANA, "#c8c8c8"),
        app.mending.put_borders_back(dataset_id, ANA),
    ):
        with refuses("train.sealed"):
            await attempt


async def test_what_is_erased_takes_the_sources_along(app: App) -> None:
    picture = ADA[0].convert("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 128, 40))
    await draft(app, files(picture))
    assert len(list(app.settings.state_dir.glob("blobs/*/*"))) == 2
    await app.privacy.erase(ANA)
    assert list(app.settings.state_dir.glob("blobs/*/*")) == []


async def test_findings_are_there_after_a_restart(house: House) -> None:
    async with house.open() as app:
        dataset_id = await draft(app, files(ADA[0], bordered(ADA[3], 1.7)))
        before = await app.mending.findings(dataset_id)
    async with house.open() as app:
        assert await app.mending.findings(dataset_id) == before
