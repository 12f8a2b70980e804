"""The few figures of a loaded base from which follows what any training of it takes."""

from __future__ import annotations

from typing import Any

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import nn

from engine.base.families import family_of
from engine.base.loading import SLOT_RANK, LoadedBase
from engine.errors import JobFailed
from engine.memory.device import RESERVE
from engine.memory.needs import NUMBER_BYTES, Rehearsal
from engine.training.footprint import Footprint
from engine.training.layers import TrainedLayers
from engine.training.recipe import Layers, TrainRecipe


def footprint_of(base: LoadedBase) -> Footprint:
    """Rehearse one drawing of the family's size; 2 s for SDXL, whatever the device."""
    linears = _numbers(base, Layers.LINEARS, 1, 1)
    both = _numbers(base, Layers.CONVOLUTIONS, 1, 1)
    locon = _numbers(base, Layers.CONVOLUTIONS, 2, 1) - both
    return Footprint(
        held_bytes=_held_bytes(base),
        number_bytes=NUMBER_BYTES + base.unet.dtype.itemsize,
        linears=linears,
        style_block=_numbers(base, Layers.STYLE_BLOCK, 1, 1),
        locon=locon,
        convolutions=both - locon,
        row_bytes=_row_bytes(base),
        rows=base.plan.train_rows or 0,
    )


def _numbers(base: LoadedBase, layers: Layers, rank: int, conv_rank: int) -> int:
    try:
        return TrainedLayers(
            base.unet, TrainRecipe(layers=layers, rank=rank, conv_rank=conv_rank)
        ).size
    except JobFailed:  # a base without such layers
        return 0


def _held_bytes(base: LoadedBase) -> int:
    encoders = (base.text.encoders.first, base.text.encoders.second)
    parts: list[nn.Module] = [base.unet.model, base.vae]
    parts += [] if base.plan.texts_on_host else encoders
    weights = sum(p.nbytes for part in parts for p in part.parameters())
    style = base.slots.layout.size * base.unet.dtype.itemsize
    return weights + (base.plan.slots + 1) * style + RESERVE


def _row_bytes(base: LoadedBase) -> int:
    config: Any = base.unet.model.config
    family = family_of(base.family)
    with torch.device("meta"):
        plain: Any = UNet2DConditionModel.from_config(dict(config))
    nn.Module.to(plain, base.unet.dtype).requires_grad_(requires_grad=False)
    rehearsal = Rehearsal(plain, SLOT_RANK, (family.width, family.height))
    return rehearsal.training_row(again=base.plan.checkpointed)
