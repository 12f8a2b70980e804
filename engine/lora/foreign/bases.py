"""Which base a LoRA file was made for, where it is another one: said in its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.lora.foreign.spelling import Part, part_of
from engine.lora.reading import FileHeader, TensorPlace

#: By the width of the text that a U-Net's cross-attentions read.
_BY_WIDTH: Final = {
    768: "Stable Diffusion 1.5",
    1024: "Stable Diffusion 2",
    1280: "SDXL Refiner",
    2048: "SDXL",
}
#: Layers that only one family of models has, in names with underscores for dots.
_BY_LAYER: Final = {
    "double_blocks_": "Flux",
    "single_blocks_": "Flux",
    "single_transformer_blocks_": "Flux",
    "joint_blocks_": "Stable Diffusion 3",
    "down_lineages_": "Stable Cascade",
    "caption_projection_": "PixArt",
}
#: The same in transformers with blocks that other families have too.
_BY_JOINT: Final = {"attn_add_k_proj": "Stable Diffusion 3"}
#: How sd-scripts, and the model specification, begin their name of the base.
_BY_METADATA: Final = {
    "flux": "Flux",
    "sd3": "Stable Diffusion 3",
    "stable-diffusion-v3": "Stable Diffusion 3",
    "sdxl": "SDXL",
    "stable-diffusion-xl-v1-refiner": "SDXL Refiner",
    "stable-diffusion-xl": "SDXL",
    "sd_v1": "Stable Diffusion 1.5",
    "stable-diffusion-v1": "Stable Diffusion 1.5",
    "sd_v2": "Stable Diffusion 2",
    "stable-diffusion-v2": "Stable Diffusion 2",
}
_TOLD: Final = ("ss_base_model_version", "modelspec.architecture")


def base_of(header: FileHeader, *, here: int) -> str | None:
    """Name the base of a file that does not fit; None when it is nothing that is known.

    `here` is the text's width of this host's base, which is not the one.
    """
    layers = _downs(header.tensors)
    for name in layers:
        flat = name.replace(".", "_")
        for marks in (_BY_LAYER, _BY_JOINT):
            if kind := next((kind for mark, kind in marks.items() if mark in flat), None):
                return kind
    widths = {place.shape[1] for name, place in layers.items() if _reads_text(name, place)}
    if len(widths) == 1:
        (width,) = widths
        return None if width == here else _BY_WIDTH.get(width)
    return None if widths else _told(header.metadata)


def is_whole_model(header: FileHeader) -> bool:
    """Tell whether a file holds a model's own weights."""
    names = header.tensors
    plain = sum(name.endswith((".weight", ".bias")) and part_of(name) is None for name in names)
    return plain > len(names) / 2


def _downs(tensors: Mapping[str, TensorPlace]) -> dict[str, TensorPlace]:
    found: dict[str, TensorPlace] = {}
    for name, place in tensors.items():
        meaning = part_of(name)
        if meaning is not None and meaning[1] is Part.DOWN:
            found[meaning[0]] = place
    return found


def _reads_text(layer: str, place: TensorPlace) -> bool:
    flat = layer.replace(".", "_").replace("processor_", "")
    return flat.endswith(("attn2_to_k", "attn2_to_v")) and len(place.shape) >= 2


def _told(metadata: Mapping[str, str]) -> str | None:
    for key in _TOLD:
        said = metadata.get(key, "").lower()
        for mark, kind in _BY_METADATA.items():
            if said.startswith(mark):
                return kind
    return None
