"""The models of a base, read by diffusers and transformers, and refused where one is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

import torch
from diffusers.loaders.single_file_utils import create_diffusers_clip_model_from_ldm
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from safetensors import safe_open
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from engine.base.encoding import TextEncoders
from engine.base.kinds import PREFIXES
from engine.base.place import BasePlace
from engine.errors import JobFailed

#: CLIP's, which every real base of the SDXL family reads.
_VOCABULARY: Final = 49_408
_REAL_TEXT_WIDTH: Final = 2048
#: The second encoder was trained with this token behind the text: "!" in CLIP's vocabulary.
_PAD_2: Final = 0
_HALF: Final = "fp16"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parts:
    """SDXL's four models on the CPU, and both tokenizers."""

    unet: UNet2DConditionModel
    vae: AutoencoderKL
    encoders: TextEncoders

    def named(self) -> dict[str, nn.Module]:
        """Return the models by the names of their folders."""
        texts = {"text_encoder": self.encoders.first, "text_encoder_2": self.encoders.second}
        return {**texts, "unet": self.unet, "vae": self.vae}


def read_parts(place: BasePlace, dtype: torch.dtype) -> Parts:
    """Read every part; U-Net and text encoders in this precision, the VAE in float32.

    SDXL's VAE overflows float16 and pictures come out as nothing, so it never is.
    """
    read = _read_file if place.is_file else _read_folder
    first: Any = read(place, "text_encoder", dtype)
    second: Any = read(place, "text_encoder_2", dtype)
    unet: Any = read(place, "unet", dtype)
    vae: Any = read(place, "vae", torch.float32)
    real = unet.config["cross_attention_dim"] == _REAL_TEXT_WIDTH
    encoders = TextEncoders(
        first=first,
        second=second,
        tokenizer=_tokenizer(place, "tokenizer", first.config, is_real=real),
        tokenizer_2=_tokenizer(place, "tokenizer_2", second.config, is_real=real),
    )
    if encoders.tokenizer_2.pad_token_id != _PAD_2:
        pad = encoders.tokenizer_2.pad_token
        reason = f"it fills up with {pad} instead of !"
        raise JobFailed("engine.base_tokenizer", base=place.name, part="tokenizer_2", reason=reason)
    return Parts(unet=unet, vae=vae, encoders=encoders)


_CLASSES: Final[dict[str, Any]] = {
    "text_encoder": CLIPTextModel,
    "text_encoder_2": CLIPTextModelWithProjection,
    "unet": UNet2DConditionModel,
    "vae": AutoencoderKL,
}


def _read_folder(place: BasePlace, part: str, dtype: torch.dtype) -> nn.Module:
    folder = place.path / part
    variant = _HALF if all(f".{_HALF}." in one.name for one in _weights(folder)) else None
    return _CLASSES[part].from_pretrained(
        folder, dtype=dtype, variant=variant, local_files_only=True, use_safetensors=True
    )


def _weights(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.safetensors"))


def _read_file(place: BasePlace, part: str, dtype: torch.dtype) -> nn.Module:
    """Convert one part of the original layout; the file's other parts stay on the disk."""
    read: Callable[..., Any]
    if part.startswith("text_encoder"):
        read, more = create_diffusers_clip_model_from_ldm, {"cls": _CLASSES[part]}
    else:
        read, more = _CLASSES[part].from_single_file, {}
    given = more | {"config": str(place.config), "subfolder": part, "torch_dtype": dtype}
    tensors = _tensors(place.path, PREFIXES[part])
    named = {"checkpoint": tensors} if more else {"pretrained_model_link_or_path_or_dict": tensors}
    try:
        model: nn.Module = read(**named, **given, local_files_only=True)
    except KeyError as missing:
        _incomplete(place, part, str(missing.args[0]))
    except NotImplementedError:  # torch moves no layer that nothing was read into
        _incomplete(place, part, "?")
    for name, weight in model.named_parameters():
        if weight.is_meta:  # transformers' parts come through without a word
            _incomplete(place, part, name)
    return model


def _incomplete(place: BasePlace, part: str, lacks: str) -> NoReturn:
    raise JobFailed("engine.base_incomplete", base=place.name, part=f"{part} ({lacks})")


def _tensors(file: Path, prefix: str) -> dict[str, Tensor]:
    """Map a part's tensors; opened anew for each part, so that its pages can go again."""
    with safe_open(file, framework="pt") as opened:
        return {name: opened.get_tensor(name) for name in opened.keys() if name.startswith(prefix)}  # noqa: SIM118 - no dictionary


def _tokenizer(place: BasePlace, name: str, encoder: Any, *, is_real: bool) -> CLIPTokenizer:
    """Load a tokenizer and refuse one that does not fit its encoder.

    transformers 5 builds a tokenizer of two or three tokens without an error when its files are
    missing, and one for texts of any length when its configuration is.
    """
    tokenizer = CLIPTokenizer.from_pretrained(place.config / name, local_files_only=True)
    tokens = _VOCABULARY if is_real else encoder.vocab_size
    length = encoder.max_position_embeddings
    reason = None
    if {len(tokenizer), encoder.vocab_size} != {tokens}:
        reason = f"it has {len(tokenizer)} tokens, its encoder {encoder.vocab_size}"
    elif tokenizer.model_max_length != length:
        reason = f"it cuts texts at {tokenizer.model_max_length:.0f} tokens instead of {length}"
    if reason is not None:
        raise JobFailed("engine.base_tokenizer", base=place.name, part=name, reason=reason)
    return tokenizer
