"""A style's file as diffusers' own loader understands it: the proof that others can read it."""

# diffusers exports lazily and annotates loosely.
# pyright: reportPrivateImportUsage=false

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from diffusers import StableDiffusionXLPipeline, UNet2DConditionModel
from torch import Tensor

from engine.lora.weights import Lora, LoraModule

_ADAPTER: Final = "style"
#: Attention goes by its processor's old names, whose output has no number.
_ATTENTION: Final = re.compile(r"\.processor\.(to_(?:q|k|v|out))_lora\b")


def read_in_diffusers(path: Path, config: Mapping[str, Any]) -> Lora:
    """Read the U-Net's layers, float32; `config` is that of the base's U-Net.

    ValueError when diffusers leaves a key over, or finds a layer of which a half is missing.
    """
    pipeline: Any = StableDiffusionXLPipeline
    tensors: dict[str, Tensor]
    tensors, alphas = pipeline.lora_state_dict(str(path), unet_config=config)
    halves: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        layer, _, half = _plain(key).partition(".lora.")
        halves.setdefault(layer, {})[half.removesuffix(".weight")] = tensor.float().flatten(1)
    scales = _scales(tensors, alphas, config)
    try:
        return Lora(
            modules={
                layer: LoraModule(
                    down=both["down"],
                    up=both["up"],
                    alpha=scales[layer] * len(both["down"]),
                )
                for layer, both in halves.items()
            }
        )
    except KeyError as missing:
        raise ValueError(f"a layer without its {missing}") from missing


def _scales(
    tensors: Mapping[str, Tensor], alphas: Mapping[str, float] | None, config: Mapping[str, Any]
) -> dict[str, float]:
    """Find what each layer is multiplied by in a U-Net that diffusers has put them into.

    Not by the file's own alphas: diffusers keeps them by names that it does not find all again.
    """
    with torch.device("meta"):
        unet: Any = UNet2DConditionModel.from_config(dict(config))
    pipeline: Any = StableDiffusionXLPipeline
    pipeline.load_lora_into_unet(
        dict(tensors), alphas, unet=unet, adapter_name=_ADAPTER, low_cpu_mem_usage=True
    )
    return {
        name: module.scaling[_ADAPTER]
        for name, module in unet.named_modules()
        if _ADAPTER in getattr(module, "scaling", ())
    }


def _plain(key: str) -> str:
    """Spell a key as `PATH.lora.PART`."""

    def spelled(match: re.Match[str]) -> str:
        name = match[1]
        return f".{name}.0.lora" if name == "to_out" else f".{name}.lora"

    return _ATTENTION.sub(spelled, key.removeprefix("unet."))
