"""Write a style again within a size, as near to itself as that allows; numpy, torch-free.

A layer changes its weight by scale · up @ down. Of all matrices of rank k, the one nearest to that
product is its singular value decomposition cut after k values (Eckart and Young 1936). The product
is never formed: with up = Q R and downᵀ = P S, it has the singular values of the small R Sᵀ.

Layers do not need equal ranks: bytes go where the largest values are. Loaders disagree on the alpha
of files with several ranks, so the scale is inside `up` here and no alpha is written, which all of
them read as a scale of 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from engine.lora.reading import FileHeader, TensorPlace, read_header
from engine.lora.streaming import TensorKind, header_bytes, write_hashed

Matrix = NDArray[np.float64]

_DOWN, _UP, _ALPHA = "lora_down.weight", "lora_up.weight", "alpha"
_KINDS: Final = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
#: As long as what `write_hashed` adds, so that sizes are known beforehand.
_HASHES: Final = {
    "modelspec.hash_sha256": "0x" + "0" * 64,
    "sshs_legacy_hash": "0" * 8,
    "sshs_model_hash": "0" * 64,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrunk:
    """What became of a style."""

    #: the highest rank that a layer has now
    rank: int
    size_bytes: int
    #: share of the squared change of all weights that is still there, 0 to 1
    kept: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    down: TensorPlace
    up: TensorPlace
    alpha: TensorPlace | None

    @property
    def rank(self) -> int:
        return self.down.shape[0]

    @property
    def rank_bytes(self) -> int:
        """What one rank costs, at half precision."""
        return 2 * (int(np.prod(self.down.shape[1:])) + self.up.shape[0])


def rank_of(header: FileHeader) -> int | None:
    """Tell the highest rank of a file; None for one that is more than pairs of matrices."""
    layers = _layers(header)
    return None if layers is None else max(layer.rank for layer in layers.values())


def least_bytes(header: FileHeader) -> int | None:
    """Tell how small the file can be made, with one rank for each layer; None if it cannot be."""
    layers = _layers(header)
    return None if layers is None else _size(layers, header, dict.fromkeys(layers, 1))


def shrink(source: Path, target: Path, most_bytes: int) -> Shrunk:
    """Write the style as large as that at most, at the same strength.

    ValueError when the file is no LoRA, or cannot be so small.
    """
    header = read_header(source)
    layers = _layers(header)
    if layers is None:
        raise ValueError("more than pairs of matrices")
    with source.open("rb") as file:
        read = _Reader(file=file, header=header)
        values = {flat: read.values_of(layer) for flat, layer in layers.items()}
        room = most_bytes - _size(layers, header, dict.fromkeys(layers, 0))
        ranks = spread(values, {flat: layer.rank_bytes for flat, layer in layers.items()}, room)
        data: dict[str, bytes] = {}
        for flat, layer in layers.items():
            up, down = nearest(*read.pair_of(layer), ranks[flat])
            data[f"{flat}.{_DOWN}"] = down.astype("<f2").tobytes()
            data[f"{flat}.{_UP}"] = up.astype("<f2").tobytes()
    whole = sum(float((one**2).sum()) for one in values.values())
    kept = sum(float((one[: ranks[flat]] ** 2).sum()) for flat, one in values.items())
    share = kept / whole if whole else 1.0
    metadata = _metadata(header, max(ranks.values()), share)
    write_hashed(target, _kinds(layers, ranks), metadata, data.__getitem__)
    size_bytes = target.stat().st_size
    return Shrunk(rank=max(ranks.values()), size_bytes=size_bytes, kept=share)


def nearest(up: Matrix, down: Matrix, rank: int) -> tuple[Matrix, Matrix]:
    """Return the nearest pair of that rank to (out, r) @ (r, in), both sides equally large."""
    q, r = np.linalg.qr(up)
    p, s = np.linalg.qr(down.T)
    left, values, right = np.linalg.svd(r @ s.T)
    k = min(rank, len(values))
    root = np.sqrt(values[:k])
    return (q @ left[:, :k]) * root, (root[:, None] * right[:k]) @ p.T


def singular_values(up: Matrix, down: Matrix) -> Matrix:
    """Return those of the product, the largest first."""
    (_, r), (_, s) = np.linalg.qr(up), np.linalg.qr(down.T)
    return np.asarray(np.linalg.svd(r @ s.T, compute_uv=False), dtype=np.float64)


def spread(values: Mapping[str, Matrix], costs: Mapping[str, int], room: int) -> dict[str, int]:
    """Choose every layer's rank: one each, then where a byte keeps the largest squares.

    ValueError when the first ones do not fit.
    """
    ranks = dict.fromkeys(values, 1)
    room -= sum(costs.values())
    if room < 0:
        raise ValueError("it cannot be so small")
    wishes = [
        (-float(value**2) / costs[flat], flat)
        for flat, layer in values.items()
        for value in layer[1:]
    ]
    for _, flat in sorted(wishes):  # of one layer they come in order: its values fall
        if costs[flat] <= room:
            ranks[flat] += 1
            room -= costs[flat]
    return ranks


def _layers(header: FileHeader) -> dict[str, _Layer] | None:
    """Collect the layers by name; None when something else is in the file."""
    parts: dict[str, dict[str, TensorPlace]] = {}
    for name, place in sorted(header.tensors.items()):
        flat, _, part = name.partition(".")
        parts.setdefault(flat, {})[part] = place
    layers = {flat: _layer(found) for flat, found in parts.items()}
    whole = {flat: layer for flat, layer in layers.items() if layer is not None}
    return whole if whole and len(whole) == len(layers) else None


def _layer(parts: dict[str, TensorPlace]) -> _Layer | None:
    down, up = parts.get(_DOWN), parts.get(_UP)
    if down is None or up is None or not set(parts) <= {_DOWN, _UP, _ALPHA}:
        return None
    known = [place for place in parts.values() if place.dtype in _KINDS]
    fits = len(known) == len(parts) and all(len(one.shape) in {2, 4} for one in (down, up))
    if not fits or up.shape[1] != down.shape[0] or set(up.shape[2:]) - {1} or 0 in down.shape:
        return None
    return _Layer(down=down, up=up, alpha=parts.get(_ALPHA))


def _kinds(layers: Mapping[str, _Layer], ranks: Mapping[str, int]) -> dict[str, TensorKind]:
    kinds: dict[str, TensorKind] = {}
    for flat, layer in layers.items():
        down = (ranks[flat], *layer.down.shape[1:])
        up = (layer.up.shape[0], ranks[flat], *layer.up.shape[2:])
        for part, shape in ((_DOWN, down), (_UP, up)):
            size_bytes = 2 * int(np.prod(shape))
            kinds[f"{flat}.{part}"] = TensorKind(dtype="F16", shape=shape, size_bytes=size_bytes)
    return kinds


def _size(layers: Mapping[str, _Layer], header: FileHeader, ranks: Mapping[str, int]) -> int:
    """Tell how large a file with these ranks becomes, at most: its numbers are spelled longest."""
    kinds = _kinds(layers, {flat: layer.rank for flat, layer in layers.items()})
    spelled = header_bytes(kinds, _metadata(header, rank_of(header) or 0, 0.99999) | _HASHES)
    return len(spelled) + sum(layer.rank_bytes * ranks[flat] for flat, layer in layers.items())


def _metadata(header: FileHeader, rank: int, kept: float) -> dict[str, str]:
    said = {key: value for key, value in header.metadata.items() if key not in _HASHES}
    return {
        **said,
        "ss_network_dim": str(rank),
        "ss_network_alpha": str(float(rank)),
        "ownhand.smaller": f"rank {rank_of(header)} to {rank} at most, {kept:.2%} kept",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Reads layers from an open file."""

    file: BinaryIO
    header: FileHeader

    def pair_of(self, layer: _Layer) -> tuple[Matrix, Matrix]:
        """Read up, with the scale in it, and down; convolutions as the matrices that they are."""
        up = self._values(layer.up).reshape(layer.up.shape[0], -1)
        down = self._values(layer.down).reshape(layer.rank, -1)
        # Without an alpha every loader takes the rank.
        alpha = layer.rank if layer.alpha is None else float(self._values(layer.alpha).flat[0])
        return up * (alpha / layer.rank), down

    def values_of(self, layer: _Layer) -> Matrix:
        return singular_values(*self.pair_of(layer))

    def _values(self, place: TensorPlace) -> Matrix:
        self.file.seek(self.header.data_start + place.start)
        data = self.file.read(place.end - place.start)
        values = np.frombuffer(data, dtype=_KINDS[place.dtype])
        if place.dtype == "BF16":  # the upper half of a float32
            values = (values.astype(np.uint32) << 16).view(np.float32)
        return values.astype(np.float64)
