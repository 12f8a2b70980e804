"""Sort a file's tensors into this base's layers, by its header alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

from engine.errors import JobFailed
from engine.lora.foreign.anatomy import Anatomy, LayerShape
from engine.lora.foreign.bases import base_of, is_whole_model
from engine.lora.foreign.kinds import check_kind
from engine.lora.foreign.spelling import Part, Spellings, part_of
from engine.lora.reading import FileHeader, TensorPlace

#: Whole models that were cut down to a LoRA have up to 512.
MOST_RANK: Final = 1024
#: Of layers that are not known here so many are named.
_NAMED: Final = 3
_KINDS: Final = frozenset({"F32", "F16", "BF16"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignLayer:
    """One layer's tensors, found in the file and fitting the base."""

    down: TensorPlace
    up: TensorPlace
    middle: TensorPlace | None
    alpha: TensorPlace | None
    shape: LayerShape

    @property
    def rank(self) -> int:
        """Columns of `up`."""
        return self.up.shape[1]


def sort_layers(file: str, header: FileHeader, anatomy: Anatomy) -> dict[str, ForeignLayer]:
    """Find every tensor's layer, by kohya's flat names.

    JobFailed `style.other_kind`, and `lora.…` for whatever is not a LoRA for this base: one layer
    that it does not have is enough, since such a file would draw as something else than meant.
    """
    check_kind(file, header.tensors)
    spellings = Spellings(anatomy)
    found: dict[str, dict[Part, str]] = {}
    unknown: list[str] = []
    for name in header.tensors:
        meaning = spellings.find(name)
        if meaning is None:
            unknown.append(name)
            continue
        parts = found.setdefault(meaning.flat, {})
        if meaning.part in parts:
            raise JobFailed("lora.twice", file=file, name=meaning.flat)
        parts[meaning.part] = name
    if unknown or not found:
        _refuse_unknown(file, header, unknown, anatomy)
    paths = anatomy.flat
    layers: dict[str, ForeignLayer] = {}
    for flat, parts in sorted(found.items()):
        places = {part: header.tensors[name] for part, name in parts.items()}
        layers[flat] = _layer(file, flat, places, anatomy.layers[paths[flat]])
    misfits = [flat for flat, layer in layers.items() if not _fits(layer)]
    if misfits:
        _refuse_unknown(file, header, misfits, anatomy)
    return layers


def _refuse_unknown(file: str, header: FileHeader, names: list[str], anatomy: Anatomy) -> NoReturn:
    if is_whole_model(header):
        raise JobFailed("lora.whole_model", file=file)
    if not any(part_of(name) for name in header.tensors):
        raise JobFailed("lora.not_lora", file=file)
    kind = base_of(header, here=anatomy.text_width)
    if kind is not None:
        raise JobFailed("lora.wrong_base", file=file, kind=kind)
    layers = sorted({(part_of(name) or (name,))[0] for name in names})
    named = ", ".join(layer[:80] for layer in layers[:_NAMED])
    raise JobFailed("lora.unknown_layers", file=file, count=len(layers), layers=named)


def _layer(
    file: str, flat: str, places: Mapping[Part, TensorPlace], shape: LayerShape
) -> ForeignLayer:
    down, up = places.get(Part.DOWN), places.get(Part.UP)
    middle, alpha = places.get(Part.MID), places.get(Part.ALPHA)
    if down is None or up is None:
        raise JobFailed("lora.half", file=file, layer=flat)
    for place in (down, up, middle):
        if place is not None and place.dtype not in _KINDS:
            raise JobFailed("lora.dtype", file=file, name=flat, dtype=place.dtype)
        if place is not None and len(place.shape) not in {2, 4}:
            raise JobFailed("lora.shape", file=file, layer=flat)
    if alpha is not None and math.prod(alpha.shape) != 1:
        raise JobFailed("lora.alpha", file=file, layer=flat)
    layer = ForeignLayer(down=down, up=up, middle=middle, alpha=alpha, shape=shape)
    inner = down.shape[0] if middle is None else middle.shape[0]
    if layer.rank != inner or layer.rank == 0:
        raise JobFailed("lora.ranks", file=file, layer=flat)
    if max(layer.rank, down.shape[0]) > MOST_RANK:
        raise JobFailed("lora.rank_high", file=file, rank=layer.rank, most=MOST_RANK)
    return layer


def _fits(layer: ForeignLayer) -> bool:
    """Tell whether the matrices have this layer's sides; the rank is whatever they agree on."""
    shape, down, up = layer.shape, layer.down.shape, layer.up.shape
    if up[0] != shape.out or down[1] != shape.into or set(up[2:]) - {1}:
        return False
    kernel = shape.kernel or (1, 1)
    if layer.middle is None:
        return (down[2:] or (1, 1)) == kernel
    middle = layer.middle.shape
    fits = len(middle) == 4 and middle[1] == down[0] and middle[2:] == kernel
    return fits and not set(down[2:]) - {1}
