"""The real bot in a local browser page: no Discord account, no GPU, nothing to download."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

from bot.config import Settings
from bot.errors import UserError
from bot.i18n import Texts
from engine.client import EngineClient


async def run_playground(
    settings: Settings,
    texts: Texts,
    *,
    browser: bool = True,
    engine: Callable[[Settings], EngineClient] | None = None,
) -> int:
    """Run until the page is closed or Ctrl-C; return the exit code. All is in the texts' language.

    `engine` makes another engine than the real one. Raises UserError playground.missing where
    SimCord is not installed.
    """
    require_simcord()
    from bot.playground.run import play

    return await play(settings, texts, browser=browser, engine=engine)


def require_simcord() -> None:
    """Raise UserError playground.missing where SimCord is not installed."""
    if any(importlib.util.find_spec(name) is None for name in ("simcord", "markdown_it")):
        raise UserError("playground.missing")
