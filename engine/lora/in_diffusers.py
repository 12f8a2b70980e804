"""A style's file as diffusers' own loader understands it: the proof that others can read it."""

# diffusers exports lazily and annotates loosely.
# pyright: reportPrivateImportUsage=false

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from diffusers import StableDiffusionXLPipeline
from torch import Tensor

from engine.lora.weights import Lora, LoraModule

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
    told = {
        _plain(key).removesuffix(".alpha").partition(".lora.")[0]: float(alpha)
        for key, alpha in alphas.items()
    }
    try:
        return Lora(
            modules={
                layer: LoraModule(down=both["down"], up=both["up"], alpha=told[layer])
                for layer, both in halves.items()
            }
        )
    except KeyError as missing:
        raise ValueError(f"a layer without its {missing}") from missing


def _plain(key: str) -> str:
    """Spell a key as `PATH.lora.PART`."""

    def spelled(match: re.Match[str]) -> str:
        name = match[1]
        return f".{name}.0.lora" if name == "to_out" else f".{name}.lora"

    return _ATTENTION.sub(spelled, key.removeprefix("unet."))
