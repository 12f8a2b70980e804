"""How the client is pointed, invited and refused a start."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

import bot.client
from bot.app import open_app
from bot.client import PERMISSIONS, OwnhandBot, point_at, run_bot
from bot.config import Settings
from bot.errors import UserError
from bot.i18n import Texts
from engine.fake import FakeEngine, FakeScript
from tests.bot.loopback import Loopback, loopback

GOOD_TOKEN = "let.me.in"


def test_the_settings_point_the_client_at_another_discord(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    before = (Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY)
    point_at(Settings())
    assert before == (Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY)
    point_at(
        Settings(
            discord_api_base="http://127.0.0.1:9/api/v10", discord_gateway="ws://127.0.0.1:9/gw"
        )
    )
    assert Route("GET", "/users/@me").url == "http://127.0.0.1:9/api/v10/users/@me"
    assert yarl.URL("ws://127.0.0.1:9/gw") == DiscordWebSocket.DEFAULT_GATEWAY


async def test_without_a_token_nothing_is_tried(tmp_path: Path) -> None:
    engine = FakeEngine(FakeScript(outbox=tmp_path / "outbox"))
    async with open_app(Settings(state_dir=tmp_path / "state"), engine=engine) as app:
        with pytest.raises(UserError, match=r"run\.no_token"):
            await run_bot(app, Texts("en"))


async def test_a_discord_that_is_not_there_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(bot.client, "LOGIN_FIRST_S", 0.01)
    settings = Settings(
        state_dir=tmp_path / "state",
        discord_token="not.a.token",
        discord_api_base="http://127.0.0.1:9/api/v10",
    )
    engine = FakeEngine(FakeScript(outbox=tmp_path / "outbox"))
    async with open_app(settings, engine=engine) as app:
        with pytest.raises(UserError, match=r"run\.no_connection"):
            await run_bot(app, Texts("en"))


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    async with loopback() as there:
        yield there


def settings_for(server: Loopback, tmp_path: Path, token: str = GOOD_TOKEN) -> Settings:
    return Settings(
        state_dir=tmp_path / "state",
        discord_token=token,
        discord_api_base=server.base,
        discord_gateway=server.gateway,
    )


async def test_the_bot_connects_invites_and_stops_cleanly(
    server: Loopback,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    engine = FakeEngine(FakeScript(outbox=tmp_path / "outbox"))
    async with open_app(settings_for(server, tmp_path), engine=engine) as app:
        await app.start()
        running = asyncio.create_task(run_bot(app, Texts("en")))
        async with asyncio.timeout(20):
            await server.connected.wait()
        os.kill(os.getpid(), 15)
        await running
        await server.left.wait()
        assert app.jobs is not None
    assert ("PUT", "/applications/1400000000000000001/commands") in server.requests
    assert server.intents == 1537
    [invite] = capsys.readouterr().out.splitlines()
    assert f"permissions={PERMISSIONS.value}" in invite
    assert GOOD_TOKEN not in invite + caplog.text


async def test_the_invite_is_printed_before_the_commands_are_sent(
    server: Loopback, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.failing = [0, 0, 400]
    engine = FakeEngine(FakeScript(outbox=tmp_path / "outbox"))
    async with open_app(settings_for(server, tmp_path), engine=engine) as app:
        with pytest.raises(UserError, match=r"run\.no_connection"):
            await run_bot(app, Texts("en"))
    assert server.requests[-1] == ("PUT", "/applications/1400000000000000001/commands")
    assert f"permissions={PERMISSIONS.value}" in capsys.readouterr().out


async def test_a_refused_token_is_one_sentence(server: Loopback, tmp_path: Path) -> None:
    engine = FakeEngine(FakeScript(outbox=tmp_path / "outbox"))
    settings = settings_for(server, tmp_path, token="wrong")
    async with open_app(settings, engine=engine) as app:
        with pytest.raises(UserError, match=r"run\.token_refused"):
            await run_bot(app, Texts("en"))


@pytest.mark.parametrize(
    ("code", "sentence"), [(4004, r"run\.token_refused"), (4012, r"run\.no_connection.*4012")]
)
async def test_a_gateway_that_lets_nobody_back_in_is_one_sentence(
    server: Loopback, tmp_path: Path, code: int, sentence: str
) -> None:
    """As after the token was reset in the developer portal."""
    server.closing = code
    engine = FakeEngine(FakeScript(outbox=tmp_path / "outbox"))
    async with open_app(settings_for(server, tmp_path), engine=engine) as app:
        with pytest.raises(UserError, match=sentence):
            await run_bot(app, Texts("en"))


async def test_a_server_error_at_the_login_is_tried_again(
    server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.client, "LOGIN_FIRST_S", 0.01)
    # At the login itself, while it goes on, and while the commands are sent.
    server.failing = [503, 0, 503, 0, 0, 503]
    engine = FakeEngine(FakeScript(outbox=tmp_path / "outbox"))
    async with open_app(settings_for(server, tmp_path), engine=engine) as app:
        await app.start()
        running = asyncio.create_task(run_bot(app, Texts("en")))
        async with asyncio.timeout(20):
            await server.connected.wait()
        os.kill(os.getpid(), 15)
        await running
    assert server.failing == []


async def test_a_discord_that_stays_broken_is_one_sentence(
    server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.client, "LOGIN_FIRST_S", 0.01)
    server.failing = [503] * bot.client.LOGIN_TRIES
    engine = FakeEngine(FakeScript(outbox=tmp_path / "outbox"))
    async with open_app(settings_for(server, tmp_path), engine=engine) as app:
        with pytest.raises(UserError, match=r"run\.no_connection") as error:
            await run_bot(app, Texts("en"))
    assert error.value.facts == {"reason": "503 Service Unavailable"}
    assert server.failing == []


async def test_what_no_other_try_would_change_is_not_tried_again(
    server: Loopback, tmp_path: Path
) -> None:
    server.failing = [400]
    engine = FakeEngine(FakeScript(outbox=tmp_path / "outbox"))
    async with open_app(settings_for(server, tmp_path), engine=engine) as app:
        with pytest.raises(UserError, match=r"run\.no_connection"):
            await run_bot(app, Texts("en"))
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [500, 503], ids=["discord.py waits", "we wait"])
async def test_a_stop_does_not_wait_for_the_next_try_to_log_in(
    server: Loopback, tmp_path: Path, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.client, "LOGIN_FIRST_S", 30.0)
    server.failing = [status] * 100
    engine = FakeEngine(FakeScript(outbox=tmp_path / "outbox"))
    async with open_app(settings_for(server, tmp_path), engine=engine) as app:
        running = asyncio.create_task(run_bot(app, Texts("en")))
        async with asyncio.timeout(20):
            while not server.requests:  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
        os.kill(os.getpid(), 15)
        async with asyncio.timeout(5):
            await running


async def test_a_stop_does_not_wait_for_the_next_try_to_connect(
    server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """discord.py sleeps up to 17 minutes between two tries, closed or not."""
    trying = asyncio.Event()

    async def connect(_bot: OwnhandBot, *, reconnect: bool) -> None:
        assert reconnect
        trying.set()
        await asyncio.sleep(1000)

    monkeypatch.setattr(OwnhandBot, "connect", connect)
    engine = FakeEngine(FakeScript(outbox=tmp_path / "outbox"))
    async with open_app(settings_for(server, tmp_path), engine=engine) as app:
        running = asyncio.create_task(run_bot(app, Texts("en")))
        async with asyncio.timeout(20):
            await trying.wait()
            os.kill(os.getpid(), 15)
            await running
