"""Write a LoRA file from elsewhere anew, in kohya's names: the same numbers, bit for bit.

Two things are more than a change of names: the middle of LyCORIS' CP form goes into the down, which
every program reads, and what peft says of alpha in its configuration becomes a tensor, because
elsewhere nobody looks there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from engine.errors import JobFailed
from engine.lora.foreign.anatomy import Anatomy
from engine.lora.foreign.layers import ForeignLayer, sort_layers
from engine.lora.foreign.peft_alphas import PeftAlphas
from engine.lora.foreign.spelling import Part
from engine.lora.foreign.values import Values, composed
from engine.lora.names import TEXT_PARTS
from engine.lora.reading import FileHeader, TensorPlace, read_header
from engine.lora.streaming import TensorKind, write_hashed

#: Ten times what a style of rank 64 with both text encoders takes.
MOST_BYTES: Final = 4 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """What came in."""

    #: layers that carry it, and how many of them are in the text encoders
    layers: int
    text_layers: int
    #: the highest of all
    rank: int


def open_foreign(path: Path) -> FileHeader:
    """Look into a file; JobFailed `lora.…` when it is none."""
    if path.stat().st_size > MOST_BYTES:
        raise JobFailed("lora.file_large", file=path.name, most=MOST_BYTES >> 30)
    return read_header(path)


def convert(
    source: Path,
    target: Path,
    anatomy: Anatomy,
    metadata: Mapping[str, str],
    *,
    header: FileHeader | None = None,
    peft_config: str = "",
) -> Converted:
    """Write `source` to `target` with this metadata.

    JobFailed, as `sort_layers`, and `lora.numbers` for values that are none. `peft_config` is the
    `adapter_config.json` that peft lays beside its files.
    """
    header = header or open_foreign(source)
    layers = sort_layers(source.name, header, anatomy)
    paths = anatomy.flat
    alphas = PeftAlphas(header.metadata.get("lora_adapter_metadata", ""), peft_config, source.name)
    told = {flat: alphas.of(paths[flat], layer.rank) for flat, layer in layers.items()}
    with source.open("rb") as file:
        body = _Body(source.name, layers, told, Values(file=file, header=header))
        write_hashed(target, body.kinds(), {**metadata, **_told(layers)}, body.read)
    return Converted(
        layers=len(layers),
        text_layers=sum(paths[flat].startswith(TEXT_PARTS) for flat in layers),
        rank=max(layer.rank for layer in layers.values()),
    )


def _told(layers: Mapping[str, ForeignLayer]) -> dict[str, str]:
    ranks = {layer.rank for layer in layers.values()}
    return {
        "ss_network_module": "networks.lora",
        "ss_network_dim": str(max(ranks)),
        "ownhand.layers": str(len(layers)),
    }


class _Body:
    """Gives out what is written, tensor by tensor."""

    def __init__(
        self,
        file: str,
        layers: Mapping[str, ForeignLayer],
        alphas: Mapping[str, float | None],
        values: Values,
    ) -> None:
        self._file, self._layers, self._alphas, self._values = file, layers, alphas, values

    def kinds(self) -> dict[str, TensorKind]:
        found: dict[str, TensorKind] = {}
        for flat, layer in self._layers.items():
            found[f"{flat}.{Part.DOWN}"] = _down_kind(layer)
            found[f"{flat}.{Part.UP}"] = _kind(layer.up)
            if layer.alpha is not None or self._alphas[flat] is not None:
                kind = TensorKind(dtype="F32", shape=(), size_bytes=4)
                found[f"{flat}.{Part.ALPHA}"] = kind
        return found

    def read(self, name: str) -> bytes:
        flat, _, part = name.partition(".")
        try:
            return self._read(flat, Part(part))
        except ValueError:
            raise JobFailed("lora.numbers", file=self._file, layer=flat) from None

    def _read(self, flat: str, part: Part) -> bytes:
        layer, told = self._layers[flat], self._alphas[flat]
        if part is Part.ALPHA:
            alpha = self._values.number(layer.alpha) if layer.alpha is not None else told
            return np.asarray(alpha, dtype="<f4").tobytes()
        if part is Part.DOWN and layer.middle is not None:
            down, middle = self._values.floats(layer.down), self._values.floats(layer.middle)
            whole = composed(down, middle)
            if not np.isfinite(whole).all():
                raise ValueError("no numbers")
            return whole.astype("<f4").tobytes()
        return self._values.data(layer.down if part is Part.DOWN else layer.up)


def _down_kind(layer: ForeignLayer) -> TensorKind:
    if layer.middle is None:
        return _kind(layer.down)
    shape = (layer.rank, layer.down.shape[1], *layer.middle.shape[2:])
    return TensorKind(dtype="F32", shape=shape, size_bytes=4 * int(np.prod(shape)))


def _kind(place: TensorPlace) -> TensorKind:
    return TensorKind(dtype=place.dtype, shape=place.shape, size_bytes=place.end - place.start)
