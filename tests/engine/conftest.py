"""A tiny random base in SDXL's own layout, made once per run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.engine.tiny import write_tiny_base

if TYPE_CHECKING:
    from engine.base.loading import LoadedBase


@pytest.fixture(scope="session")
def tiny_base_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save the tiny base once."""
    folder = tmp_path_factory.mktemp("tiny") / "base"
    write_tiny_base(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_base(tiny_base_folder: Path) -> LoadedBase:
    """Load the tiny base once; nobody may change it."""
    from engine.base.loading import load_base

    return load_base(tiny_base_folder)
