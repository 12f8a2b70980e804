"""Hold a folder: one process at a time, and the hold ends with the process, however it ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

#: Windows locks bytes, and locked bytes cannot be read; this one lies far behind the number.
_LOCKED_BYTE = 1 << 20
_LOCK_FILE = "lock"


class FolderHeld(Exception):
    """Another process holds the folder."""

    def __init__(self, path: Path, pid: int | None) -> None:
        super().__init__(f"{path} is held by process {pid or 'unknown'}")
        self.path = path
        #: the holder, None when it has not written its number yet
        self.pid = pid


class FolderLock:
    """A held folder; made by `hold_folder` only."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Let go of the folder; a second call does nothing.

        The file stays: removing it would let two processes hold two files of the same name.
        """
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def hold_folder(path: Path) -> FolderLock:
    """Take the folder, which is made when it is missing, for this process alone.

    Raises `FolderHeld` at once when another process, or this one, holds it. Children do not
    inherit the hold.
    """
    # Drawings, prompts and votes lie in it: a new one is for this user alone.
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(descriptor)
    except OSError:
        pid = _read_pid(descriptor)
        os.close(descriptor)
        raise FolderHeld(path, pid) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    return FolderLock(path, descriptor)


def _read_pid(descriptor: int) -> int | None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    text = os.read(descriptor, 20)
    return int(text) if text.isdigit() else None


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
