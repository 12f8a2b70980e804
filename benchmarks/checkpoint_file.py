"""Write a base as one file in the original layout, as SDXL checkpoints are passed on.

Written from the layout itself, not from a library's converter, so that tests can hold the two
against each other. Tensors are made and written one after the other: a full-size file takes no
more memory than its largest tensor.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from engine.lora.names import layout_of, sgm_name

#: (part, parameter's name, its shape) → its values
Values = Callable[[str, str, torch.Size], Tensor]

_DTYPES: Final = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}
_VAE_NAMES: Final = (
    (r"^encoder\.down_blocks\.(\d+)\.", r"encoder.down.\1."),
    (r"\.resnets\.(\d+)\.", r".block.\1."),
    (r"\.downsamplers\.0\.", ".downsample."),
    (r"\.upsamplers\.0\.", ".upsample."),
    ("conv_shortcut", "nin_shortcut"),
    ("conv_norm_out", "norm_out"),
    (r"mid_block\.block\.0", "mid.block_1"),
    (r"mid_block\.block\.1", "mid.block_2"),
    (r"mid_block\.attentions\.0\.group_norm", "mid.attn_1.norm"),
    (r"mid_block\.attentions\.0\.to_out\.0", "mid.attn_1.proj_out"),
    (r"mid_block\.attentions\.0\.to_", "mid.attn_1."),
)
_UP: Final = re.compile(r"decoder\.up_blocks\.(\d+)\.")
_TEXT_2_NAMES: Final = (
    ("text_model.embeddings.token_embedding.weight", "token_embedding.weight"),
    ("text_model.embeddings.position_embedding.weight", "positional_embedding"),
    ("text_model.final_layer_norm", "ln_final"),
    ("text_model.encoder.layers", "transformer.resblocks"),
    ("self_attn", "attn"),
    ("layer_norm", "ln_"),
    ("mlp.fc1", "mlp.c_fc"),
    ("mlp.fc2", "mlp.c_proj"),
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One tensor of the file."""

    name: str
    shape: tuple[int, ...]
    make: Callable[[], Tensor]


def models_on_meta(config: Path) -> dict[str, nn.Module]:
    """Make a base's models without any weights, from a folder of configurations."""
    classes: dict[str, Any] = {"unet": UNet2DConditionModel, "vae": AutoencoderKL}
    texts: dict[str, Any] = {
        "text_encoder": CLIPTextModel,
        "text_encoder_2": CLIPTextModelWithProjection,
    }
    with torch.device("meta"):
        made = {
            part: kind.from_config(json.loads((config / part / "config.json").read_text()))
            for part, kind in classes.items()
        }
        return made | {
            part: kind(CLIPTextConfig.from_pretrained(config / part))
            for part, kind in texts.items()
        }


def random_values(seed: int = 0) -> Values:
    """Make values that a forward keeps in bounds: norms of one, the rest by their fan-in."""
    generator = torch.Generator().manual_seed(seed)

    def values(part: str, name: str, shape: torch.Size) -> Tensor:
        if len(shape) < 2:
            is_scale = "norm" in name and name.endswith("weight")
            return torch.full(shape, float(is_scale))
        spread = math.prod(shape[1:]) ** -0.5
        return torch.empty(shape).uniform_(-spread, spread, generator=generator)

    return values


def values_of(models: Mapping[str, nn.Module]) -> Values:
    """Take the models' own weights."""
    weights = {part: dict(model.named_parameters()) for part, model in models.items()}
    return lambda part, name, _: weights[part][name].detach()


def pieces_of(models: Mapping[str, nn.Module], values: Values) -> list[Piece]:
    """Lay the models out as the file has them."""
    unet: Any = models["unet"]
    vae: Any = models["vae"]
    layout, ups = layout_of(unet.config), len(vae.config["up_block_types"])

    def unet_name(name: str) -> str:
        module, _, kind = name.rpartition(".")
        return f"model.diffusion_model.{sgm_name(module, layout)}.{kind}"

    pieces = _renamed("unet", models, values, unet_name)
    pieces += _renamed("vae", models, values, lambda name: _vae_name(name, ups))
    pieces += _renamed("text_encoder", models, values, _text_name)
    return pieces + _second_text(models, values)


def _renamed(
    part: str, models: Mapping[str, nn.Module], values: Values, name_of: Callable[[str], str]
) -> list[Piece]:
    pieces: list[Piece] = []
    for name, parameter in models[part].named_parameters():
        new, shape = name_of(name), parameter.shape
        if part == "vae" and ".attn_1." in new and len(shape) == 2:
            shape = torch.Size((*shape, 1, 1))  # the original calls them convolutions

        def make(name: str = name, parameter: Tensor = parameter, s: torch.Size = shape) -> Tensor:
            return values(part, name, parameter.shape).reshape(s)

        pieces.append(Piece(new, tuple(shape), make))
    return pieces


def _vae_name(name: str, ups: int) -> str:
    name = _UP.sub(lambda found: f"decoder.up.{ups - 1 - int(found[1])}.", name)
    for pattern, new in _VAE_NAMES:
        name = re.sub(pattern, new, name)
    return f"first_stage_model.{name}"


def _text_name(name: str) -> str:
    # transformers 5.6 took "text_model." away
    return f"conditioner.embedders.0.transformer.text_model.{name.removeprefix('text_model.')}"


def _second_text(models: Mapping[str, nn.Module], values: Values) -> list[Piece]:
    """Lay out OpenCLIP's encoder: queries, keys and values are one matrix there."""
    part, pieces = "text_encoder_2", list[Piece]()
    for name, parameter in models[part].named_parameters():
        if ".k_proj." in name or ".v_proj." in name:
            continue
        names, new, shape = [name], name, parameter.shape
        if ".q_proj." in name:
            names = [name.replace(".q_proj.", f".{one}_proj.") for one in "qkv"]
            new, shape = new.replace(".q_proj.", ".in_proj_"), (3 * shape[0], *shape[1:])
        if name == "text_projection.weight":
            new = "text_projection"
        for old, theirs in _TEXT_2_NAMES:
            new = new.replace(old, theirs)

        def make(names: list[str] = names, one: Tensor = parameter, new: str = new) -> Tensor:
            made = torch.cat([values(part, name, one.shape) for name in names])
            return made.T if new == "text_projection" else made

        pieces.append(Piece(f"conditioner.embedders.1.model.{new}", tuple(shape), make))
    return pieces


def write_checkpoint(
    file: Path,
    pieces: Sequence[Piece],
    dtype: torch.dtype,
    *,
    metadata: Mapping[str, str] | None = None,
    marks: Iterable[str] = (),
) -> None:
    """Write the file; `marks` are empty tensors whose names say something."""
    pieces = [*pieces, *(Piece(mark, (0,), lambda: torch.zeros(0)) for mark in marks)]
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    at = 0
    for piece in pieces:
        end = at + math.prod(piece.shape) * dtype.itemsize
        header[piece.name] = {
            "dtype": _DTYPES[dtype], "shape": piece.shape, "data_offsets": (at, end),
        }  # fmt: skip
        at = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with file.open("wb") as stream:
        stream.write(len(text).to_bytes(8, "little") + text)
        for piece in pieces:
            made = piece.make().to(dtype).contiguous()
            stream.write(made.flatten().view(torch.uint8).numpy().data)
