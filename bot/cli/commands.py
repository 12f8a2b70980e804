"""The commands by name."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from bot.app import open_app
from bot.cli.database import look_after
from bot.cli.recipe import show_recipe
from bot.cli.work import draw, export, take_in, train
from bot.config import Settings
from bot.errors import UserError
from bot.i18n import Texts
from bot.log import set_up_logging

Command = Callable[[Settings, Texts, argparse.Namespace], Coroutine[Any, Any, int]]


async def _run(settings: Settings, texts: Texts, _options: argparse.Namespace) -> int:
    from bot.client import run_bot  # Discord's library is slow to import, and only needed here

    set_up_logging(settings)
    if not settings.discord_token:
        raise UserError("run.no_token")
    async with open_app(settings) as app:
        await app.start()
        await run_bot(app, texts)
    return 0


async def _playground(settings: Settings, texts: Texts, options: argparse.Namespace) -> int:
    from bot.playground import run_playground

    return await run_playground(settings, texts, browser=not options.no_browser)


async def _demo(settings: Settings, texts: Texts, options: argparse.Namespace) -> int:
    from bot.story import run_story

    return await run_story(settings, texts, Path(options.out))


async def _doctor(settings: Settings, texts: Texts, options: argparse.Namespace) -> int:
    from bot.doctor import run_doctor

    return await run_doctor(settings, texts, quick=options.quick)


COMMANDS: Mapping[str, Command] = {
    "run": _run,
    "playground": _playground,
    "demo": _demo,
    "train": train,
    "draw": draw,
    "export": export,
    "import": take_in,
    "recipe": show_recipe,
    "doctor": _doctor,
    "db": look_after,
}
