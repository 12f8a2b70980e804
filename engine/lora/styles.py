"""The style files of one request, each read once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import torch

from engine.errors import JobFailed
from engine.lora.names import UnetLayout
from engine.lora.reading import read_header
from engine.lora.tensors import read_style
from engine.lora.weights import Lora
from engine.pictures.recipe import AdapterUse
from engine.protocol import FileRef


class StyleFiles:
    """Finds styles by content among a request's files."""

    def __init__(
        self, files: Sequence[FileRef], *, modules: Collection[str], layout: UnetLayout
    ) -> None:
        self._files = {file.sha256: Path(file.path) for file in files}
        self._modules = modules
        self._layout = layout
        self._read: dict[str, Lora] = {}
        #: sha256 of a style file → sha256 of its tensors, where the file tells it
        self.hashes: dict[str, str] = {}

    def stack(
        self, uses: Sequence[AdapterUse], *, device: torch.device
    ) -> list[tuple[Lora, float]]:
        """Read the styles in use, float32; JobFailed `style.file_missing` without a file."""
        return [
            (self._lora(use).to(device=device, dtype=torch.float32), use.weight) for use in uses
        ]

    def _lora(self, use: AdapterUse) -> Lora:
        path = self._files.get(use.sha256)
        if path is None or not path.is_file():
            raise JobFailed("style.file_missing", style=use.name)
        if use.sha256 not in self._read:
            self._read[use.sha256] = read_style(path, self._modules, self._layout)
            digest = read_header(path).metadata.get("sshs_model_hash", "")
            self.hashes[use.sha256] = digest
        return self._read[use.sha256]
