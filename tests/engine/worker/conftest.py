"""A worker's context around the tiny base."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.worker.context import WorkerContext

if TYPE_CHECKING:
    from engine.base.loading import LoadedBase


@pytest.fixture
def context(tiny_base: LoadedBase, tmp_path: Path) -> WorkerContext:
    """Give runners the tiny base and an empty outbox."""
    outbox = tmp_path / "outbox"
    outbox.mkdir()
    return WorkerContext(base=tiny_base, device="cpu", outbox=outbox)
