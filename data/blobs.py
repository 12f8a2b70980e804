"""Files by their content: drawings, pictures and styles, each stored once under its sha256."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import re
import shutil
import threading
import time
import uuid
from collections.abc import Set as AbstractSet
from pathlib import Path

from data.durable import make_folder, sync_file, sync_folder
from data.errors import Damaged, NotFound

#: Files this young may belong to a row that is about to be written.
SWEEP_AGE_S = 3600.0
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Blobs:
    """A folder of files that never change.

    A file gets its name only when its content is on the disk, so a name is a promise that holds
    through kill -9 and power loss. Putting the same content twice, even at the same time, is
    putting it once. The coroutines do their work in threads.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"
        #: Files that others make of these: their names begin with the sha256 and a dot, they go
        #: when it goes, and may be removed at any time.
        self.derived = root / "derived"
        self._has_folders = False
        # Between "it is there already" and its new age, or between "it is old" and its removal,
        # nothing else may happen to a file.
        self._lock = threading.Lock()

    def path(self, sha256: str) -> Path:
        """Return where the file is, or would be; raise ValueError when that is no sha256."""
        if _SHA256.fullmatch(sha256) is None:
            raise ValueError(f"{sha256!r} is no sha256")
        return self._root / sha256[:2] / sha256

    async def exists(self, sha256: str) -> bool:
        """Say whether the file is there."""
        return await asyncio.to_thread(self.path(sha256).is_file)

    async def size_bytes(self, sha256: str) -> int:
        """Return how large the file is; raise NotFound."""
        try:
            return (await asyncio.to_thread(self.path(sha256).stat)).st_size
        except FileNotFoundError as error:
            raise NotFound(sha256) from error

    async def read(self, sha256: str) -> bytes:
        """Return the content; raise NotFound, or Damaged when the disk changed it."""
        return await asyncio.to_thread(self._read, sha256)

    async def put_bytes(self, data: bytes) -> str:
        """Store the content and return its sha256."""
        return await asyncio.to_thread(self._put, data)

    async def adopt(self, path: Path, sha256: str) -> str:
        """Move a finished file in, and return its sha256.

        Raises Damaged, and leaves the file alone, when its content is another; NotFound when
        there is neither the file nor, from an earlier call, its content.
        """
        return await asyncio.to_thread(self._adopt, path, sha256)

    async def remove(self, sha256: str) -> bool:
        """Delete the file; False when it was not there."""
        return await asyncio.to_thread(self._remove, sha256)

    async def sweep(self, keep: AbstractSet[str], min_age_s: float = SWEEP_AGE_S) -> int:
        """Delete unfinished files, and finished ones that nobody needs; return how many.

        Young ones stay, as their rows may be on the way.
        """
        return await asyncio.to_thread(self._sweep, keep, time.time() - min_age_s)

    def _read(self, sha256: str) -> bytes:
        try:
            data = self.path(sha256).read_bytes()
        except FileNotFoundError:
            raise NotFound(sha256) from None
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Damaged(sha256)
        return data

    def _put(self, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        if not self._renew(self.path(sha256), len(data)):
            temporary = self._new_temporary()
            try:
                temporary.write_bytes(data)
                sync_file(temporary)
                self._settle(temporary, self.path(sha256))
            finally:
                temporary.unlink(missing_ok=True)
        return sha256

    def _adopt(self, path: Path, sha256: str) -> str:
        target = self.path(sha256)
        if not path.is_file():
            if target.is_file():
                return sha256
            raise NotFound(path)
        if _hash_of(path) != sha256:
            raise Damaged(path)
        if not self._renew(target, path.stat().st_size):
            sync_file(path)
            self._move(path, target)
        path.unlink(missing_ok=True)
        return sha256

    def _move(self, path: Path, target: Path) -> None:
        try:
            self._settle(path, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            temporary = self._new_temporary()  # another disk: a rename cannot cross over
            try:
                shutil.copyfile(path, temporary)
                sync_file(temporary)
                self._settle(temporary, target)
            finally:
                temporary.unlink(missing_ok=True)

    def _renew(self, target: Path, size_bytes: int) -> bool:
        """Make a file young again, if it is there in full."""
        with self._lock:
            if not _is_whole(target, size_bytes):
                return False
            os.utime(target)
            sync_folder(target.parent)  # whoever named it may have been killed before this
            return True

    def _settle(self, finished: Path, target: Path) -> None:
        """Give a file, whose content is on the disk, its lasting name."""
        with self._lock:
            self._make_folders()
            os.utime(finished)
            # Someone may have been faster; on Windows a file in use cannot be replaced.
            if not _is_whole(target, finished.stat().st_size):
                finished.replace(target)
            sync_folder(target.parent)

    def _make_folders(self) -> None:
        """Make all the folders that files go to at once: one by one, each would be a flush."""
        if self._has_folders and self._root.exists():
            return
        make_folder(self._root)
        for number in range(256):
            (self._root / f"{number:02x}").mkdir(mode=0o700, exist_ok=True)
        sync_folder(self._root)
        self._has_folders = True

    def _new_temporary(self) -> Path:
        with self._lock:
            make_folder(self._incoming)
        return self._incoming / uuid.uuid4().hex

    def _remove(self, sha256: str) -> bool:
        target = self.path(sha256)
        with self._lock:
            if not target.is_file():
                return False
            target.unlink()
        sync_folder(target.parent)
        for made in self.derived.glob(f"{sha256}.*"):
            made.unlink(missing_ok=True)
        return True

    def _sweep(self, keep: AbstractSet[str], before_s: float) -> int:
        removed = 0
        for path in self._root.glob("*/*"):
            with self._lock, contextlib.suppress(FileNotFoundError):  # just renamed
                if path.name.partition(".")[0] not in keep and path.stat().st_mtime < before_s:
                    path.unlink()
                    removed += 1
        return removed


def _is_whole(path: Path, size_bytes: int) -> bool:
    return path.is_file() and path.stat().st_size == size_bytes


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
