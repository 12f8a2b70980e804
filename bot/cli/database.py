"""`db status|migrate|backup|check`: the host looks after the store."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.app import DATABASE_NAME, open_app
from bot.cli.output import writing
from bot.config import Settings
from bot.errors import UserError
from bot.i18n import Texts
from data.errors import Conflict, DatabaseUnusable, NotFound
from data.migrate import list_migrations, migrate, read_version
from data.upkeep import backup, check


async def look_after(settings: Settings, texts: Texts, options: argparse.Namespace) -> int:
    """Do one of the four."""
    path = settings.state_dir / DATABASE_NAME
    if not path.is_file() and options.what != "migrate":
        raise UserError("cli.no_database", folder=str(settings.state_dir))
    match options.what:
        case "status":
            lines = await _status(texts, path)
        case "migrate":
            lines = await _migrate(settings, texts)
        case "backup":
            lines = await _backup(texts, path, options.out)
        case _:
            lines = await _check(settings, texts, path)
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


async def _status(texts: Texts, path: Path) -> list[str]:
    found = await asyncio.to_thread(read_version, path)
    size = round((await asyncio.to_thread(path.stat)).st_size / 1e6, 1)
    known = len(list_migrations())
    return [texts.say("cli.db_status", file=str(path), found=found, known=known, size=size)]


async def _migrate(settings: Settings, texts: Texts) -> list[str]:
    path = settings.state_dir / DATABASE_NAME
    before = await asyncio.to_thread(read_version, path)
    # Opening migrates, and holds the folder meanwhile.
    async with open_app(settings):
        _, now = await asyncio.to_thread(migrate, path)
    return [texts.say("cli.db_migrated", found=before, known=now)]


async def _backup(texts: Texts, path: Path, out: str | None) -> list[str]:
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    target = Path(out) if out else path.parent / "backups" / f"ownhand-{stamp}.db"
    try:
        with writing(target):
            await asyncio.to_thread(backup, path, target)
    except Conflict:
        raise UserError("cli.file_exists", file=str(target)) from None
    return [texts.say("cli.written", file=str(target)), texts.say("cli.db_backup_blobs")]


async def _check(settings: Settings, texts: Texts, path: Path) -> list[str]:
    try:
        wrong = list(await asyncio.to_thread(check, path))
    except NotFound:
        raise UserError("cli.no_database", folder=str(settings.state_dir)) from None
    try:
        wrong += await _missing_files(settings, texts)
    except DatabaseUnusable:
        if not wrong:  # else it has been said already
            raise
    if wrong:
        sys.stderr.write("\n".join(wrong) + "\n")
        raise UserError("cli.db_damaged", count=len(wrong))
    return [texts.say("cli.db_sound")]


async def _missing_files(settings: Settings, texts: Texts) -> list[str]:
    """Name files that rows need and that are gone; not while a bot holds the folder."""
    try:
        async with open_app(settings) as app:
            needed = await app.store.erasure.referenced()
            return [
                texts.say("cli.db_file_missing", file=sha256)
                for sha256 in sorted(needed)
                if not await app.blobs.exists(sha256)
            ]
    except UserError as error:
        if error.key != "state.held":
            raise
        return []
