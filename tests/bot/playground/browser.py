"""A browser without a screen: speaks the page's own protocol over HTTP."""

import asyncio
import io
import json
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import aiohttp

Found = TypeVar("Found")


class Browser:
    """Speaks the page's own protocol over HTTP."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.origin, capability = url.split("/#")
        self._http = http
        self._headers = {"X-Simcord-Capability": capability}
        self.sequence = 0
        self.snapshot: dict[str, Any] = {}

    async def open(self) -> None:
        async with self._http.post(
            f"{self.origin}/api/pages", json={}, headers=self._headers
        ) as answer:
            self.snapshot = await answer.json()
        self._headers["X-Simcord-Context"] = self.snapshot["context"]["id"]

    async def look(self) -> None:
        async with self._http.get(f"{self.origin}/api/state", headers=self._headers) as answer:
            self.snapshot = await answer.json()

    async def commands(self) -> list[dict[str, Any]]:
        async with self._http.get(f"{self.origin}/api/commands", headers=self._headers) as answer:
            return (await answer.json())["entries"]

    def _body(self, kind: str, **facts: Any) -> dict[str, Any]:
        self.sequence += 1
        return {
            "protocol_version": 3,
            "sequence": self.sequence,
            "request_id": f"r{self.sequence}",
            "generation": self.snapshot["context"]["generation"],
            "bot_generation": self.snapshot["botGeneration"],
            "published_revision": self.snapshot["publishedRevision"],
            "kind": kind,
            **facts,
        }

    async def act(
        self, kind: str, files: list[str] | None = None, file_bytes: int = 1, **facts: Any
    ) -> dict[str, Any]:
        """Do something; `files` are the fields that get a file each, of so many bytes."""
        body = self._body(kind, **facts)
        if not files:
            call = self._http.post(f"{self.origin}/api/action", json=body, headers=self._headers)
        else:
            form = aiohttp.FormData()
            form.add_field("payload", json.dumps(body))
            for number, field in enumerate(files):
                form.add_field(
                    f"file:{field}", io.BytesIO(b"x" * file_bytes), filename=f"{number}.png"
                )
            call = self._http.post(f"{self.origin}/api/action", data=form, headers=self._headers)
        async with call as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    def messages(self) -> list[dict[str, Any]]:
        """What the page shows, oldest first."""
        return [self.snapshot["messages"][key] for key in self.snapshot["timeline"]]

    async def wait_for(
        self, see: Callable[[list[dict[str, Any]]], Found | None], seconds: float = 30
    ) -> Found:
        """Poll as the real page does, until it shows something."""
        async with asyncio.timeout(seconds):
            while (found := see(self.messages())) is None:
                await asyncio.sleep(0.1)
                await self.look()
        return found


def control_keys(message: Any, prefix: str) -> Iterator[str]:
    """Find the buttons of a message whose id begins so, as the page names them."""
    if isinstance(message, dict):
        if str(message.get("custom_id", "")).startswith(prefix):
            yield message["control_key"]
        message = list(message.values())
    if isinstance(message, list):
        for part in message:
            yield from control_keys(part, prefix)
