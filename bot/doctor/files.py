"""How artists get their files: the page, Discord's limit, and the host's export folder."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bot.config import Settings
from bot.doctor.finding import Finding, bad, good, hint
from bot.engine_setup import base_family
from engine.training.recipes import OWN, recipe_for

#: What Discord takes from a bot on a server without boosts.
DISCORD_MB: Final = 10
#: Both matrices of SDXL's 722 linear layers, at half precision.
_BYTES_PER_RANK: Final = 2 * 2_660_000
_USUAL_DRAWINGS: Final = 36


async def check_files(settings: Settings, *, is_free: bool) -> AsyncGenerator[Finding]:
    """Look at the page and the folder; a running bot has the port, so then it is not tried."""
    yield await _page(settings, is_free=is_free)
    if settings.public_url.startswith("http://") and not _is_local(settings.public_url):
        yield hint("doctor.page_plain", url=settings.public_url)
    if settings.export_dir is not None:
        yield await asyncio.to_thread(_export, settings.export_dir)


async def _page(settings: Settings, *, is_free: bool) -> Finding:
    has_port, has_url = settings.files_port > 0, settings.public_url != ""
    if has_port != has_url:
        return hint("doctor.page_half", missing="PUBLIC_URL" if has_port else "FILES_PORT")
    if not has_port:
        return await asyncio.to_thread(_without_page, settings)
    facts = {"host": settings.files_host, "port": settings.files_port, "url": settings.public_url}
    if is_free:
        try:
            server = await asyncio.start_server(
                lambda _, writer: writer.close(), settings.files_host, settings.files_port
            )
        except OSError as error:
            return bad("doctor.page_port", reason=error.strerror or str(error), **facts)
        server.close()
        await server.wait_closed()
    return good("doctor.page", **facts)


def _without_page(settings: Settings) -> Finding:
    try:
        family = base_family(settings)
    except OSError:  # what the base's own line says
        family = "sdxl"
    if family == "builtin":
        return good("doctor.page_unneeded")
    size_mb = recipe_for(OWN, family, _USUAL_DRAWINGS).rank * _BYTES_PER_RANK / (1 << 20)
    return hint("doctor.no_page", size=round(size_mb), limit=DISCORD_MB)


def _export(folder: Path) -> Finding:
    # A missing one is made at the first need.
    place = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not place.is_dir() or not os.access(place, os.W_OK):
        return bad("doctor.export_unusable", folder=str(folder))
    return good("doctor.export", folder=str(folder))


def _is_local(url: str) -> bool:
    return urlsplit(url).hostname in {"localhost", "127.0.0.1", "::1"}
