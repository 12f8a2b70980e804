"""The tiny base as one file in the original layout."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def one_file(tiny_base_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the tiny base's own weights once."""
    import torch

    from benchmarks.checkpoint_file import pieces_of, values_of, write_checkpoint
    from engine.base.parts import read_parts
    from engine.base.place import find_base

    models = read_parts(find_base(tiny_base_folder), torch.float16).named()
    file = tmp_path_factory.mktemp("file") / "ponyTiny_v6.safetensors"
    write_checkpoint(file, pieces_of(models, values_of(models)), torch.float16)
    return file
