"""`EXPORT_DIR`: a folder of the host that holds the file of every shared style, and no other."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path
from typing import Final

from bot.services.filenames import file_stem
from bot.services.files.copies import StyleCopies, StyleCopy
from bot.services.files.mirror import Mirror
from bot.services.store import Store

log = logging.getLogger(__name__)

RETRY_S: Final = 600.0


class Exporter:
    """Owned by the app; keeps the folder in step with what is shared, also across restarts.

    A version that is shared appears; one that is taken back, deleted or erased goes again, because
    a copy that stays would serve what its artist has taken away.
    """

    def __init__(self, store: Store, copies: StyleCopies, folder: Path | None) -> None:
        self._store = store
        self._copies = copies
        self._folder = folder
        self._woken = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with what changed while nobody looked."""
        if self._folder is not None:
            self._loop = asyncio.create_task(self._run(self._folder), name="exports")

    def wake(self) -> None:
        """Look again soon; never blocks."""
        self._woken.set()

    async def aclose(self) -> None:
        """Stop; what is left is done at the next start."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)

    async def _run(self, folder: Path) -> None:
        while True:
            self._woken.clear()
            wait_s = None
            try:
                await self._sync(folder)
            except OSError as error:
                log.error("styles cannot be exported to %s: %s", folder, error.strerror or error)
                wait_s = RETRY_S
            except Exception:  # top of the loop; the store may come back
                log.exception("exporting styles stumbled")
                wait_s = RETRY_S
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._woken.wait()

    async def _sync(self, folder: Path) -> None:
        wanted = await self._wanted()
        sha256s = {name: copy.sha256 for name, copy in wanted.items()}
        sources = {name: copy.path for name, copy in wanted.items()}
        await asyncio.to_thread(Mirror(folder).follow, sha256s, sources)

    async def _wanted(self) -> dict[str, StyleCopy]:
        """Name every shared file; of styles that read alike, whosever they are, each has its id."""
        styles = await self._store.exports.styles()
        by_id = {style.id: style for style in styles}
        wanted: dict[str, StyleCopy] = {}
        for version, checkpoint in await self._store.exports.shared():
            stem = file_stem(by_id[version.style_id], styles)
            name = f"{stem}-v{version.number}-{checkpoint.step}.safetensors"
            wanted[name] = await self._copies.of(checkpoint)
        return wanted
