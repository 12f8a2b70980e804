"""What every test gets: no setting, no token and no network from the machine it runs on."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import pytest

from bot.config import variables

# Before any library reads it: a test that would download something fails instead.
os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the developer's own settings from the tests."""
    for name in variables():
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def log_as_before() -> Iterator[None]:
    """Undo what a command sets up: its handler writes to the captured stderr of one test."""
    root, discord = logging.getLogger(), logging.getLogger("discord")
    handlers, level, discords = root.handlers[:], root.level, discord.level
    yield
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)
    discord.setLevel(discords)
    logging.captureWarnings(capture=False)
