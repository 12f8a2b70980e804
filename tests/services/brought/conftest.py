"""A style that was imported, on a host that knows the words of its base."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.clock import ManualClock
from bot.config import Settings
from bot.services.imports import ImportOrder
from data.models import Style
from engine.fake import FakeEngine, FakeScript
from tests.engine.lora.foreign_files import write
from tests.engine.lora.malformed import good
from tests.services.conftest import (
    ANA,
    GUILD,
    WORDS,
)
from tests.services.test_imports import copy_configurations


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    base = tmp_path / "builtin"
    copy_configurations(base)
    (base / "words.json").write_text(json.dumps({"tags": WORDS, "words": []}))
    return Settings(state_dir=tmp_path / "state", base_model=str(base))


@pytest.fixture
def engine(tmp_path: Path) -> FakeEngine:
    return FakeEngine(FakeScript(outbox=tmp_path / "outbox"))


@pytest.fixture
async def app(settings: Settings, engine: FakeEngine) -> AsyncIterator[App]:
    async with open_app(settings, engine=engine, clock=ManualClock()) as app:
        await app.start()
        await app.wait_ready()
        yield app


@pytest.fixture
async def style(app: App, tmp_path: Path) -> Style:
    told = {"modelspec.trigger_phrase": "inkstyle, blue"}
    path = write(tmp_path / "ink.safetensors", good(), told)
    return (await app.imports.take(ImportOrder(owner_id=ANA, path=path, guild_id=GUILD))).style
