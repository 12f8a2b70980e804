"""What the names in LoRA files mean: every spelling in use → kohya's flat name and the part.

Trainers spell one layer in six ways, with dots or with underscores. As no two layers of a base
read alike without their dots, a name is looked up by its letters alone.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final, NamedTuple

from engine.lora.foreign.anatomy import Anatomy
from engine.lora.names import flat_name, flat_text_name, sgm_name

_PART: Final = re.compile(
    r"(?P<layer>.+?)(?:"
    r"\.lora_(?P<kohya>down|up|mid)\.weight"
    r"|\.lora_(?P<peft>[AB])(?:\.[A-Za-z0-9_-]+)?\.weight"
    r"|(?:\.lora|_lora|\.lora_linear_layer)\.(?P<old>down|up)\.weight"
    r"|\.(?P<alpha>alpha)"
    r")"
)
#: Longer ones first, where one begins like the other.
_SCOPES: Final = (
    ("lora_te1_", "text_encoder"),
    ("lora_te2_", "text_encoder_2"),
    ("lora_te_", "text_encoder"),
    ("text_encoder_2.", "text_encoder_2"),
    ("text_encoder.", "text_encoder"),
    ("lora_unet_", "unet"),
    ("lycoris_", "unet"),
    ("unet.", "unet"),
    ("model.diffusion_model.", "unet"),
    ("diffusion_model.", "unet"),
    ("diffusion_model_", "unet"),
    ("", "unet"),  # the first LoRAs of diffusers
)
_PEFT: Final = "base_model.model."
_TEXT_MODEL: Final = "text_model."


class Part(StrEnum):
    """One of a layer's tensors, as kohya calls it."""

    DOWN = "lora_down.weight"
    UP = "lora_up.weight"
    MID = "lora_mid.weight"
    ALPHA = "alpha"


_PARTS: Final = {
    "down": Part.DOWN,
    "up": Part.UP,
    "mid": Part.MID,
    "A": Part.DOWN,
    "B": Part.UP,
    "alpha": Part.ALPHA,
}


class Meaning(NamedTuple):
    """What a tensor's name says."""

    flat: str
    part: Part


class Spellings:
    """The names of one base's layers."""

    def __init__(self, anatomy: Anatomy) -> None:
        self._flat: dict[tuple[str, str], str] = {}
        for path in anatomy.layers:
            scope, spellings = _scope_of(path), _spellings(path, anatomy)
            flat = flat_name(path, anatomy.layout) if scope == "unet" else flat_text_name(path)
            for spelled in spellings:
                self._flat[scope, spelled.replace(".", "_")] = flat

    def find(self, name: str) -> Meaning | None:
        """Understand a tensor's name; None when this base has no such layer, or it is no LoRA's."""
        found = part_of(name)
        if found is None:
            return None
        layer, part = found
        layer = layer.removeprefix(_PEFT)
        prefix, scope = next(one for one in _SCOPES if layer.startswith(one[0]))
        flat = self._flat.get((scope, layer.removeprefix(prefix).replace(".", "_")))
        return None if flat is None else Meaning(flat, part)


def part_of(name: str) -> tuple[str, Part] | None:
    """Cut a tensor's name into layer and part; None when it is no LoRA's."""
    match = _PART.fullmatch(name)
    if match is None:
        return None
    said = match["kohya"] or match["peft"] or match["old"] or match["alpha"]
    return match["layer"], _PARTS[said]


def _scope_of(path: str) -> str:
    head = path.partition(".")[0]
    return head if head.startswith("text_encoder") else "unet"


def _spellings(path: str, anatomy: Anatomy) -> list[str]:
    if path.startswith("text_encoder"):
        inside = path.partition(".")[2]
        # transformers 5.6 and newer leave it out of the first encoder's paths
        return [inside, inside.removeprefix(_TEXT_MODEL)]
    spelled = [path, sgm_name(path, anatomy.layout)]
    for end in (".to_q", ".to_k", ".to_v", ".to_out.0"):  # diffusers, before it used peft
        if path.endswith(end):
            spelled.append(f"{path.removesuffix(end)}.processor{end.removesuffix('.0')}")
    return spelled
