"""Packed styles on the disk, each one flat file that is read as it lies, made at its first use."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from engine.errors import JobFailed
from engine.lora.layout import FlatLayout
from engine.lora.packed import Packed, PackedStyle
from engine.lora.tensors import read_tensors
from engine.lora.weights import LoraModule
from engine.lora.writing import write_tensors

log = logging.getLogger(__name__)

#: A hundred styles of rank 16 on SDXL in bfloat16.
MOST_BYTES: Final = 10 << 30
_VERSION: Final = "1"
_SUFFIX: Final = ".flat"


class Shelf:
    """A folder that may be emptied at any time; the least recently used files go by themselves.

    Names begin with the sha256 of the style's own file and a dot, so whoever deletes a style
    finds what was made of it.
    """

    def __init__(
        self,
        folder: Path,
        layouts: Sequence[FlatLayout],
        dtype: torch.dtype,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._folder = folder
        self._mark = _mark(layouts, dtype)
        self._most = most_bytes

    def get(self, key: str, make: Callable[[], PackedStyle]) -> PackedStyle:
        """Read the style of this key, or make it and lay it down."""
        path = self._folder / f"{key}.{self._mark}{_SUFFIX}"
        with contextlib.suppress(OSError):  # mostly because it is not there yet
            try:
                style = _read(path, key)
                os.utime(path)
                return style
            except (JobFailed, KeyError, ValueError) as error:
                log.warning("%s is made anew: %s", path.name, error)
        style = make()
        self._lay_down(path, style)
        return style

    def _lay_down(self, path: Path, style: PackedStyle) -> None:
        part = path.with_suffix(".part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_tensors(part, _tensors(style), _facts(style))
            part.replace(path)
            self._make_room()
        except OSError as error:  # it goes without
            log.warning("%s cannot be laid down: %s", path.name, error.strerror)

    def _make_room(self) -> None:
        files = [(path, path.stat()) for path in self._folder.glob(f"*{_SUFFIX}")]
        held = sum(stat.st_size for _, stat in files)
        for path, stat in sorted(files, key=lambda file: file[1].st_mtime_ns):
            if held <= self._most:
                return
            path.unlink(missing_ok=True)
            held -= stat.st_size


def _mark(layouts: Sequence[FlatLayout], dtype: torch.dtype) -> str:
    """Name what a file's order depends on."""
    told = [f"{layout.rank} {layout.members}" for layout in layouts]
    return hashlib.sha256("\n".join([_VERSION, str(dtype), *told]).encode()).hexdigest()[:16]


def _tensors(style: PackedStyle) -> dict[str, Tensor]:
    tensors = {"linears": style.linears.chunks}
    if style.others is not None:
        tensors["others"] = style.others.chunks
    for path, layer in style.texts.items():
        tensors[f"{path} down"], tensors[f"{path} up"] = layer.down, layer.up
    return tensors


def _facts(style: PackedStyle) -> dict[str, str]:
    kinds = {"linears": style.linears, "others": style.others}
    groups = {kind: sorted(packed.groups) for kind, packed in kinds.items() if packed is not None}
    alphas = {path: layer.alpha for path, layer in style.texts.items()}
    return {"groups": json.dumps(groups), "alphas": json.dumps(alphas)}


def _read(path: Path, key: str) -> PackedStyle:
    header, tensors = read_tensors(path)
    groups = json.loads(header.metadata["groups"])

    def packed(kind: str) -> Packed:
        return Packed(key=key, chunks=tensors[kind], groups=frozenset(groups[kind]))

    return PackedStyle(
        linears=packed("linears"),
        others=packed("others") if "others" in tensors else None,
        texts={
            path: LoraModule(down=tensors[f"{path} down"], up=tensors[f"{path} up"], alpha=alpha)
            for path, alpha in json.loads(header.metadata["alphas"]).items()
        },
    )
