"""What the message of a finished series shows: its poster, and its pictures in one file."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Sequence
from typing import Final

from bot.app import App
from bot.services.files.parts import REQUEST_BYTES
from bot.services.files.room import fitted
from bot.services.jobs import JobView
from cogs.ui.card import Shown, file_name
from cogs.ui.series_sheet import Captioned, series_sheet
from cogs.ui.tasks import draw_task
from cogs.ui.wording import plain

#: What a zip needs for each of its files beside the file itself, with room to spare.
_ENTRY_BYTES: Final = 1024


async def series_pictures(
    app: App, view: JobView, file_bytes: int
) -> tuple[list[Shown], list[Shown]]:
    """Make the poster, and the zip where it fits beside it; nothing when they are deleted.

    Each may have `file_bytes`.
    """
    if not view.pictures:
        return [], []
    recipes = draw_task(view).recipes
    series = [
        Captioned(
            number=picture.ordinal + 1,
            data=await app.blobs.read(picture.sha256),
            words=recipes[picture.ordinal].prompt,
        )
        for picture in view.pictures
    ]
    sheet = await asyncio.to_thread(series_sheet, series)
    alt = plain(", ".join(one.words for one in series), 200)
    name = file_name(f"{view.job.id}.{sheet.suffix}", spoiler=draw_task(view).spoiler)
    poster = Shown(name=name, data=sheet.data, alt=alt)
    room = min(file_bytes, REQUEST_BYTES - len(sheet.data))
    packed = await asyncio.to_thread(_packed, view.job.id, series, room)
    return [poster], [] if packed is None else [Shown(name=f"{view.job.id}.zip", data=packed)]


def _packed(job_id: str, series: Sequence[Captioned], most_bytes: int) -> bytes | None:
    """Pack the untouched originals, or WebPs where they would not fit; None when they do not."""
    each = most_bytes // len(series) - _ENTRY_BYTES
    if sum(len(one.data) + _ENTRY_BYTES for one in series) <= most_bytes:
        each = most_bytes
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for one in series:
            file = fitted(one.data, each)
            if file is None:
                return None
            # A fixed time: the same pictures are the same file, and are not uploaded twice.
            name = f"{job_id}-{one.number:02}.{file.suffix}"
            archive.writestr(zipfile.ZipInfo(name), file.data)
    return out.getvalue()
