"""What a runner is given besides its request."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.outbox import Outbox
from engine.protocol import FileRef

if TYPE_CHECKING:
    from engine.base.loading import LoadedBase


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerContext:
    """The loaded base and the way out for files; shared by all runners of the process."""

    base: LoadedBase
    #: "cpu" or "cuda", resolved
    device: str
    outbox: Path

    def new_outbox_file(self, suffix: str) -> Path:
        """Name a fresh file in the outbox; `suffix` starts with a dot."""
        return Outbox(self.outbox).new_file(suffix)

    def file_ref(self, path: Path) -> FileRef:
        """Refer to a complete file; from the message on it belongs to the bot."""
        return Outbox(self.outbox).ref(path)
