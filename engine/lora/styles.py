"""The style files of one request."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import JobFailed
from engine.lora.packed import PackedStyle, Stack
from engine.lora.reading import read_header
from engine.lora.tensors import read_style
from engine.lora.weights import Lora
from engine.pictures.recipe import AdapterUse
from engine.protocol import FileRef

if TYPE_CHECKING:
    from engine.base.loading import LoadedBase


class StyleFiles:
    """Finds styles by content among a request's files."""

    def __init__(self, files: Sequence[FileRef], base: LoadedBase) -> None:
        self._files = {file.sha256: Path(file.path) for file in files}
        self._base = base
        #: sha256 of a style file → sha256 of its tensors
        self.hashes: dict[str, str] = {}

    def stack(self, uses: Sequence[AdapterUse]) -> Stack:
        """Pack a picture's styles.

        JobFailed `style.file_missing` without a file, `style.no_room` when so many never fit.
        """
        stack = tuple(
            (dataclasses.replace(self._packed(use), text_weight=use.text_weight), use.weight)
            for use in uses
        )
        self._base.slots.check(stack)
        return stack

    def _packed(self, use: AdapterUse) -> PackedStyle:
        path = self._files.get(use.sha256)
        if path is None or not path.is_file():
            raise JobFailed("style.file_missing", style=use.name)
        if use.sha256 not in self.hashes:
            told = read_header(path).metadata.get("sshs_model_hash")
            self.hashes[use.sha256] = told or _tensors_sha256(path, use.sha256)
        return self._base.styles.get(use.sha256, lambda: read_packed(path, use.sha256, self._base))


@functools.lru_cache(maxsize=64)
def _tensors_sha256(path: Path, _sha256: str) -> str:
    """Hash what follows the header, which A1111 calls AutoV3; `_sha256` is the file's own."""
    with path.open("rb") as stream:
        stream.seek(8 + int.from_bytes(stream.read(8), "little"))
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_packed(path: Path, sha256: str, base: LoadedBase) -> PackedStyle:
    """Read a file in kohya's layout into slot order, in the kind that the base computes in."""
    return packed(read_style(path, base.names), sha256, base)


def packed(style: Lora, key: str, base: LoadedBase) -> PackedStyle:
    """Lay a style out for the base's slots; equal keys must mean equal styles."""
    slots = base.slots
    whole = PackedStyle.of(key, style, slots.layout, base.unet.dtype, slots.others_layout)
    base.text.products.check(whole.texts)
    return whole
