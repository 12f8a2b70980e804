"""The folder through which files leave the engine; named in a message, they are the bot's."""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
from pathlib import Path

from engine.protocol import (
    BareDrawn,
    CheckpointSaved,
    FileRef,
    Message,
    PictureDrawn,
    Preview,
    StyleShown,
)

_CHUNK_BYTES = 1 << 20
#: Only names that this class gave are ever swept away.
_OURS = re.compile(r"oh-[0-9a-f]{16}(\.[A-Za-z0-9.]+)?")


class Outbox:
    """Hands out fresh names and turns finished files into references."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self) -> None:
        """Make the folder when it is missing."""
        self.folder.mkdir(parents=True, exist_ok=True)

    def new_file(self, suffix: str) -> Path:
        """Name a file that does not exist yet; `suffix` starts with a dot."""
        return self.folder / f"oh-{secrets.token_hex(8)}{suffix}"

    def ref(self, path: Path) -> FileRef:
        """Refer to a complete file by place and content; reads all of it."""
        digest = hashlib.sha256()
        size_bytes = 0
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
                size_bytes += len(chunk)
        return FileRef(path=str(path), sha256=digest.hexdigest(), size_bytes=size_bytes)

    def put(self, data: bytes, suffix: str) -> FileRef:
        """Write a whole small file."""
        path = self.new_file(suffix)
        path.write_bytes(data)
        return self.ref(path)

    def sweep(self) -> int:
        """Remove what an earlier engine left behind; only while nobody uses the folder."""
        if not self.folder.is_dir():
            return 0
        left = [path for path in self.folder.iterdir() if _OURS.fullmatch(path.name)]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def discard(self, message: Message) -> None:
        """Remove the files of a message that nobody will receive any more."""
        for file in files_of(message):
            path = Path(file.path)
            if path.parent == self.folder and _OURS.fullmatch(path.name):
                with contextlib.suppress(OSError):  # then the next start sweeps it away
                    path.unlink(missing_ok=True)


def files_of(message: Message) -> tuple[FileRef, ...]:
    """List the files in the outbox that a message hands over."""
    match message:
        case Preview(file=file) | PictureDrawn(file=file):
            return (file,)
        case BareDrawn(samples=samples) | StyleShown(samples=samples):
            return samples
        case CheckpointSaved(style=style, state=state, samples=samples):
            return (style, state, *samples)
        case _:
            return ()
