"""What a runner is given besides its request."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.outbox import Outbox
from engine.protocol import FileRef
from engine.worker.background import Background
from engine.worker.captioners import Captioners

if TYPE_CHECKING:
    from engine.base.loading import LoadedBase
    from engine.pictures.easel import Easel
    from engine.training.bench import TrainingBench


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerContext:
    """The loaded base and the way out for files; shared by all runners of the process."""

    base: LoadedBase
    #: "cpu" or "cuda", resolved
    device: str
    outbox: Path
    easel: Easel
    training_bench: TrainingBench
    #: encodes pictures
    background: Background
    #: reads styles
    fetching: Background
    #: reads drawings
    captioners: Captioners
    #: names given inside the block of `together`
    new: list[Path] | None = None

    def new_outbox_file(self, suffix: str) -> Path:
        """Name a fresh file in the outbox; `suffix` starts with a dot."""
        path = Outbox(self.outbox).new_file(suffix)
        if self.new is not None:
            self.new.append(path)
        return path

    @contextlib.contextmanager
    def together(self) -> Generator[WorkerContext]:
        """Give a context for files that are announced together, after the block.

        When the block breaks off, by an error or because its request is closed, they are removed.
        """
        new: list[Path] = []
        try:
            yield dataclasses.replace(self, new=new)
        except BaseException:
            for path in new:
                with contextlib.suppress(OSError):  # then the next start sweeps it away
                    path.unlink(missing_ok=True)
            raise

    def file_ref(self, path: Path) -> FileRef:
        """Refer to a complete file; from the message on it belongs to the bot."""
        return Outbox(self.outbox).ref(path)
