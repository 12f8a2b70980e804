"""What people hand over, good and bad; every file is made here."""

from __future__ import annotations

import asyncio
import dataclasses
import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from bot.app import App
from bot.errors import UserError
from tests.bot.decode.pngs import huge_png
from tests.services.conftest import ANA, BO, House, drawings, png, refuses, upload


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, format=kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def plain(size: tuple[int, int] = (96, 80), colour: str = "red") -> Image.Image:
    return Image.new("RGB", size, colour)


def animation(kind: str) -> bytes:
    frames = [plain(colour=colour) for colour in ("red", "green", "blue")]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:])


def cut_after_the_last_pixel() -> bytes:
    whole = png(3)
    return whole[: whole.rindex(b"IEND") - 4]


def krita() -> bytes:
    return b"PK\3\4" + bytes(26) + b"mimetypeapplication/x-krita"


BAD: list[tuple[str, str, Callable[[], bytes], str]] = [
    ("text", "a.png", lambda: b"not a picture at all", "intake.not_picture"),
    ("empty", "a.png", lambda: b"", "intake.empty"),
    ("only a signature", "a.png", lambda: b"\x89PNG\r\n\x1a\n", "intake.truncated"),
    ("huge", "a.png", lambda: huge_png(20_000, 20_000), "intake.too_large"),
    ("gif", "a.gif", lambda: animation("GIF"), "intake.animation"),
    ("apng", "a.png", lambda: animation("PNG"), "intake.animation"),
    ("animated webp", "a.webp", lambda: animation("WEBP"), "intake.animation"),
    ("half a png", "a.png", lambda: png(1)[:150], "intake.truncated"),
    ("png without its end", "a.png", cut_after_the_last_pixel, "intake.truncated"),
    ("half a jpeg", "a.jpg", lambda: saved(plain(), "JPEG")[:-60], "intake.truncated"),
    ("half a webp", "a.webp", lambda: saved(plain(), "WEBP")[:-10], "intake.truncated"),
    ("tiny", "a.png", lambda: png(1, (63, 400)), "intake.too_small"),
    ("psd", "a.psd", lambda: b"8BPS\0\1" + bytes(40), "intake.format_psd"),
    ("psd called png", "a.png", lambda: b"8BPS\0\1" + bytes(40), "intake.format_psd"),
    ("clip", "a.clip", lambda: b"CSFCHUNK" + bytes(40), "intake.format_clip"),
    ("kra", "a.kra", krita, "intake.format_kra"),
    ("procreate", "a.procreate", lambda: b"PK\3\4" + bytes(60), "intake.format_procreate"),
    ("heic", "a.jpg", lambda: b"\0\0\0\x18ftypheic" + bytes(40), "intake.format_heic"),
    ("tiff", "a.tif", lambda: b"II*\0" + bytes(40), "intake.format_other"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "make", "key"), [row[1:] for row in BAD], ids=[r[0] for r in BAD])
async def test_bad_files_are_refused_each_for_its_reason(
    app: App, name: str, make: Callable[[], bytes], key: str
) -> None:
    good = upload("good.png", png(9))
    report = await app.datasets.add(ANA, [upload(name, make()), good], name="ink")
    (refused,) = report.refused
    assert (refused.file_name, refused.key) == (name, key)
    assert [drawing.file_name for drawing in report.accepted] == ["good.png"]


async def test_bad_files_take_nothing_that_was_there_before(app: App) -> None:
    before = await app.datasets.add(ANA, drawings(3), name="ink")
    bad = [upload(name, make()) for _, name, make, _ in BAD]
    after = await app.datasets.add(ANA, bad, dataset_id=before.dataset.id)
    assert after.drawings == before.drawings
    assert len(after.refused) == len(BAD)


async def stored(app: App, data: bytes, name: str = "a.png") -> tuple[Image.Image, list[str]]:
    report = await app.datasets.add(ANA, [upload(name, data)], name="ink")
    (drawing,) = report.accepted
    kept = Image.open(io.BytesIO(await app.blobs.read(drawing.sha256)))
    kept.load()
    assert (kept.format, kept.mode, kept.size) == ("PNG", "RGB", (drawing.width, drawing.height))
    return kept, [note.key for note in report.notes]


async def test_transparent_becomes_white_paper(app: App) -> None:
    picture = Image.new("RGBA", (80, 80), (0, 0, 0, 0))
    picture.paste((255, 0, 0, 255), (0, 0, 40, 80))
    kept, notes = await stored(app, saved(picture, "PNG"))
    assert kept.getpixel((70, 10)) == (255, 255, 255)
    assert kept.getpixel((10, 10)) == (255, 0, 0)
    assert notes == ["intake.note_flattened"]


async def test_transparent_palette_becomes_white_paper(app: App) -> None:
    picture = Image.new("P", (80, 80), 0)
    picture.putpalette([10, 20, 30, 200, 0, 0])
    picture.paste(1, (0, 0, 40, 80))
    kept, notes = await stored(app, saved(picture, "PNG", transparency=0))
    assert kept.getpixel((70, 10)) == (255, 255, 255)
    assert kept.getpixel((10, 10)) == (200, 0, 0)
    assert notes == ["intake.note_flattened"]


async def test_an_opaque_alpha_channel_is_not_worth_a_note(app: App) -> None:
    _, notes = await stored(app, saved(Image.new("RGBA", (80, 80), (1, 2, 3, 255)), "PNG"))
    assert notes == []


async def test_rotated_picture_is_turned_upright_and_loses_its_exif(app: App) -> None:
    picture = plain((120, 80), "white")
    picture.paste((255, 0, 0), (0, 0, 30, 80))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90° clockwise to show
    exif[0x010F] = "a camera"
    kept, notes = await stored(app, saved(picture, "JPEG", exif=exif, quality=95), "a.jpg")
    assert kept.size == (80, 120)
    top = kept.getpixel((40, 5))
    assert isinstance(top, tuple)
    assert top[0] > 200 > 100 > top[1]
    assert notes == ["intake.note_rotated"]
    assert not kept.getexif()


async def test_print_colours_become_screen_colours(app: App) -> None:
    kept, notes = await stored(
        app, saved(Image.new("CMYK", (80, 80), (0, 255, 255, 0)), "JPEG"), "a.jpg"
    )
    red, green, blue = kept.getpixel((40, 40))  # type: ignore[misc]
    assert red > 200
    assert max(green, blue) < 60
    assert notes == ["intake.note_cmyk"]


async def test_sixteen_bits_are_scaled_not_clipped(app: App) -> None:
    kept, notes = await stored(app, saved(Image.new("I;16", (80, 80), 40_000), "PNG"))
    assert kept.getpixel((10, 10)) == (156, 156, 156)  # 40000 / 257 = 155.6
    assert notes == ["intake.note_depth"]


async def test_srgb_profile_changes_nothing_and_is_not_kept(app: App) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    kept, notes = await stored(app, saved(plain(colour="#336699"), "PNG", icc_profile=profile))
    assert kept.getpixel((10, 10)) == (0x33, 0x66, 0x99)
    assert (notes, kept.info.get("icc_profile")) == ([], None)


async def test_broken_profile_is_ignored(app: App) -> None:
    kept, _ = await stored(app, saved(plain(colour="#336699"), "PNG", icc_profile=b"nonsense"))
    assert kept.getpixel((10, 10)) == (0x33, 0x66, 0x99)


async def test_very_large_drawing_is_scaled_down(app: App) -> None:
    kept, notes = await stored(app, saved(plain((6000, 3000)), "PNG"))
    assert kept.width * kept.height <= 2048 * 2048
    assert abs(kept.width / kept.height - 2) < 0.01
    assert notes == ["intake.note_reduced"]


async def test_what_hides_behind_a_picture_is_not_kept(app: App) -> None:
    polyglot = png(5) + b"PK\3\4 a whole archive"
    report = await app.datasets.add(ANA, [upload("a.png", polyglot)], name="ink")
    kept = await app.blobs.read(report.accepted[0].sha256)
    assert b"PK\3\4" not in kept
    assert kept != polyglot


async def test_equal_pixels_in_another_file_are_a_duplicate(app: App) -> None:
    picture = plain()
    first = upload("a.png", saved(picture, "PNG", compress_level=1))
    again = upload("b.webp", saved(picture, "WEBP", lossless=True))
    report = await app.datasets.add(ANA, [first, again], name="ink")
    assert len(report.drawings) == 1
    assert [(one.file_name, one.key) for one in report.refused] == [("b.webp", "intake.duplicate")]


async def test_twenty_and_sixteen_make_thirty_six(app: App) -> None:
    first = await app.datasets.add(ANA, drawings(36)[:40], name="ink")
    assert len(first.accepted) == 20
    second = await app.datasets.add(ANA, drawings(36)[40:], dataset_id=first.dataset.id)
    assert (len(second.accepted), len(second.drawings)) == (16, 36)


async def test_file_over_the_limit_is_not_even_decoded(app: App) -> None:
    too_big = b"\x89PNG\r\n\x1a\n" + bytes(app.settings.max_upload_mb * 1_000_000)
    report = await app.datasets.add(ANA, [upload("a.png", too_big)], name="ink")
    assert report.refused[0].key == "intake.file_too_big"
    assert report.refused[0].facts["most"] == app.settings.max_upload_mb


async def test_more_than_the_limit_is_refused_and_the_first_are_kept(app: App) -> None:
    # Reach in for a small limit: two hundred pictures would prove no more.
    app.datasets._max_drawings = 3  # type: ignore[attr-defined]
    report = await app.datasets.add(ANA, drawings(5), name="ink")
    assert len(report.drawings) == 3
    assert {one.key for one in report.refused} == {"intake.too_many"}


async def test_captions_come_from_the_picture_then_the_text_file_then_the_artist(app: App) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("Description", "девочка, 1girl\nred dress")
    described = saved(plain(colour="blue"), "PNG", pnginfo=info)
    uploads = [
        upload("one.png", described),
        upload("one.txt", b"not this"),
        upload("Two.png", png(2)),
        upload("two.txt", "cat, \N{CAT FACE}\n".encode()),
        upload("three.png", png(3)),
    ]
    report = await app.datasets.add(ANA, uploads, name="ink", caption="ink sketch")
    assert [drawing.caption for drawing in report.drawings] == [
        "девочка, 1girl red dress", "cat, \N{CAT FACE}", "ink sketch",
    ]  # fmt: skip
    assert report.refused == ()


@pytest.mark.parametrize("name", ["none", "NONE", "a" * 33, "a/b", "<b>", "@everyone", "`x`"])
async def test_names_that_would_break_messages_are_refused(app: App, name: str) -> None:
    with refuses("style.name_bad"):
        await app.datasets.add(ANA, drawings(1), name=name)


@pytest.mark.parametrize("name", ["ink", "Моя рука", "o'hara", "v1.5_b", "墨"])
async def test_names_of_any_script_are_fine(app: App, name: str) -> None:
    assert (await app.datasets.add(ANA, drawings(1), name=name)).dataset.name == name


async def test_somebody_elses_draft_cannot_be_read_or_changed(app: App) -> None:
    report = await app.datasets.add(ANA, drawings(1), name="ink")
    for attempt in (
        app.datasets.add(BO, drawings(2), dataset_id=report.dataset.id),
        app.datasets.report(report.dataset.id, BO),
        app.datasets.discard(report.dataset.id, BO),
    ):
        with refuses("train.unknown_dataset"):
            await attempt


async def test_discarded_draft_leaves_no_file(app: App) -> None:
    report = await app.datasets.add(ANA, drawings(2), name="ink")
    await app.datasets.discard(report.dataset.id, ANA)
    assert not any(app.blobs.path(one.sha256).exists() for one in report.drawings)


async def test_hand_overs_at_the_same_time_share_one_bound(house: House) -> None:
    few = House(
        settings=dataclasses.replace(house.settings, max_drawings=5),
        clock=house.clock,
        outbox=house.outbox,
    )
    async with few.open() as app:
        draft = (await app.datasets.add(ANA, [], name="ink")).dataset
        halves = (drawings(8)[:8], drawings(8)[8:])
        await asyncio.gather(*(app.datasets.add(ANA, half, dataset_id=draft.id) for half in halves))
        assert len((await app.datasets.report(draft.id, ANA)).drawings) == 5


@pytest.mark.parametrize("happening", ["discarded", "started"])
async def test_a_draft_that_ends_meanwhile_leaves_no_file(app: App, happening: str) -> None:
    """The drawings are judged; before they are kept, a button of the card is pressed."""
    report = await app.datasets.add(ANA, drawings(6), name="ink")
    draft = report.dataset
    async with app.store.gate:
        adding = asyncio.create_task(
            app.datasets.add(ANA, [upload("late.png", png(77))], dataset_id=draft.id)
        )
        await until_someone_waits(app.store.gate)
        if happening == "discarded":
            await app.store.datasets.delete(draft.id)
        else:
            await app.store.datasets.seal(draft.id, frozenset(), 1)
    with pytest.raises(UserError, match=r"train\.(sealed|unknown_dataset)"):
        await adding
    held = await app.store.erasure.referenced()
    on_disk = {path.name for path in app.settings.state_dir.glob("blobs/*/*")}
    left = {one.sha256 for one in report.drawings} if happening == "discarded" else set()
    assert on_disk - held == left, "what a discard removes by itself, and no more"


async def until_someone_waits(gate: asyncio.Lock) -> None:
    for _ in range(1000):
        if gate._waiters:
            return
        await asyncio.sleep(0.01)
    raise TimeoutError
