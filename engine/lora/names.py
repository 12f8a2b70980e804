"""Names of adapted modules: diffusers' paths ↔ kohya's flat names over sgm paths.

kohya's sd-scripts, ComfyUI, A1111 and diffusers all read `lora_unet_` + the module's path in
Stability's generative-models ("sgm") with dots as underscores. The sgm U-Net numbers its blocks
through: every residual block (with its attention) and every down-sampler is one input block,
every residual block one output block. So the numbers follow from `layers_per_block` alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

PREFIX: Final = "lora_unet_"
#: diffusers' names of the text encoders, and kohya's.
_TEXTS: Final = {"text_encoder.": "lora_te1_", "text_encoder_2.": "lora_te2_"}
#: how the path of a text encoder's layer begins
TEXT_PARTS: Final = tuple(_TEXTS)

#: Every linear layer that a style adapts: sd-scripts' default set, 722 modules in SDXL 1.0.
TARGETS: Final = (
    *("to_q", "to_k", "to_v", "to_out.0"),
    *("ff.net.0.proj", "ff.net.2", "proj_in", "proj_out"),
)

_OUTSIDE: Final = {
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
}
_RESNET: Final = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_MID: Final = {"resnets.0": "0", "attentions.0": "1", "resnets.1": "2"}
_PART: Final = re.compile(
    r"(?P<side>down|up)_blocks\.(?P<block>\d+)\."
    r"(?P<kind>resnets|attentions|downsamplers|upsamplers)\.(?P<layer>\d+)\.(?P<rest>.+)"
)
_MID_PART: Final = re.compile(r"mid_block\.(?P<part>(?:resnets|attentions)\.\d+)\.(?P<rest>.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnetLayout:
    """What the numbering depends on."""

    layers_per_block: int
    #: per up-block, whether its layers have attention (the up-sampler's place depends on it)
    up_attention: tuple[bool, ...]


def layout_of(config: Mapping[str, Any]) -> UnetLayout:
    """Read the layout from a diffusers U-Net configuration; ValueError when sgm has no such one."""
    layers = config["layers_per_block"]
    if not isinstance(layers, int):
        raise ValueError(f"layers_per_block {layers!r}: sgm names need one number")
    ups = (str(name) for name in config["up_block_types"])
    return UnetLayout(layers_per_block=layers, up_attention=tuple("Attn" in name for name in ups))


def is_target(module: str) -> bool:
    """Whether a style adapts the module of this diffusers path."""
    return any(module == target or module.endswith(f".{target}") for target in TARGETS)


def sgm_name(module: str, layout: UnetLayout) -> str:
    """Translate a diffusers path to sgm's.

    `down_blocks.1.attentions.0.proj_in` → `input_blocks.4.1.proj_in`.
    Raises KeyError for a path that no SDXL-layout U-Net has.
    """
    if module in _OUTSIDE:
        return _OUTSIDE[module]
    if middle := _MID_PART.fullmatch(module):
        rest = _inside(middle["part"].split(".")[0], middle["rest"])
        return f"middle_block.{_MID[middle['part']]}.{rest}"
    if part := _PART.fullmatch(module):
        block, layer = int(part["block"]), int(part["layer"])
        place = _down if part["side"] == "down" else _up
        rest = _inside(part["kind"], part["rest"])
        return f"{place(part['kind'], block, layer, layout)}.{rest}"
    raise KeyError(module)


def _down(kind: str, block: int, layer: int, layout: UnetLayout) -> str:
    stride = layout.layers_per_block + 1
    if kind == "downsamplers":
        return f"input_blocks.{stride * (block + 1)}.0"
    return f"input_blocks.{stride * block + layer + 1}.{int(kind == 'attentions')}"


def _up(kind: str, block: int, layer: int, layout: UnetLayout) -> str:
    stride = layout.layers_per_block + 1
    if kind == "upsamplers":
        last = stride * block + layout.layers_per_block
        return f"output_blocks.{last}.{1 + layout.up_attention[block]}"
    return f"output_blocks.{stride * block + layer}.{int(kind == 'attentions')}"


def _inside(kind: str, rest: str) -> str:
    if kind == "resnets":
        head, dot, tail = rest.partition(".")
        return _RESNET[head] + dot + tail
    if kind == "downsamplers":
        return rest.replace("conv", "op", 1)
    return rest


def flat_name(module: str, layout: UnetLayout) -> str:
    """Spell a diffusers path as kohya does: `lora_unet_input_blocks_4_1_proj_in`."""
    return PREFIX + sgm_name(module, layout).replace(".", "_")


def flat_text_name(module: str) -> str:
    """Spell a text encoder's path as kohya does.

    `text_encoder_2.text_projection` → `lora_te2_text_projection`
    """
    part = next(part for part in TEXT_PARTS if module.startswith(part))
    return _TEXTS[part] + module.removeprefix(part).replace(".", "_")


def flat_names(modules: Iterable[str], layout: UnetLayout) -> dict[str, str]:
    """Map flat names to these paths, of the U-Net and of the text encoders."""
    return {kohya_name(module, layout): module for module in modules}


def kohya_name(module: str, layout: UnetLayout) -> str:
    """Spell a path of the U-Net or of a text encoder as kohya does."""
    of_text = module.startswith(TEXT_PARTS)
    return flat_text_name(module) if of_text else flat_name(module, layout)
