"""Which model a base is, by what lies in its folder or in its file's header; torch-free.

Names of a file: the original layout of Stability's generative-models ("sgm"), as SDXL bases are
passed on.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from engine.base.header import CheckpointHeader, read_checkpoint
from engine.base.place import PARTS, BasePlace
from engine.base.signs import read_json
from engine.errors import JobFailed

#: Where each part of an SDXL base stands.
PREFIXES: Final = {
    "text_encoder": "conditioner.embedders.0.transformer.",
    "text_encoder_2": "conditioner.embedders.1.model.",
    "unet": "model.diffusion_model.",
    "vae": "first_stage_model.",
}
_UNET: Final = PREFIXES["unet"]
_FIRST: Final = _UNET + "input_blocks.0.0.weight"
_REFINER: Final = "conditioner.embedders.0.model."
#: What stands in a checkpoint of another model and in no SDXL base.
_OTHERS: Final = {
    "double_blocks.0.": "Flux",
    "joint_blocks.0.": "Stable Diffusion 3",
    "cond_stage_model.transformer.": "Stable Diffusion 1.5",
    "cond_stage_model.model.": "Stable Diffusion 2",
}
#: The width of the text that a U-Net without encoders reads.
_OTHER_WIDTHS: Final = {768: "Stable Diffusion 1.5", 1024: "Stable Diffusion 2"}
#: How names of LoRA, LoHa and LoKr files go on.
_LORA_MARKS: Final = ("lora_down.", "lora_A.", "lora.down.", "hada_w1_a", "lokr_w1")
_LATENT_CHANNELS: Final = 4


def check_base(place: BasePlace) -> None:
    """Refuse what is no SDXL base; JobFailed `engine.base_*`."""
    if place.is_file:
        check_checkpoint(place.path, place.config)
    else:
        _check_folder(place)


def _check_folder(place: BasePlace) -> None:
    index = place.path / "model_index.json"
    kind = read_json(index).get("_class_name") if index.is_file() else None
    if kind != "StableDiffusionXLPipeline":
        raise JobFailed("engine.base_kind", base=place.name, kind=str(kind or "?"))
    for part in PARTS:
        if not list((place.path / part).glob("*.safetensors")):
            raise JobFailed("engine.base_incomplete", base=place.name, part=part)


def check_checkpoint(file: Path, config: Path) -> None:
    """Refuse a file that is no SDXL base, or no base of these configurations.

    JobFailed `engine.base_*`.
    """
    header = read_checkpoint(file)
    check_kind(file, header)
    check_widths(file, header, config)


def check_kind(file: Path, header: CheckpointHeader) -> None:
    """Refuse what is no SDXL base in a sentence that names it; JobFailed `engine.base_*`."""
    shapes = header.shapes
    if any(mark in name for name in shapes for mark in _LORA_MARKS):
        raise JobFailed("engine.base_lora", base=file.name)
    if (other := _other(shapes)) is not None:
        raise JobFailed("engine.base_other_model", base=file.name, kind=other)
    if _FIRST not in shapes:
        is_part = any(name.startswith("down_blocks.") for name in shapes)
        key = "engine.base_only_a_part" if is_part else "engine.base_unknown"
        raise JobFailed(key, base=file.name)
    if any(name.startswith(_REFINER) for name in shapes):
        raise JobFailed("engine.base_refiner", base=file.name)
    if shapes[_FIRST][1:2] != (_LATENT_CHANNELS,):
        raise JobFailed("engine.base_inpainting", base=file.name)
    for part, prefix in PREFIXES.items():
        if not any(name.startswith(prefix) for name in shapes):
            raise JobFailed("engine.base_incomplete", base=file.name, part=part)


def _other(shapes: Mapping[str, tuple[int, ...]]) -> str | None:
    for mark, model in _OTHERS.items():
        if any(mark in name for name in shapes):
            return model
    bare = not any(name.startswith("conditioner.") for name in shapes)
    widths = (
        shape[-1] for name, shape in shapes.items() if name.endswith(".attn2.to_k.weight") and shape
    )
    return _OTHER_WIDTHS.get(next(widths, 0)) if bare else None


def check_widths(file: Path, header: CheckpointHeader, config: Path) -> None:
    """Compare a base with its configurations; JobFailed `engine.base_widths` where they differ.

    Libraries say of it what no host understands, or load nothing without a word.
    """
    for name, place, wants in _expected(config):
        has = header.shapes.get(name)
        if has is not None and wants is not None and has[place : place + 1] != (wants,):
            facts = {"layer": name, "has": "×".join(map(str, has)), "wants": wants}
            raise JobFailed("engine.base_widths", base=file.name, **facts)


def _expected(config: Path) -> list[tuple[str, int, int | None]]:
    """List names, places in their shapes, and what must stand there, where it is told."""
    unet, vae, text, text_2 = (
        _config(config, part) for part in ("unet", "vae", "text_encoder", "text_encoder_2")
    )
    first = PREFIXES["text_encoder"] + "text_model.embeddings.token_embedding.weight"
    second = PREFIXES["text_encoder_2"] + "token_embedding.weight"
    decoder = PREFIXES["vae"] + "decoder.conv_in.weight"
    return [
        (_FIRST, 0, unet.get("block_out_channels", [None])[0]),
        (_UNET + "label_emb.0.0.weight", 1, unet.get("projection_class_embeddings_input_dim")),
        (first, 0, text.get("vocab_size")),
        (first, 1, text.get("hidden_size")),
        (second, 0, text_2.get("vocab_size")),
        (second, 1, text_2.get("hidden_size")),
        (decoder, 0, vae.get("block_out_channels", [None])[-1]),
        (decoder, 1, vae.get("latent_channels")),
    ]


def _config(config: Path, part: str) -> dict[str, Any]:
    return read_json(config / part / "config.json")
