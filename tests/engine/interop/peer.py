"""A second program: stock networks of diffusers and transformers, LoRAs added to their weights.

It shares no code with `engine`: names, arithmetic and loops are restated in `peer_*`.
"""

# diffusers and transformers export lazily and annotate loosely.
# pyright: reportPrivateImportUsage=false, reportArgumentType=false, reportCallIssue=false

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from engine.pictures.recipe import Recipe
from tests.engine.interop import peer_sampling
from tests.engine.interop.peer_names import text_keys, unet_keys
from tests.engine.interop.peer_text import encoded


@dataclass(frozen=True, kw_only=True)
class Loader:
    """One LoraLoader node."""

    file: Path
    strength_model: float
    strength_clip: float


class Peer:
    """A base folder with a chain of LoraLoader nodes.

    It computes in `dtype`; only texts are handed on in float32, as in ComfyUI.
    """

    def __init__(self, folder: Path, dtype: torch.dtype = torch.float32) -> None:
        here = {"local_files_only": True, "torch_dtype": dtype}
        self.dtype = dtype
        self.unet: Any = UNet2DConditionModel.from_pretrained(folder / "unet", **here).eval()
        self.first: Any = CLIPTextModel.from_pretrained(folder / "text_encoder").to(dtype).eval()
        self.second: Any = CLIPTextModelWithProjection.from_pretrained(folder / "text_encoder_2")
        self.second = self.second.to(dtype).eval()
        self.tokenizers = [
            CLIPTokenizer.from_pretrained(folder / name) for name in ("tokenizer", "tokenizer_2")
        ]

    def keys(self) -> dict[str, tuple[nn.Module, float]]:
        """Map every key that is understood to its layer, and to 1 where it reads text."""
        layers = [n for n, m in self.unet.named_modules() if isinstance(m, nn.Linear | nn.Conv2d)]
        found = {
            key: (self.unet.get_submodule(path), 0.0)
            for key, path in unet_keys(self.unet.config, layers).items()
        }
        for number, encoder in ((1, self.first), (2, self.second)):
            count = encoder.config.num_hidden_layers
            for key, path in text_keys(number, count).items():
                found[key] = (_text_layer(encoder, path), 1.0)
        return found

    def with_loras(self, chain: Sequence[Loader]) -> Peer:
        """Add LoRAs to a copy of the weights, one node after the other."""
        other = copy.deepcopy(self)
        layers = other.keys()
        for node in chain:
            for key, delta in deltas(node.file, list(layers)).items():
                layer, of_text = layers[key]
                strength = node.strength_clip if of_text else node.strength_model
                weight: Any = layer.weight
                weight.data += strength * delta.reshape(weight.shape).to(weight)
        return other

    @torch.no_grad()
    def latents(self, recipe: Recipe) -> Tensor:
        """Draw a recipe; (1, 4, h, w) in the U-Net's scale."""
        levels = peer_sampling.sigmas(recipe.schedule, recipe.steps)
        shape = (1, 4, recipe.height // 8, recipe.width // 8)
        x = peer_sampling.start(recipe.seed, shape, levels[0]).to(self.dtype)
        told = [self._told(text) for text in (recipe.positive, recipe.negative)]
        size = torch.tensor([[recipe.height, recipe.width, 0, 0, recipe.height, recipe.width]])

        def noise(x: Tensor, sigma: float, text: Tensor, pooled: Tensor) -> Tensor:
            out: Any = self.unet(
                x / (1 + sigma**2) ** 0.5,
                torch.tensor(peer_sampling.nearest_step(sigma)),
                encoder_hidden_states=text.to(self.dtype),
                added_cond_kwargs={
                    "text_embeds": pooled.to(self.dtype),
                    "time_ids": size.float(),
                },
            )
            return out.sample

        def denoise(x: Tensor, sigma: float) -> Tensor:
            wanted, unwanted = (noise(x, sigma, *one) for one in told)
            return x - sigma * (unwanted + recipe.guidance * (wanted - unwanted))

        return peer_sampling.sample(recipe.sampler, levels, x, denoise, recipe.seed)

    def _told(self, prompt: str) -> tuple[Tensor, Tensor]:
        """Join what stands between BREAKs as ConditioningConcat does."""
        texts: list[Tensor] = []
        first_pooled: Tensor | None = None
        for part in prompt.split(" BREAK "):
            one, _ = encoded(self.first, self.tokenizers[0], part, None)
            other, pooled = encoded(self.second, self.tokenizers[1], part, 0)
            texts.append(torch.cat([one, other], dim=-1))
            first_pooled = pooled if first_pooled is None else first_pooled
        assert first_pooled is not None
        return torch.cat(texts, dim=1).float(), first_pooled.float()


def deltas(file: Path, known: Sequence[str]) -> dict[str, Tensor]:
    """Read what a file changes, by key, (out, in) float64; keys that are not known are left."""
    tensors = {name: tensor.double() for name, tensor in load_file(file).items()}
    read: dict[str, Tensor] = {}
    for key in known:
        if f"{key}.lora_up.weight" not in tensors:
            continue
        up, down = (tensors[f"{key}.lora_{half}.weight"] for half in ("up", "down"))
        rank = down.shape[0]
        alpha = float(tensors.get(f"{key}.alpha", torch.tensor(rank)))
        read[key] = alpha / rank * up.flatten(1) @ down.flatten(1)
    return read


def _text_layer(encoder: Any, path: str) -> nn.Module:
    """Find a layer with or without `text_model`: versions of transformers differ."""
    try:
        return encoder.get_submodule(path)
    except AttributeError:
        return encoder.get_submodule(f"text_model.{path}")
