"""Changes of a recipe by people who know what they do: `rank=8 learning_rate=2e-4`; torch-free."""

from __future__ import annotations

import dataclasses
import re
import struct
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from engine.errors import JobFailed
from engine.training.recipe import Layers, Schedule, Timesteps, TrainRecipe

Reader = Callable[[str], Any]


def _between(least: float, most: float, kind: type[int] | type[float] = float) -> Reader:
    def read(text: str) -> int | float:
        value = kind(text)
        if not least <= value <= most:
            raise ValueError(f"{least:g} … {most:g}")
        return value

    return read


def _whole(least: int, most: int) -> Reader:
    return _between(least, most, int)


def _exact(least: float, most: float) -> Reader:
    """Round to what a file can hold, float32."""
    read = _between(least, most)
    return lambda text: struct.unpack("f", struct.pack("f", read(text)))[0]


def _one_of(kind: type[StrEnum]) -> Reader:
    return lambda text: kind(text.lower())


#: What may be changed, each with what it takes.
_READERS: Final[Mapping[str, tuple[Reader, str]]] = {
    "layers": (_one_of(Layers), " | ".join(Layers)),
    "rank": (_whole(1, 256), "1 … 256"),
    "alpha": (_exact(0.01, 512), "0.01 … 512"),
    "conv_rank": (_whole(1, 256), "1 … 256"),
    "conv_alpha": (_exact(0.01, 512), "0.01 … 512"),
    "learning_rate": (_between(1e-7, 0.1), "0.0000001 … 0.1"),
    "schedule": (_one_of(Schedule), " | ".join(Schedule)),
    "cycles": (_whole(1, 20), "1 … 20"),
    "warmup": (_between(0, 0.9), "0 … 0.9"),
    "beta1": (_between(0, 0.999), "0 … 0.999"),
    "beta2": (_between(0, 0.9999), "0 … 0.9999"),
    "weight_decay": (_between(0, 1), "0 … 1"),
    "batch": (_whole(1, 64), "1 … 64"),
    "steps": (_whole(1, 100_000), "1 … 100000"),
    "checkpoints": (_whole(1, 50), "1 … 50"),
    "min_snr_gamma": (_between(0, 100), "0 … 100"),
    "timesteps": (_one_of(Timesteps), " | ".join(Timesteps)),
    "low_noise": (_between(0, 4), "0 … 4"),
    "noise_offset": (_between(0, 0.5), "0 … 0.5"),
    "multires_iterations": (_whole(0, 10), "0 … 10"),
    "multires_discount": (_between(0, 0.99), "0 … 0.99"),
    "crops": (_whole(1, 64), "1 … 64"),
    "captions": (_whole(1, 64), "1 … 64"),
    "keep_tags": (_whole(0, 20), "0 … 20"),
    "caption_dropout": (_between(0, 0.9), "0 … 0.9"),
    "seed": (_whole(0, 2**31 - 1), "0 … 2147483647"),
}
NAMES: Final = tuple(_READERS)


def read_overrides(text: str) -> dict[str, str]:
    """Read `name=value` pairs parted by blanks, commas or lines; later ones win.

    JobFailed `recipe.not_pair` for a piece that is none.
    """
    found: dict[str, str] = {}
    for piece in re.split(r"[\s,;]+", text.strip()):
        name, equals, value = piece.partition("=")
        if piece and not (name and equals and value):
            raise JobFailed("recipe.not_pair", piece=piece[:40])
        if piece:
            found[name.strip().lower()] = value.strip()
    return found


def overridden(recipe: TrainRecipe, changes: Mapping[str, str]) -> TrainRecipe:
    """Change a recipe; what is changed is said in its name.

    JobFailed `recipe.unknown_name`, `recipe.bad_value` (with what the name takes), and
    `recipe.two_noises` for a noise offset together with multires noise.
    """
    if not changes:
        return recipe
    values = {name: _value(name, text) for name, text in changes.items()}
    changed = dataclasses.replace(recipe, **values)
    if changed == recipe:
        return recipe
    if changed.noise_offset and changed.multires_iterations:
        raise JobFailed("recipe.two_noises")
    own = changed.name if changed.name.endswith("+") else f"{changed.name}+"
    most = min(changed.checkpoints, changed.steps)
    return dataclasses.replace(changed, name=own, checkpoints=most)


def _value(name: str, text: str) -> Any:
    if name not in _READERS:
        raise JobFailed("recipe.unknown_name", name=name[:40], names=", ".join(NAMES))
    read, takes = _READERS[name]
    try:
        return read(text)
    except (ValueError, OverflowError):
        raise JobFailed("recipe.bad_value", name=name, value=text[:40], takes=takes) from None
