"""The drawn pictures themselves, as far as Discord takes them, and what is said of that."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from dataclasses import dataclass

import discord

from bot.app import App
from bot.i18n import Texts
from bot.services.files.parts import MOST_ATTACHMENTS
from bot.services.files.room import Fitted, fitted, room_each
from bot.services.jobs import JobView
from cogs.ui.card import file_name
from cogs.ui.tasks import draw_task


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """One picture; without a file it is too large in every form."""

    name: str
    file: Fitted | None


async def originals(app: App, view: JobView, file_bytes: int) -> list[Original]:
    """Fit the pictures of a draw into messages of ten files, each of at most `file_bytes`."""
    most = room_each(min(len(view.pictures), MOST_ATTACHMENTS), file_bytes)
    made: list[Original] = []
    for picture in view.pictures:
        data = await app.blobs.read(picture.sha256)
        file = await asyncio.to_thread(fitted, data, most)
        name = file_name(f"{view.job.id}-{picture.ordinal + 1}", spoiler=draw_task(view).spoiler)
        made.append(Original(name=name if file is None else f"{name}.{file.suffix}", file=file))
    return made


def uploads(found: Sequence[Original]) -> list[list[discord.File]]:
    """Make the uploads, a list for each message."""
    files = [
        discord.File(io.BytesIO(one.file.data), one.name) for one in found if one.file is not None
    ]
    return [files[at : at + MOST_ATTACHMENTS] for at in range(0, len(files), MOST_ATTACHMENTS)]


def about_files(texts: Texts, found: Sequence[Original]) -> str:
    """Say what the files are."""
    files = [one.file for one in found if one.file is not None]
    as_webp = [file for file in files if file.suffix == "webp"]
    said = [
        texts.say("recipe.files_whole") if files and not as_webp else "",
        _counted(texts, "recipe.files_webp", sum(file.is_exact for file in as_webp)),
        _counted(texts, "recipe.files_coarse", sum(not file.is_exact for file in as_webp)),
        _counted(texts, "recipe.files_none", len(found) - len(files)),
    ]
    return " ".join(filter(None, said))


def _counted(texts: Texts, key: str, count: int) -> str:
    return texts.say(key, count=count) if count else ""
