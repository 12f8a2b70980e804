"""Write a file of ours in the names that diffusers itself writes: the same numbers, bit for bit.

Such names carry no alphas: diffusers takes them from its own metadata, where every layer with a
rank or an alpha of its own is named. Without that, it takes the rank, at another strength.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.lora.foreign.anatomy import Anatomy
from engine.lora.foreign.layers import ForeignLayer, sort_layers
from engine.lora.foreign.values import Values
from engine.lora.reading import TensorPlace, read_header
from engine.lora.streaming import TensorKind, write_hashed

#: What diffusers calls its metadata.
_KEY: Final = "lora_adapter_metadata"
_TEXTS: Final = ("text_encoder_2", "text_encoder")


@dataclass(frozen=True, slots=True)
class _Strength:
    rank: int
    alpha: float


def write_in_peft_names(source: Path, target: Path, anatomy: Anatomy) -> int:
    """Write `target`; return how many layers it has.

    JobFailed as `sort_layers`, also for a file for another base; ValueError when a value is none,
    or a layer has a middle, which peft has no name for.
    """
    header = read_header(source)
    layers = sort_layers(source.name, header, anatomy)
    if any(layer.middle is not None for layer in layers.values()):
        raise ValueError("a layer with a middle")
    paths = anatomy.flat
    places: dict[str, TensorPlace] = {}
    strengths: dict[str, dict[str, _Strength]] = {}
    with source.open("rb") as file:
        values = Values(file=file, header=header)
        for flat, layer in layers.items():
            scope, module = _scoped(paths[flat])
            places[f"{scope}.{module}.lora_A.weight"] = layer.down
            places[f"{scope}.{module}.lora_B.weight"] = layer.up
            strengths.setdefault(scope, {})[module] = _strength(layer, values)
        told = {
            key: value for scope, all_ in strengths.items() for key, value in _told(scope, all_)
        }
        metadata = {**header.metadata, "format": "pt", _KEY: json.dumps(told, sort_keys=True)}
        kinds = {name: _kind(place) for name, place in places.items()}
        write_hashed(target, kinds, metadata, lambda name: values.data(places[name]))
    return len(layers)


def _scoped(path: str) -> tuple[str, str]:
    for scope in _TEXTS:
        if path.startswith(f"{scope}."):
            return scope, path.removeprefix(f"{scope}.")
    return "unet", path


def _strength(layer: ForeignLayer, values: Values) -> _Strength:
    alpha = layer.rank if layer.alpha is None else values.number(layer.alpha)
    return _Strength(layer.rank, float(alpha))


def _told(scope: str, modules: Mapping[str, _Strength]) -> list[tuple[str, Any]]:
    """Spell peft's configuration: what most layers have, and what the others have instead."""
    rank = Counter(one.rank for one in modules.values()).most_common(1)[0][0]
    alpha = Counter(one.alpha for one in modules.values()).most_common(1)[0][0]
    told = {
        "r": rank,
        "lora_alpha": alpha,
        "target_modules": sorted(modules),
        # anchored: a shorter name ends like a longer one
        "rank_pattern": {f"^{m}": one.rank for m, one in modules.items() if one.rank != rank},
        "alpha_pattern": {f"^{m}": one.alpha for m, one in modules.items() if one.alpha != alpha},
    }
    return [(f"{scope}.{key}", value) for key, value in told.items()]


def _kind(place: TensorPlace) -> TensorKind:
    return TensorKind(dtype=place.dtype, shape=place.shape, size_bytes=place.end - place.start)
