"""The page over real HTTP on this machine: one file to its owner, drawings to a draft, no more."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import io
import logging
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.app import App
from bot.files_page import server
from bot.files_page.tickets import LIFE_S, FileTicket, UploadTicket
from bot.services.datasets import IntakeReport
from data.models import Dataset, OwnerId
from tests.services.conftest import ANA, House, drawings, house, png  # noqa: F401 - a fixture

FILE = bytes(range(256)) * 5000


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture
async def app(house: House) -> AsyncIterator[App]:  # noqa: F811 - pytest names fixtures so
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    house.settings = dataclasses.replace(
        house.settings, files_port=port, public_url=url, files_upload_mb=1
    )
    async with house.open() as app:
        assert app.files_page.is_open
        yield app


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def link(app: App, tmp_path: Path) -> str:
    path = tmp_path / "blob"
    path.write_bytes(FILE)
    return app.files_page.offer_file(
        FileTicket(
            owner_id=ANA,
            path=path,
            file_name="mira-v1-500.safetensors",
            size_bytes=len(FILE),
            sha256=hashlib.sha256(FILE).hexdigest(),
            locale="en",
        )
    )


async def text_of(browser: aiohttp.ClientSession, method: str, url: str, **how: Any) -> str:
    async with browser.request(method, url, **how) as answer:
        return await answer.text()


async def status_of(browser: aiohttp.ClientSession, method: str, url: str, **how: Any) -> int:
    async with browser.request(method, url, **how) as answer:
        await answer.read()
        return answer.status


async def test_the_file_comes_whole_and_once(browser: aiohttp.ClientSession, link: str) -> None:
    async with browser.post(link) as answer:
        assert await answer.read() == FILE
        assert answer.headers["Content-Disposition"] == (
            'attachment; filename="mira-v1-500.safetensors"'
        )
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Length"] == str(len(FILE))
    assert await status_of(browser, "POST", link) == 404
    assert await status_of(browser, "GET", link) == 404


async def test_previews_and_scanners_do_not_use_the_link_up(
    browser: aiohttp.ClientSession, link: str
) -> None:
    for method in ("HEAD", "GET", "GET", "OPTIONS", "PUT"):
        await status_of(browser, method, link)
    page = await text_of(browser, "GET", link)
    assert "mira-v1-500.safetensors" in page
    assert "1.2 MB" in page
    assert hashlib.sha256(FILE).hexdigest() in page
    async with browser.post(link) as answer:
        assert await answer.read() == FILE


async def test_two_that_press_at_once_get_one_file(
    browser: aiohttp.ClientSession, link: str
) -> None:
    statuses = await asyncio.gather(*(status_of(browser, "POST", link) for _ in range(8)))
    assert sorted(statuses) == [200] + [404] * 7


async def test_the_link_expires(app: App, browser: aiohttp.ClientSession, link: str) -> None:
    app.clock.advance(LIFE_S * 1000)  # pyright: ignore[reportAttributeAccessIssue] - a ManualClock
    assert await status_of(browser, "POST", link) == 404


async def test_a_file_that_was_erased_meanwhile_is_gone(
    browser: aiohttp.ClientSession, link: str, tmp_path: Path
) -> None:
    (tmp_path / "blob").unlink()
    assert await status_of(browser, "POST", link) == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "path", ["/", "/file", "/file/", "/file/x", "/upload/x", "/file/../../etc/passwd", "/.env"]
)
async def test_nothing_else_is_served(
    app: App, browser: aiohttp.ClientSession, method: str, path: str
) -> None:
    url = app.settings.public_url + path
    assert await status_of(browser, method, url) == 404
    assert "сделает новую" in await text_of(
        browser, method, url, headers={"Accept-Language": "ru-RU,en;q=0.5"}
    )


async def test_a_file_link_is_no_upload_link(browser: aiohttp.ClientSession, link: str) -> None:
    other = link.replace("/file/", "/upload/")
    assert await status_of(browser, "POST", other) == 404
    assert await status_of(browser, "GET", link) == 200


async def test_every_answer_keeps_the_link_secret(
    app: App, browser: aiohttp.ClientSession, link: str
) -> None:
    for method, url in (("GET", link), ("GET", app.settings.public_url), ("POST", link)):
        async with browser.request(method, url) as answer:
            await answer.read()
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'; style-src 'sha256-")
            assert "frame-ancestors 'none'" in policy


async def test_no_token_reaches_the_log(
    browser: aiohttp.ClientSession, link: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for method in ("GET", "POST", "POST", "PUT"):
        await status_of(browser, method, link)
    assert link.rsplit("/", 1)[1] not in caplog.text


async def test_a_slow_download_does_not_hold_the_bot_up(
    app: App, browser: aiohttp.ClientSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "STOP_S", 0.1)
    await app.files_page.aclose()
    await app.files_page.start()
    path = tmp_path / "large"
    path.write_bytes(b"x" * 50_000_000)
    url = app.files_page.offer_file(
        FileTicket(
            owner_id=ANA, path=path, file_name="a.safetensors",
            size_bytes=50_000_000, sha256="", locale="en",
        )
    )  # fmt: skip
    async with browser.post(url) as answer:
        await answer.content.readany()  # and then no more
        began = time.monotonic()
        await app.files_page.aclose()
        assert time.monotonic() - began < 5
        with pytest.raises(aiohttp.ClientError):  # a cut file never looks like a whole one
            await answer.read()


async def test_a_taken_port_leaves_the_bot_running(
    house: House,  # noqa: F811 - pytest names fixtures so
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        house.settings = dataclasses.replace(
            house.settings, files_port=taken.getsockname()[1], public_url="http://x.example"
        )
        async with house.open() as app:
            assert not app.files_page.is_open
    assert "the files page cannot listen" in caplog.text


# --- uploads ----------------------------------------------------------------------------------


@dataclasses.dataclass
class Draft:
    dataset: Dataset
    link: str
    arrived: list[IntakeReport]


@pytest.fixture
async def draft(app: App) -> Draft:
    report = await app.datasets.add(ANA, drawings(2), name="ink", guild_id=1)
    return Draft(dataset=report.dataset, arrived=(arrived := []), link=offer(app, report, arrived))


def offer(app: App, report: IntakeReport, arrived: list[IntakeReport]) -> str:
    async def note(new: IntakeReport) -> None:
        arrived.append(new)

    return app.files_page.offer_upload(
        UploadTicket(
            owner_id=ANA,
            dataset_id=report.dataset.id,
            style=report.dataset.name,
            locale="en",
            arrived=note,
        )
    )


def form(*files: tuple[str, bytes]) -> aiohttp.FormData:
    data = aiohttp.FormData(quote_fields=False)  # as browsers write names
    for name, content in files:
        data.add_field("files", io.BytesIO(content), filename=name)
    return data


async def kept(app: App, draft: Draft, owner: OwnerId = ANA) -> list[str]:
    report = await app.datasets.report(draft.dataset.id, owner)
    return [drawing.file_name for drawing in report.drawings]


def left_behind(app: App) -> list[Path]:
    return list((app.settings.state_dir / "uploads").iterdir())


async def test_drawings_go_into_the_draft_and_the_card_is_told(
    app: App, browser: aiohttp.ClientSession, draft: Draft
) -> None:
    shown = await text_of(browser, "GET", draft.link)
    assert "Drawings for ink" in shown
    assert "up to 1 MB together" in shown
    sent = form(
        ("C:\\рисунки\\new %22one%22.png", png(40)),
        ("new %22one%22.txt", b"1girl, sea"),
        ("<б>.gif", b"GIF"),
    )
    page = await text_of(browser, "POST", draft.link, data=sent)
    assert "1 new drawing taken. 3 drawings are here." in page
    assert "&lt;б&gt;.gif: " in page
    assert (await kept(app, draft))[2:] == ['new "one".png']
    [report] = draft.arrived
    assert [drawing.caption for drawing in report.accepted] == ["1girl, sea"]
    assert await status_of(browser, "POST", draft.link, data=form(("x.png", png(41)))) == 404
    assert left_behind(app) == []


async def test_an_upload_over_the_limit_changes_nothing_and_can_be_sent_again(
    app: App, browser: aiohttp.ClientSession, draft: Draft
) -> None:
    large = form(("a.png", png(41)), ("b.zip", b"x" * 1_100_000))
    page = await text_of(browser, "POST", draft.link, data=large)
    assert "more than 1 MB" in page
    assert len(await kept(app, draft)) == 2
    assert left_behind(app) == []
    assert "2 new drawings" in await text_of(
        browser, "POST", draft.link, data=form(("a.png", png(41)), ("b.png", png(42)))
    )


async def test_a_body_without_a_length_meets_the_same_limit(
    app: App, browser: aiohttp.ClientSession, draft: Draft
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n\r\n'
        for _ in range(40):
            yield b"x" * 65_536

    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    page = await text_of(browser, "POST", draft.link, data=endless(), headers=kind)
    assert "more than 1 MB" in page
    assert left_behind(app) == []


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"no form at all", "did not arrive whole"),
        (aiohttp.FormData({"a": "b"}, default_to_multipart=True), "No file was chosen"),
    ],
    ids=["no form", "no file"],
)
async def test_what_is_no_upload_is_said_and_the_link_stays(
    browser: aiohttp.ClientSession, draft: Draft, data: object, says: str
) -> None:
    assert says in await text_of(browser, "POST", draft.link, data=data)
    assert await status_of(browser, "GET", draft.link) == 200


async def test_a_browser_that_leaves_half_way_leaves_nothing_behind(app: App, draft: Draft) -> None:
    host, port = "127.0.0.1", app.settings.files_port
    reader, writer = await asyncio.open_connection(host, port)
    path = "/" + draft.link.split("/", 3)[3]
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n\r\n'
    )
    writer.write(head.encode() + b"x" * 1000)
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    del reader
    for _ in range(500):
        await asyncio.sleep(0.01)
        if not left_behind(app):
            break
    assert left_behind(app) == []
    assert len(await kept(app, draft)) == 2


async def test_a_draft_that_was_discarded_takes_nothing(
    app: App, browser: aiohttp.ClientSession, draft: Draft
) -> None:
    await app.datasets.discard(draft.dataset.id, ANA)
    page = await text_of(browser, "POST", draft.link, data=form(("a.png", png(41))))
    assert "These drawings are not here any more" in page
    assert left_behind(app) == []
