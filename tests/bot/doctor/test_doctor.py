"""What the doctor finds."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import discord
import pytest
from aiohttp import web
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.app import open_app
from bot.client import PERMISSIONS
from bot.config import Settings
from bot.doctor import find, run_doctor
from bot.doctor.discord import check_discord, missing_permissions
from bot.doctor.finding import Finding, Grade
from bot.i18n import LANGUAGES, Texts
from bot.platform.lock import hold_folder
from engine.fake import FakeEngine, FakeScript

BOT, GUILD, ROLE = 111111111111111111, 222222222222222222, 222222222222222222
TOKEN = "MTExMTExMTExMTExMTExMTEx.AAAAAA.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"


async def found(settings: Settings) -> dict[str, Finding]:
    async with aclosing(find(settings, Texts("en"), quick=True)) as findings:
        return {finding.key: finding async for finding in findings}


async def test_quick_look_at_a_free_folder_is_good(tmp_path: Path) -> None:
    findings = await found(Settings(state_dir=tmp_path / "state"))
    assert {"doctor.python", "doctor.sqlite", "doctor.disk", "doctor.free"} <= set(findings)
    assert not any(finding.grade is Grade.BAD for finding in findings.values())


async def test_running_bot_is_asked(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path / "state")
    engine = FakeEngine(FakeScript(outbox=tmp_path / "outbox"))
    async with open_app(settings, engine=engine) as app:
        await app.start()
        await app.wait_ready()
        findings = await found(settings)
    assert findings["doctor.held_ready"].facts["device"] == "cpu"
    assert findings["doctor.database"].grade is Grade.GOOD


async def test_running_bot_whose_engine_refuses_is_ill(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(state_dir=tmp_path / "state")
    engine = FakeEngine(FakeScript(outbox=tmp_path / "outbox"))
    engine.refuse_start("engine.base_missing", base="nowhere")
    async with open_app(settings, engine=engine) as app:
        await app.start()
        assert await run_doctor(settings, Texts("en"), quick=True) == 1
    assert "nowhere" in capsys.readouterr().out


async def test_a_holder_that_does_not_answer_is_bad(tmp_path: Path) -> None:
    with hold_folder(tmp_path):
        findings = await found(Settings(state_dir=tmp_path))
    assert findings["doctor.held_silent"].grade is Grade.BAD


async def test_missing_base_is_bad(tmp_path: Path) -> None:
    findings = await found(Settings(state_dir=tmp_path, base_model=str(tmp_path / "none")))
    assert findings["doctor.base_missing"].grade is Grade.BAD


async def test_a_base_that_cannot_be_looked_at_is_bad(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path / "state", base_model=str(tmp_path / ("x" * 300)))
    findings = await found(settings)
    assert findings["engine.base_unreadable"].grade is Grade.BAD


async def test_a_base_of_another_kind_is_named_without_an_engine(tmp_path: Path) -> None:
    file = tmp_path / "flux.ckpt"
    file.write_bytes(b"PK\x03\x04")
    findings = await found(Settings(state_dir=tmp_path / "state", base_model=str(file)))
    assert findings["engine.base_pickled"].grade is Grade.BAD
    assert findings["engine.base_pickled"].facts == {"base": "flux.ckpt"}


async def test_a_base_that_the_hub_has_is_told_how_to_fetch(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path / "state", base_model="someone/never-downloaded")
    findings = await found(settings)
    assert findings["engine.base_uncached"].facts == {"base": "someone/never-downloaded"}


async def test_the_family_is_told_and_may_be_set(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path / "state")
    findings = await found(settings)
    assert findings["doctor.base_family"].facts == {"family": "the built-in toy model"}
    findings = await found(dataclasses.replace(settings, base_family="noobai-v"))
    assert findings["doctor.base_family"].facts == {"family": "NoobAI XL (v-prediction)"}


@pytest.mark.parametrize(
    ("language", "named"),
    [
        ("en", "Add Reactions, View Channel"),
        ("ru", "Добавлять реакции, Просматривать канал"),
    ],
)
def test_permissions_are_named_as_discord_shows_them(language: str, named: str) -> None:
    texts = Texts(language)
    assert missing_permissions(PERMISSIONS, texts) == ""
    lacking = discord.Permissions(PERMISSIONS.value)
    lacking.update(view_channel=False, add_reactions=False)
    assert missing_permissions(lacking, texts) == named


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_permission_has_a_name(language: str) -> None:
    names = missing_permissions(discord.Permissions.none(), Texts(language)).split(", ")
    assert len(set(names)) == sum(needed for _, needed in PERMISSIONS)


@pytest.fixture
async def discord_api(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """Serve the few REST answers that the doctor asks for: one channel is closed to the bot."""
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    server = web.AppRunner(_api())
    await server.setup()
    site = web.TCPSite(server, "127.0.0.1", 0)
    await site.start()
    host, port = server.addresses[0][:2]
    yield f"http://{host}:{port}"
    await server.cleanup()


def _api() -> web.Application:
    user = {
        "id": str(BOT),
        "username": "Ownhand",
        "discriminator": "0",
        "avatar": None,
        "bot": True,
    }
    role = {
        "id": str(ROLE), "name": "@everyone", "color": 0, "hoist": False, "position": 0,
        "permissions": str(PERMISSIONS.value), "managed": False, "mentionable": False,
    }  # fmt: skip
    guild = {"id": str(GUILD), "name": "House", "roles": [role], "emojis": [], "owner_id": "1"}
    member = {"user": user, "roles": [], "joined_at": "2026-01-01T00:00:00+00:00", "flags": 0}
    denied = {"id": str(ROLE), "type": 0, "allow": "0", "deny": str(1 << 11)}  # send messages
    channels: list[dict[str, Any]] = [
        {"id": str(GUILD + number), "type": 0, "name": name, "position": 0, "guild_id": str(GUILD),
         "permission_overwrites": overwrites}
        for number, (name, overwrites) in enumerate([("art", []), ("rules", [denied])], start=1)
    ]  # fmt: skip
    app = web.Application()

    def answer(path: str, value: object) -> None:
        async def give(request: web.Request) -> web.Response:
            if request.headers["Authorization"] != f"Bot {TOKEN}":
                return web.json_response({"message": "401: Unauthorized"}, status=401)
            # discord.py wants the type without a charset
            headers = {"Content-Type": "application/json"}
            return web.Response(body=json.dumps(value).encode(), headers=headers)

        app.router.add_get(path, give)

    answer("/users/@me", user)
    answer("/oauth2/applications/@me", _application(user))
    answer("/applications/@me", _application(user))
    answer("/users/@me/guilds", [{"id": str(GUILD), "name": "House"}])
    answer(f"/guilds/{GUILD}", guild)
    answer(f"/guilds/{GUILD}/members/{BOT}", member)
    answer(f"/guilds/{GUILD}/channels", channels)
    return app


def _application(user: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(BOT), "name": "Ownhand", "description": "", "icon": None, "bot_public": True,
        "bot_require_code_grant": False, "verify_key": "", "flags": 0, "owner": user,
    }  # fmt: skip


async def asked(settings: Settings) -> list[Finding]:
    async with aclosing(check_discord(settings, Texts("en"))) as findings:
        return [finding async for finding in findings]


async def test_every_channel_that_lacks_a_permission_is_named(discord_api: str) -> None:
    settings = Settings(discord_token=TOKEN, discord_api_base=discord_api)
    findings = await asked(settings)
    assert [finding.key for finding in findings] == ["doctor.token", "doctor.channel"]
    assert findings[1].facts["channel"] == "rules"
    assert "Send Messages" in str(findings[1].facts["missing"])


async def test_a_refused_token_is_bad(discord_api: str) -> None:
    settings = Settings(discord_token="wrong", discord_api_base=discord_api)
    (finding,) = await asked(settings)
    assert (finding.key, finding.grade) == ("run.token_refused", Grade.BAD)


async def test_without_a_token_discord_is_not_asked() -> None:
    (finding,) = await asked(Settings())
    assert (finding.key, finding.grade) == ("doctor.no_token", Grade.HINT)
