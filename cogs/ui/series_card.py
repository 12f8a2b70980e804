"""What the message of a finished series shows: its poster, and its pictures in one file."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Sequence
from typing import Final

from bot.app import App
from bot.services.jobs import JobView
from cogs.ui.card import Shown
from cogs.ui.series_sheet import Captioned, series_sheet
from cogs.ui.tasks import draw_task
from cogs.ui.wording import plain

#: What Discord takes of a bot in one message everywhere, less what the message itself needs.
FILES_BYTES: Final = 9_500_000


async def series_pictures(app: App, view: JobView) -> tuple[list[Shown], list[Shown]]:
    """Make the poster, and the zip where it fits beside it; nothing when they are deleted."""
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
    poster = Shown(name=f"{view.job.id}.{sheet.suffix}", data=sheet.data, alt=alt)
    packed = await asyncio.to_thread(_packed, view.job.id, series)
    if len(sheet.data) + len(packed) > FILES_BYTES:
        return [poster], []
    return [poster], [Shown(name=f"{view.job.id}.zip", data=packed)]


def _packed(job_id: str, series: Sequence[Captioned]) -> bytes:
    """Pack the untouched originals; PNGs get no smaller."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for one in series:
            # A fixed time: the same pictures are the same file, and are not uploaded twice.
            archive.writestr(zipfile.ZipInfo(f"{job_id}-{one.number:02}.png"), one.data)
    return out.getvalue()
