"""SDXL's U-Net, whole and tiny, with random weights, and what it is fed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor

from engine.lora.names import is_target
from engine.lora.weights import Lora, LoraModule
from engine.sampling.conditioning import Conditioning

RANK: Final = 16
_SHARED: Final[dict[str, Any]] = {
    "layers_per_block": 2,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
}
#: 3.6 million parameters, latents of 16 × 16.
TINY: Final[dict[str, Any]] = {
    **_SHARED,
    "sample_size": 16,
    "block_out_channels": (32, 64, 64),
    "transformer_layers_per_block": (1, 1, 2),
    "attention_head_dim": (2, 4, 4),
    "cross_attention_dim": 32,
    "addition_time_embed_dim": 8,
    "projection_class_embeddings_input_dim": 16 + 6 * 8,
}
#: SDXL base 1.0's own configuration, latents of 128 × 128.
SDXL: Final[dict[str, Any]] = {
    **_SHARED,
    "sample_size": 128,
    "block_out_channels": (320, 640, 1280),
    "transformer_layers_per_block": (1, 2, 10),
    "attention_head_dim": (5, 10, 20),
    "cross_attention_dim": 2048,
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 1280 + 6 * 256,
}


def unet_of(config: dict[str, Any], device: str = "cpu") -> UNet2DConditionModel:
    """Make one with random weights, always the same, frozen."""
    torch.manual_seed(0)
    with torch.device(device):
        unet = UNet2DConditionModel(**config)
    return unet.eval().requires_grad_(requires_grad=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Rows at noise levels of their own."""

    latents: Tensor
    timesteps: Tensor
    told: Conditioning
    #: what a training wants to see
    target: Tensor

    @classmethod
    def random(cls, config: dict[str, Any], rows: int, device: str = "cpu") -> Inputs:
        """Make so many."""
        side, pooled = config["sample_size"], config["projection_class_embeddings_input_dim"]
        pooled -= 6 * config["addition_time_embed_dim"]
        torch.manual_seed(1)
        with torch.device(device):
            return cls(
                latents=torch.randn(rows, 4, side, side),
                timesteps=torch.linspace(900, 3, rows).long(),
                told=Conditioning(
                    text=torch.randn(rows, 77, config["cross_attention_dim"]),
                    pooled=torch.randn(rows, pooled),
                    size=torch.full((rows, 6), 8.0 * side),
                ),
                target=torch.randn(rows, 4, side, side),
            )

    def rows(self, some: slice) -> Inputs:
        """Take some of the rows."""
        c = self.told
        return Inputs(
            latents=self.latents[some],
            timesteps=self.timesteps[some],
            told=Conditioning(text=c.text[some], pooled=c.pooled[some], size=c.size[some]),
            target=self.target[some],
        )

    def stock(self, unet: UNet2DConditionModel) -> Tensor:
        """Run diffusers' own U-Net."""
        c = self.told
        out: Any = unet(
            self.latents,
            self.timesteps,
            encoder_hidden_states=c.text,
            added_cond_kwargs={"text_embeds": c.pooled, "time_ids": c.size},
            return_dict=False,
        )
        return out[0]


def random_style(
    unet: UNet2DConditionModel, seed: int, *, rank: int = RANK, part: str = ""
) -> Lora:
    """Make a style for every layer that styles adapt, or those with `part` in their path."""
    generator = torch.Generator().manual_seed(seed)

    def values(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator) * 0.1

    modules = {
        name: LoraModule(
            down=values(rank, layer.in_features),
            up=values(layer.out_features, rank),
            alpha=float(rank),
        )
        for name, layer in unet.named_modules()
        if is_target(name) and part in name and isinstance(layer, torch.nn.Linear)
    }
    return Lora(modules=modules)
