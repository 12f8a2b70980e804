"""Two processes of one user talk through the folder; nobody else does."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.platform.local_socket import Channel, LocalServer, NobodyThere, Transport, connect, serve

TRANSPORTS = ["tcp"] if sys.platform == "win32" else ["unix", "tcp"]


async def count(channel: Channel) -> None:
    """Answer every object with as many lines as it asks for."""
    while (question := await channel.receive()) is not None:
        for number in range(int(question["lines"])):
            await channel.send({"line": number, "word": question.get("word", "")})


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> Transport:
    return request.param


@pytest.fixture
async def server(tmp_path: Path, transport: Transport) -> AsyncIterator[LocalServer]:
    server = await serve(tmp_path, count, transport=transport)
    yield server
    await server.aclose()


@pytest.mark.usefixtures("server")
async def test_question_and_answers(tmp_path: Path) -> None:
    channel = await connect(tmp_path)
    await channel.send({"lines": 2, "word": "перо"})
    assert await channel.receive() == {"line": 0, "word": "перо"}
    assert await channel.receive() == {"line": 1, "word": "перо"}
    await channel.send({"lines": 1})
    assert await channel.receive() == {"line": 0, "word": ""}
    await channel.aclose()


@pytest.mark.usefixtures("server")
async def test_connections_do_not_wait_for_each_other(tmp_path: Path) -> None:
    idle, busy = await connect(tmp_path), await connect(tmp_path)
    await busy.send({"lines": 1})
    assert await busy.receive() is not None
    await idle.aclose()
    await busy.aclose()


async def test_closing_the_server_ends_open_connections(
    tmp_path: Path, server: LocalServer
) -> None:
    channel = await connect(tmp_path)
    await channel.send({"lines": 1})
    await channel.receive()
    await server.aclose()
    assert await channel.receive() is None
    await channel.aclose()
    with pytest.raises(NobodyThere):
        await connect(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("server")
async def test_broken_line_ends_only_its_connection(tmp_path: Path) -> None:
    bad = await connect(tmp_path)
    bad._writer.write(b"not json\n")
    assert await bad.receive() is None
    await bad.aclose()
    good = await connect(tmp_path)
    await good.send({"lines": 1})
    assert await good.receive() is not None
    await good.aclose()


async def test_failing_handler_closes_its_connection(tmp_path: Path, transport: Transport) -> None:
    async def fail(_channel: Channel) -> None:
        raise RuntimeError("on purpose")

    server = await serve(tmp_path, fail, transport=transport)
    channel = await connect(tmp_path)
    assert await channel.receive() is None
    await channel.aclose()
    await server.aclose()


async def test_nobody_serves(tmp_path: Path) -> None:
    with pytest.raises(NobodyThere):
        await connect(tmp_path)


async def test_killed_server_leaves_nothing_that_hinders(tmp_path: Path) -> None:
    (tmp_path / "socket").write_bytes(b"")
    (tmp_path / "socket.json").write_text(json.dumps({"path": str(tmp_path / "socket")}))
    with pytest.raises(NobodyThere):
        await connect(tmp_path)
    server = await serve(tmp_path, count)
    channel = await connect(tmp_path)
    await channel.aclose()
    await server.aclose()


async def test_wrong_secret_is_not_served(tmp_path: Path) -> None:
    server = await serve(tmp_path, count, transport="tcp")
    path = tmp_path / "socket.json"
    address = json.loads(path.read_text())
    path.write_text(json.dumps({**address, "secret": "guessed"}))
    channel = await connect(tmp_path)
    assert await channel.receive() is None
    await channel.aclose()
    await server.aclose()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
@pytest.mark.usefixtures("server")
async def test_files_are_for_this_user_alone(tmp_path: Path) -> None:
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


@pytest.mark.skipif(sys.platform == "win32", reason="no Unix sockets")
async def test_long_folder_takes_a_short_path_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    server = await serve(folder, count, transport="unix")
    address = json.loads((folder / "socket.json").read_text())
    assert len(os.fsencode(address["path"])) <= 100
    channel = await connect(folder)
    await channel.send({"lines": 1})
    assert await channel.receive() is not None
    await channel.aclose()
    await server.aclose()
    assert not Path(address["path"]).parent.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no Unix sockets")
async def test_relative_folder_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("state").mkdir()
    server = await serve(Path("state"), count)
    channel = await connect(tmp_path / "state")
    await channel.aclose()
    await server.aclose()


async def test_huge_line_is_refused(tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def read(channel: Channel) -> None:
        try:
            await channel.receive()
        except ValueError:
            ended.set()

    server = await serve(tmp_path, read)
    channel = await connect(tmp_path)
    channel._writer.write(b"x" * 9 * 1024 * 1024)
    await asyncio.wait_for(ended.wait(), 10)
    assert await channel.receive() is None
    await channel.aclose()
    await server.aclose()
