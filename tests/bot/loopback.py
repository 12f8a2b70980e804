"""A Discord on this machine, just large enough to let a client in and see it leave."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

_ME = {
    "id": "1400000000000000001",
    "username": "ownhand",
    "discriminator": "0",
    "avatar": None,
    "bot": True,
}


@dataclass
class Loopback:
    """What the client did; `connected` and `left` are events of the gateway.

    The next requests are answered with `failing`, one status each; 0 lets one through. The gateway
    ends every session with `closing` as soon as it began.
    """

    base: str = ""
    gateway: str = ""
    requests: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    failing: list[int] = field(default_factory=list[int])
    closing: int | None = None
    intents: int = 0
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.Response:
        path = request.path.removeprefix("/api/v10")
        self.requests.append((request.method, path))
        answers: dict[str, Any] = {
            "/users/@me": _ME,
            "/oauth2/applications/@me": _application(),
            f"/applications/{_ME['id']}/commands": [],
        }
        if self.failing and (status := self.failing.pop(0)):
            return web.Response(status=status, text="<html>\nnot now")
        if request.headers.get("Authorization") != "Bot let.me.in":
            return _json({"message": "401: Unauthorized", "code": 0}, status=401)
        return _json(answers[path])

    async def talk(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 41_250}, "s": None})
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            await self._hear(socket, json.loads(message.data))
        self.left.set()
        return socket

    async def _hear(self, socket: web.WebSocketResponse, said: dict[str, Any]) -> None:
        if said["op"] == 1:
            await socket.send_json({"op": 11, "d": None, "s": None})
        if said["op"] == 2:
            self.intents = said["d"]["intents"]
            ready = {
                "v": 10,
                "user": _ME,
                "guilds": [],
                "session_id": "s",
                "resume_gateway_url": self.gateway,
                "application": {"id": _ME["id"], "flags": 0},
            }
            await socket.send_json({"op": 0, "t": "READY", "s": 1, "d": ready})
            self.connected.set()
            if self.closing is not None:
                await socket.close(code=self.closing)


def _json(value: Any, *, status: int = 200) -> web.Response:
    """Answer without a charset: discord.py would take the answer for text."""
    body = json.dumps(value).encode()
    return web.Response(body=body, status=status, headers={"Content-Type": "application/json"})


def _application() -> dict[str, Any]:
    return {
        "id": _ME["id"],
        "name": "ownhand",
        "icon": None,
        "description": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "owner": _ME,
        "flags": 0,
    }


@asynccontextmanager
async def loopback() -> AsyncIterator[Loopback]:
    """Serve on a free port of this machine."""
    there = Loopback()
    application = web.Application()
    application.router.add_get("/gateway", there.talk)
    application.router.add_route("*", "/api/v10/{tail:.*}", there.answer)
    runner = web.AppRunner(application, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    there.base, there.gateway = f"http://{host}:{port}/api/v10", f"ws://{host}:{port}/gateway"
    try:
        yield there
    finally:
        await runner.cleanup()
