"""Talk to the process that holds a folder: JSON lines over a socket that only this user reaches.

POSIX has a Unix socket, whose file permissions keep others out. Windows has a port of the loopback
device and a secret in a file. Either way the folder's address file says where to connect.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

_LOG = logging.getLogger(__name__)
_ADDRESS_FILE = "socket.json"
#: Linux takes 107 bytes, macOS 103.
_MAX_PATH_BYTES = 100
_MAX_LINE_BYTES = 4 * 1024 * 1024
_GREETING_TIMEOUT_S = 10.0

Transport = Literal["unix", "tcp"]
DEFAULT_TRANSPORT: Transport = "tcp" if sys.platform == "win32" else "unix"


class NobodyThere(Exception):
    """No process listens in this folder."""


class Channel:
    """One connection: JSON objects in both directions."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, message: Mapping[str, object]) -> None:
        """Send one object; raises `ConnectionError` when the other side is gone."""
        self._writer.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")
        await self._writer.drain()

    async def receive(self) -> dict[str, Any] | None:
        """Return the next object, None when the other side has closed or died.

        Raises `ValueError` for a line that is no JSON object or longer than 4 MiB.
        """
        try:
            line = await self._reader.readline()
        except ConnectionError:
            return None
        if not line.endswith(b"\n"):
            return None
        message: object = json.loads(line)
        if not isinstance(message, dict):
            raise ValueError("the line is not a JSON object")
        return cast(dict[str, Any], message)

    async def aclose(self) -> None:
        """Close the connection; the other side receives None."""
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


Handler = Callable[[Channel], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Address:
    """What the address file says: a Unix path, or a port of the loopback device with its secret."""

    path: str = ""
    port: int = 0
    secret: str = ""


class LocalServer:
    """Listens in a folder until it is closed; made by `serve` only."""

    def __init__(self, folder: Path, handle: Handler, secret: str) -> None:
        self._folder = folder
        self._handle = handle
        self._secret = secret
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._short_folder: Path | None = None

    async def start(self, transport: Transport) -> None:
        """Listen, then write the address file."""
        (self._folder / _ADDRESS_FILE).unlink(missing_ok=True)
        address = await (self._listen_unix() if transport == "unix" else self._listen_tcp())
        _write_address(self._folder / _ADDRESS_FILE, address)

    async def aclose(self) -> None:
        """Stop listening, cancel the handlers that still run, and remove the files."""
        (self._folder / _ADDRESS_FILE).unlink(missing_ok=True)
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        (self._folder / "socket").unlink(missing_ok=True)
        if self._short_folder is not None:
            await asyncio.to_thread(shutil.rmtree, self._short_folder, ignore_errors=True)

    async def _listen_unix(self) -> _Address:
        path = self._folder / "socket"
        if len(os.fsencode(path.absolute())) > _MAX_PATH_BYTES:
            self._short_folder = Path(tempfile.mkdtemp(prefix="ownhand-"))
            path = self._short_folder / "socket"
        path.unlink(missing_ok=True)  # left by a killed process: the folder's lock is ours
        self._server = await _start_unix_server(self._accept, path.absolute())
        path.chmod(0o600)
        return _Address(path=str(path.absolute()))

    async def _listen_tcp(self) -> _Address:
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", 0, limit=_MAX_LINE_BYTES
        )
        port = self._server.sockets[0].getsockname()[1]
        return _Address(port=port, secret=self._secret)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        channel = Channel(reader, writer)
        try:
            async with asyncio.timeout(_GREETING_TIMEOUT_S):
                greeting = await channel.receive()
            offered = str((greeting or {}).get("secret", ""))
            if secrets.compare_digest(offered.encode(), self._secret.encode()):
                await self._handle(channel)
        except (ConnectionError, TimeoutError, ValueError) as error:
            _LOG.info("local connection ended: %s", error)
        except asyncio.CancelledError:
            pass  # aclose; re-raised, asyncio would report the connection as failed
        except Exception:  # noqa: BLE001 - the top of one connection; others go on
            _LOG.exception("local connection failed")
        finally:
            await channel.aclose()


async def serve(
    folder: Path, handle: Handler, *, transport: Transport = DEFAULT_TRANSPORT
) -> LocalServer:
    """Listen in a folder that this process holds; `handle` is called once per connection."""
    secret = "" if transport == "unix" else secrets.token_hex(32)
    server = LocalServer(folder, handle, secret)
    await server.start(transport)
    return server


async def connect(folder: Path) -> Channel:
    """Connect to the process that serves in a folder; raises `NobodyThere`."""
    try:
        address = _read_address(folder / _ADDRESS_FILE)
        if address.path:
            reader, writer = await _open_unix_connection(Path(address.path))
        else:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", address.port, limit=_MAX_LINE_BYTES
            )
        channel = Channel(reader, writer)
        await channel.send({"secret": address.secret})
    except (OSError, ValueError, TypeError):
        raise NobodyThere(f"no process listens in {folder}") from None
    return channel


def _write_address(path: Path, address: _Address) -> None:
    """Write the file at once and readable by this user only: it may hold the secret."""
    fields = {"path": address.path, "port": address.port, "secret": address.secret}
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mode 0600
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(fields, file)
    Path(name).replace(path)


def _read_address(path: Path) -> _Address:
    return _Address(**json.loads(path.read_text(encoding="utf-8")))


if sys.platform == "win32":

    async def _start_unix_server(accept: Any, path: Path) -> asyncio.Server:
        raise OSError("Windows has no Unix sockets here")

    async def _open_unix_connection(
        path: Path,
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        raise OSError("Windows has no Unix sockets here")

else:

    async def _start_unix_server(accept: Any, path: Path) -> asyncio.Server:
        return await asyncio.start_unix_server(accept, path, limit=_MAX_LINE_BYTES)

    async def _open_unix_connection(
        path: Path,
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_unix_connection(path, limit=_MAX_LINE_BYTES)
