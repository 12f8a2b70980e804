"""How the client is pointed, invited and refused a start."""

from pathlib import Path

import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.app import open_app
from bot.client import point_at, run_bot
from bot.config import Settings
from bot.errors import UserError
from engine.fake import FakeEngine, FakeScript


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
            await run_bot(app)


async def test_a_discord_that_is_not_there_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    settings = Settings(
        state_dir=tmp_path / "state",
        discord_token="not.a.token",
        discord_api_base="http://127.0.0.1:9/api/v10",
    )
    engine = FakeEngine(FakeScript(outbox=tmp_path / "outbox"))
    async with open_app(settings, engine=engine) as app:
        with pytest.raises(UserError, match=r"run\.no_connection"):
            await run_bot(app)
