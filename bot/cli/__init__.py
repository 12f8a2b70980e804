"""The command line: parse, do, and end with a sentence and an exit code.

0 = done, 1 = one sentence on stderr says why not, 2 = the command could not be read,
130 = Ctrl-C, SIGTERM or SIGHUP.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.app import DATABASE_NAME
from bot.cli.arguments import parse
from bot.cli.commands import COMMANDS
from bot.config import ConfigError, Settings
from bot.errors import UserError
from bot.i18n import Texts
from data.errors import DatabaseUnusable, StoreError

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    texts = Texts(host_locale(os.environ))
    options = parse(texts, sys.argv[1:] if arguments is None else arguments)
    try:
        return _obey(texts, options)
    except UserError as error:
        sys.stderr.write(f"{texts.error(error)}\n")
    except (ConfigError, StoreError) as error:
        sys.stderr.write(f"{error}\n")
    except (KeyboardInterrupt, asyncio.CancelledError):
        return INTERRUPTED
    return 1


def _obey(texts: Texts, options: argparse.Namespace) -> int:
    settings = Settings.from_env(os.environ, Path(".env"))
    try:
        return asyncio.run(COMMANDS[options.command](settings, texts, options))
    except DatabaseUnusable as error:
        file = str(settings.state_dir / DATABASE_NAME)
        raise UserError("state.database_unusable", file=file, reason=str(error)) from error


def host_locale(environ: Mapping[str, str]) -> str:
    """Tell the host's language from what POSIX sets: `ru_RU.UTF-8` → `ru-RU`."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            return environ[name].split(".")[0].replace("_", "-")
    return "en"
