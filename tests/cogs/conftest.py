"""The real bot on a simulated Discord, over real SQLite and the fake engine."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from simcord.env import Env

from bot.app import App, open_app
from bot.client import OwnhandBot
from bot.clock import ManualClock
from bot.config import Settings
from engine.fake import FakeEngine, FakeScript
from tests.cogs.world import World, change_payloads

WORDS = ["1girl", "cat", "blue hair", "red dress", "house", "tree", "simple background"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    base = tmp_path / "builtin"
    base.mkdir()
    (base / "words.json").write_text(json.dumps({"tags": WORDS, "words": WORDS}))
    return Settings(state_dir=tmp_path / "state", base_model=str(base))


@pytest.fixture
def engine(tmp_path: Path) -> FakeEngine:
    return FakeEngine(FakeScript(outbox=tmp_path / "outbox"))


@pytest.fixture
async def app(settings: Settings, engine: FakeEngine) -> AsyncIterator[App]:
    """Open before Discord: SimCord leaves tasks alone that ran before it."""
    async with open_app(settings, engine=engine, clock=ManualClock()) as app:
        await app.start()
        await app.wait_ready()
        yield app


@pytest.fixture
async def env(app: App) -> AsyncIterator[Env]:
    """Run the bot; what it reports to people is no failure of a test by itself."""
    env = Env(OwnhandBot(app), check_errors=False, settle_timeout=40.0)
    await env.start()
    try:
        yield env
    finally:
        await env.shutdown()


@pytest.fixture
async def world(
    env: Env, app: App, engine: FakeEngine, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[World]:
    """One server with one channel; unexpected incidents and missing sentences fail the test."""
    caplog.set_level(logging.INFO)
    world = World(env=env, app=app, engine=engine)
    yield world
    faults = [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.levelno >= logging.ERROR and record.name.startswith(("bot", "cogs", "discord"))
    ]
    assert len(faults) == world.incidents_expected, faults


@pytest.fixture
def russian(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everybody's Discord speak Russian; SimCord knows one language only."""
    change_payloads(monkeypatch, locale="ru")
