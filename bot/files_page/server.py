"""The page's server: two kinds of single-use links, and nothing else."""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from bot.clock import Clock
from bot.config import Settings
from bot.errors import UserError
from bot.files_page.pages import HEADERS, file_page, sentence_page, taken_page, upload_page
from bot.files_page.receiving import SILENCE_S, Received
from bot.files_page.tickets import FileTicket, Tickets, UploadTicket
from bot.i18n import Texts
from bot.services.datasets import DatasetService
from data.durable import make_folder

log = logging.getLogger(__name__)

#: So long a transfer may still take when the bot stops.
STOP_S: Final = 3.0
_PIECE: Final = 256 * 1024
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class FilesPage:
    """Owned by the app. Links exist only for who pressed a button of theirs in Discord."""

    def __init__(self, settings: Settings, clock: Clock, datasets: DatasetService) -> None:
        self._settings = settings
        self._datasets = datasets
        self._tickets = Tickets(clock)
        self._folder = settings.state_dir.absolute() / "uploads"
        self._received = Received(self._folder, settings.files_upload_mb)
        self._runner: web.AppRunner | None = None

    @property
    def is_open(self) -> bool:
        """Whether links can be made."""
        return self._runner is not None

    async def start(self) -> None:
        """Open the page where both settings are made; a port that is taken leaves it closed."""
        settings = self._settings
        if not (settings.files_port and settings.public_url):
            return
        await asyncio.to_thread(self._clear)
        # No access log: the addresses are secrets.
        runner = web.AppRunner(self._site(), access_log=None, shutdown_timeout=STOP_S)
        await runner.setup()
        try:
            await web.TCPSite(runner, settings.files_host, settings.files_port).start()
        except OSError as error:
            await runner.cleanup()
            where = (settings.files_host, settings.files_port)
            log.error("the files page cannot listen on %s port %d: %s", *where, error)
            return
        self._runner = runner
        log.info("the files page listens on port %d", settings.files_port)

    async def aclose(self) -> None:
        """Stop serving; every link is void."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()
            await asyncio.to_thread(self._clear)

    def offer_file(self, ticket: FileTicket) -> str:
        """Make a link for the owner's eyes alone."""
        return f"{self._settings.public_url}/file/{self._tickets.issue(ticket)}"

    def offer_upload(self, ticket: UploadTicket) -> str:
        """Make a link for the owner's eyes alone."""
        return f"{self._settings.public_url}/upload/{self._tickets.issue(ticket)}"

    def _clear(self) -> None:
        """Remove what an upload that was cut off left behind."""
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._settings.files_port:
            make_folder(self._folder)

    def _site(self) -> web.Application:
        site = web.Application(middlewares=[_answer_everything])
        # Link previews and scanners ask with GET and HEAD; only the button's POST uses a link up.
        site.router.add_get("/file/{token}", self._show_file)
        site.router.add_post("/file/{token}", self._send_file)
        site.router.add_get("/upload/{token}", self._show_form)
        site.router.add_post("/upload/{token}", self._take_upload)
        site.on_response_prepare.append(_add_headers)
        return site

    async def _show_file(self, request: web.Request) -> web.StreamResponse:
        ticket = self._tickets.look(request.match_info["token"])
        if not isinstance(ticket, FileTicket):
            raise web.HTTPNotFound
        return _html(file_page(ticket))

    async def _send_file(self, request: web.Request) -> web.StreamResponse:
        if not isinstance(self._tickets.look(request.match_info["token"]), FileTicket):
            raise web.HTTPNotFound
        ticket = self._tickets.take(request.match_info["token"])
        if not isinstance(ticket, FileTicket) or not ticket.path.is_file():
            raise web.HTTPNotFound
        return await _stream(request, ticket)

    async def _show_form(self, request: web.Request) -> web.StreamResponse:
        ticket = self._tickets.look(request.match_info["token"])
        if not isinstance(ticket, UploadTicket):
            raise web.HTTPNotFound
        return _html(upload_page(ticket, self._settings.files_upload_mb))

    async def _take_upload(self, request: web.Request) -> web.StreamResponse:
        """Take the files into the draft; a link whose files did not arrive stays good."""
        token = request.match_info["token"]
        ticket = self._tickets.look(token)
        if not isinstance(ticket, UploadTicket):
            raise web.HTTPNotFound
        try:
            async with self._received.files_of(request) as uploads:
                if self._tickets.take(token) is None:  # another tab was faster
                    raise web.HTTPNotFound
                report = await self._datasets.add(
                    ticket.owner_id, uploads, dataset_id=ticket.dataset_id
                )
        except UserError as error:
            texts = Texts(ticket.locale)
            return _html(sentence_page(texts, texts.error(error)), status=400)
        await ticket.arrived(report)
        return _html(taken_page(ticket, report))


async def _stream(request: web.Request, ticket: FileTicket) -> web.StreamResponse:
    """Send a file as it is: no ranges, no compression, no guess of what it is."""
    response = web.StreamResponse()
    response.content_type = "application/octet-stream"
    response.content_length = ticket.size_bytes
    response.headers["Content-Disposition"] = f'attachment; filename="{ticket.file_name}"'
    await response.prepare(request)
    try:
        with ticket.path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, _PIECE):
                async with asyncio.timeout(SILENCE_S):
                    await response.write(piece)
        await response.write_eof()
    except (ConnectionError, TimeoutError):
        log.info("a browser left before it had the whole file")
        if request.transport is not None:  # so that a cut file never looks like a whole one
            request.transport.abort()
    return response


@web.middleware
async def _answer_everything(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever goes wrong into one sentence; used, expired and made-up links look alike."""
    texts = _texts_of(request)
    try:
        return await handler(request)
    except web.HTTPException as error:
        status = 404 if error.status in (404, 405) else error.status
        return _html(sentence_page(texts, texts.say("page.gone")), status=status)
    except Exception as error:  # the loop top of a request: reported with an id
        incident = secrets.token_hex(3)
        log.error("incident %s on the files page", incident, exc_info=error)
        said = texts.say("error.internal", incident=incident)
        return _html(sentence_page(texts, said), status=500)


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
    response.headers["Server"] = "Ownhand"


def _texts_of(request: web.Request) -> Texts:
    """Speak the browser's first language, where no ticket says whose it is."""
    return Texts(request.headers.get("Accept-Language", "").split(",")[0].split(";")[0].strip())


def _html(text: str, *, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html")
