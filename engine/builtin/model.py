"""The parts of the built-in base with random weights, in SDXL's layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from torch import Tensor, nn
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
)

from engine.builtin.words import CONTEXT, END, START, build_vocabulary, new_tokenizer

TEXT_WIDTH = 128
TIME_WIDTH = 32
# Original height and width, crop top and left, target height and width: whole 128-pixel pictures.
TIME_IDS = torch.tensor([[128.0, 128.0, 0.0, 0.0, 128.0, 128.0]])


def new_unet() -> UNet2DConditionModel:
    """Build SDXL's U-Net with small widths: plain, cross-attention, cross-attention."""
    config: dict[str, Any] = {
        "sample_size": 16,
        "in_channels": 4,
        "out_channels": 4,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        "block_out_channels": (64, 96, 128),
        "layers_per_block": 2,
        "transformer_layers_per_block": (1, 1, 2),
        "attention_head_dim": (2, 3, 4),
        "cross_attention_dim": 2 * TEXT_WIDTH,
        "use_linear_projection": True,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": TIME_WIDTH,
        "projection_class_embeddings_input_dim": 6 * TIME_WIDTH + TEXT_WIDTH,
    }
    return UNet2DConditionModel(**config)


def _text_config(layers: int, pad: str, act: str) -> CLIPTextConfig:
    vocab, _ = build_vocabulary()
    return CLIPTextConfig(
        vocab_size=len(vocab),
        hidden_size=TEXT_WIDTH,
        intermediate_size=2 * TEXT_WIDTH,
        projection_dim=TEXT_WIDTH,
        num_hidden_layers=layers,
        num_attention_heads=4,
        max_position_embeddings=CONTEXT,
        hidden_act=act,
        bos_token_id=vocab[START],
        eos_token_id=vocab[END],
        pad_token_id=vocab[pad],
    )


def new_scheduler() -> EulerDiscreteScheduler:
    """Build SDXL's noise schedule."""
    return EulerDiscreteScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        num_train_timesteps=1000,
        prediction_type="epsilon",
        interpolation_type="linear",
        steps_offset=1,
        timestep_spacing="leading",
        use_karras_sigmas=False,
    )


class TextEncoders(nn.Module):
    """Both encoders and their tokenizers."""

    def __init__(self) -> None:
        super().__init__()
        self.first = CLIPTextModel(_text_config(2, END, "quick_gelu"))
        self.second = CLIPTextModelWithProjection(_text_config(3, "!", "gelu"))
        self.tokenizers: tuple[CLIPTokenizer, CLIPTokenizer] = (
            new_tokenizer(END),
            new_tokenizer("!"),
        )

    def tokenize(self, captions: list[str]) -> tuple[Tensor, Tensor]:
        """Return two (B, 77) token tensors, cut and padded as SDXL does."""
        options = {
            "padding": "max_length",
            "max_length": CONTEXT,
            "truncation": True,
            "return_tensors": "pt",
        }
        one, two = (tokenizer(captions, **options).input_ids for tokenizer in self.tokenizers)
        return one, two

    def forward(self, tokens: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Return (B, 77, 256) penultimate states of both, and the (B, 128) pooled second."""
        one = self.first(tokens[0], output_hidden_states=True)
        two = self.second(tokens[1], output_hidden_states=True)
        return torch.cat([one.hidden_states[-2], two.hidden_states[-2]], dim=-1), two.text_embeds


@dataclass(slots=True)
class Base:
    """What is trained together."""

    unet: UNet2DConditionModel
    text: TextEncoders


def new_base(seed: int = 0) -> Base:
    """Build U-Net and text encoders with random weights."""
    torch.manual_seed(seed)
    return Base(new_unet(), TextEncoders())
