"""A style trained as diffusers' own SDXL example script does it, with PEFT."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Final

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from peft import LoraConfig
from torch import Tensor
from torch.nn import functional

from engine.base.loading import LoadedBase, base_folder
from engine.lora.weights import Lora, LoraModule
from engine.sampling.conditioning import size_rows
from engine.training.dataset import EncodedDrawing, TrainingSet
from engine.training.step import noised

#: Only attention is adapted, with weights of a normal distribution.
_TARGETS: Final = ["to_k", "to_q", "to_v", "to_out.0"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptSettings:
    """The defaults of `train_dreambooth_lora_sdxl.py` (2026-08), text encoders left alone."""

    steps: int
    rank: int = 4
    batch: int = 4
    learning_rate: float = 1e-4
    warmup_steps: int = 500
    weight_decay: float = 1e-4
    seed: int = 1


def train(base: LoadedBase, data: TrainingSet, settings: ScriptSettings) -> Lora:
    """Train on the middle of each drawing with its caption as given: no buckets, no shuffling.

    The rate is constant after its warm-up, all noise levels count alike, latents are sampled once
    per look, and nothing is left out of a caption.
    """
    torch.manual_seed(settings.seed)
    unet = _adapted(settings)
    weights = [p for p in unet.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        weights, lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    order, left = random.Random(settings.seed), list[EncodedDrawing]()
    for step in range(settings.steps):
        if not left:
            left = order.sample(data.train, len(data.train))
        shown, left = left[: settings.batch], left[settings.batch :]
        for group in optimizer.param_groups:
            share = min(1.0, (step + 1) / max(1, settings.warmup_steps))
            group["lr"] = settings.learning_rate * share
        optimizer.zero_grad()
        _loss(base, unet, shown).backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
    return _style(unet, settings.rank)


def _adapted(settings: ScriptSettings) -> UNet2DConditionModel:
    unet: Any = UNet2DConditionModel.from_pretrained(
        base_folder("builtin") / "unet", local_files_only=True
    )
    unet.requires_grad_(requires_grad=False)
    unet.add_adapter(
        LoraConfig(
            r=settings.rank,
            lora_alpha=settings.rank,
            init_lora_weights="gaussian",
            target_modules=_TARGETS,
        )
    )
    return unet


def _loss(base: LoadedBase, unet: UNet2DConditionModel, shown: list[EncodedDrawing]) -> Tensor:
    views = [drawing.views[0] for drawing in shown]
    mean, std = (torch.cat([getattr(view, part) for view in views]) for part in ("mean", "std"))
    latents = mean + std * torch.randn_like(mean)
    noise = torch.randn_like(latents)
    timesteps = torch.randint(0, len(base.levels.sigmas), (len(shown),))
    texts = [drawing.texts[0] for drawing in shown]
    told: dict[str, Tensor] = {
        "text_embeds": torch.cat([text.pooled for text in texts]),
        "time_ids": size_rows(len(shown), shown[0].size),
    }
    out: Any = unet(
        noised(base.levels, latents, noise, timesteps),
        timesteps,
        encoder_hidden_states=torch.cat([text.text for text in texts]),
        added_cond_kwargs=told,
        return_dict=False,
    )
    return functional.mse_loss(out[0].float(), noise)


def _style(unet: UNet2DConditionModel, rank: int) -> Lora:
    """Read PEFT's weights; its scale is alpha / rank as well."""
    marks = (".lora_A.default.weight", ".lora_B.default.weight")
    found: dict[str, dict[str, Tensor]] = {}
    for name, value in unet.named_parameters():
        for mark in marks:
            if name.endswith(mark):
                found.setdefault(name.removesuffix(mark), {})[mark] = value.detach()
    return Lora(
        modules={
            path: LoraModule(down=parts[marks[0]], up=parts[marks[1]], alpha=float(rank))
            for path, parts in found.items()
        }
    )
