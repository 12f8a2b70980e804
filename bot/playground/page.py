"""SimCord's page, made to live beside a bot that changes things by itself.

SimCord publishes numbered snapshots and refuses an action that was composed on an older one, or
that arrives while something else acts. A bot that edits its live message would thus make a
person's click fail now and then. Here actions wait for their turn and count as composed on the
newest snapshot; everything that an action refers to is still looked up and checked anew.

The only file that reaches into SimCord; it belongs to the one version that is pinned.
"""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from aiohttp import web
from simcord.preview import Preview
from simcord.preview._server import PreviewServer

from bot.playground.localized import localize
from bot.playground.world import World, is_answer

MAX_UPLOAD_BYTES = 64 << 20
#: The browser asks for news twice a second; a new snapshot comes at most so often.
FRESH_S = 1.0


class LivePage(Preview):
    """A preview whose actions take turns with the house members and the refreshes."""

    def __init__(self, *args: Any, turn: asyncio.Lock, port: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, port=port, **kwargs)
        self._turn = turn
        self._server = _Server(self, port)

    async def _action(self, context_id: str | None, body: Mapping[str, Any]) -> dict[str, Any]:
        async with self._turn:
            page = self._get_page(context_id)
            seen = body.get("published_revision")
            if isinstance(seen, int) and seen < page.revision:
                body = {**body, "published_revision": page.revision}
            # The same for a bot that was restarted meanwhile.
            body = {**body, "bot_generation": self.env._generation}  # noqa: SLF001 - it has no other name
            return await super()._action(context_id, body)

    def _finish_action(
        self, page: Any, action: Any, settlement: str, cursor: int, *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        """Take a refusal in words for what it is: an answer, and no failure of the bot."""
        if all(is_answer(error) for error in self.env.errors_since(cursor)):
            cursor = self.env.error_cursor
        return super()._finish_action(page, action, settlement, cursor, *args, **kwargs)

    @property
    def watched(self) -> bool:
        """True while a browser has the page open."""
        return any(page is not self._python for page in self._pages.values())


class _Server(PreviewServer):
    """Takes as many files as a modal may hold, SimCord's own stops at ten; and speaks Russian."""

    async def _commands(self, request: Any) -> Any:
        """List the commands by the names that a Discord in the page's language shows."""
        answer = await super()._commands(request)
        if answer.status != HTTPStatus.OK:
            return answer
        catalog = json.loads(answer.text)
        commands = [
            command
            for registered in self.preview.env.backend.commands.values()
            for command in registered.values()
        ]
        for entry in catalog["entries"]:
            localize(entry, commands, self.preview.locale)
        return web.json_response(catalog, headers=self._SECURITY_HEADERS)

    async def _multipart_action(self, request: Any) -> dict[str, Any]:
        payload: dict[str, Any] | None = None
        files: dict[str, list[tuple[str, bytes]]] = {}
        room = MAX_UPLOAD_BYTES
        async for part in await request.multipart():
            data = await _read(part, room)
            room -= len(data)
            if part.name == "payload":
                payload = json.loads(data)
            elif str(part.name).startswith("file:"):
                name = str(part.name).removeprefix("file:")
                files.setdefault(name, []).append((part.filename or "upload", data))
        if payload is None:
            raise ValueError("a multipart action without its payload")
        field = "options" if payload.get("kind") == "run_command" else "values"
        for name, uploads in files.items():
            payload[field][name] = uploads[0] if field == "options" else uploads
        return payload


async def _read(part: Any, most: int) -> bytes:
    """Read one part by chunks: `part.read` stops at the MiB that aiohttp allows by itself."""
    data = bytearray()
    while chunk := await part.read_chunk(64 << 10):
        data += chunk
        if len(data) > most:
            raise ValueError("more than 64 MiB in one go")
    return bytes(data)


async def keep_fresh(world: World, page: LivePage) -> None:
    """Show what the bot did by itself, soon after it did, and never in the middle of an action."""
    while True:
        await world.changed.wait()
        world.changed.clear()
        if page.watched:
            async with world.turn():
                await page.refresh()
        await asyncio.sleep(FRESH_S)


@asynccontextmanager
async def open_page(world: World) -> AsyncGenerator[LivePage]:
    """Serve the channel on this computer alone; the address holds the key to it."""
    page = LivePage(
        world.env,
        world.channel,
        tuple(world.members.values()),
        turn=world.lock,
        layout="channel",
        display="responsive",
        width=960,
        height=720,
        locale=world.locale,
        timezone="UTC",
        presentation_time=None,
        assets=world.portraits(),
    )
    async with page:
        yield page
