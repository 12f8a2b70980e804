"""The whole story without a browser: the same bot and engine, driven by a script."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bot.config import Settings
from bot.i18n import Texts
from bot.playground import require_simcord
from engine.client import EngineClient


async def run_story(
    settings: Settings,
    texts: Texts,
    out: Path,
    *,
    engine: Callable[[Settings], EngineClient] | None = None,
) -> int:
    """Play the story in one language; leave its transcript, pictures, style and figures in `out`.

    `engine` makes another engine than the real one. Returns 0 only when every expectation held.
    Raises UserError playground.missing where SimCord is not installed.
    """
    require_simcord()
    from bot.story.run import play

    return await play(settings, texts, out, engine)
