"""Turn a diffusers U-Net into one of joined products, in place and without a second copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from diffusers.models.attention_processor import Attention
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import nn

from engine.unet.attention import CrossAttention, SelfAttention
from engine.unet.convolution import SlotConv2d
from engine.unet.groups import Group, groups_of, others_of
from engine.unet.product import SlotLinear


def join(unet: UNet2DConditionModel) -> dict[Group, SlotLinear]:
    """Replace every adapted layer by its group's product; return them in order.

    Raises ValueError for an attention that SDXL does not have.
    """
    joined: dict[Group, SlotLinear] = {}
    for group in groups_of(unet):
        layers = [unet.get_submodule(member) for member in group.members]
        joined[group] = _product(layers)
        _put(unet, group, joined[group])
    processors: dict[str, Any] = {
        f"{name}.processor": _processor(name, module)
        for name, module in unet.named_modules()
        if isinstance(module, Attention)
    }
    unet.set_attn_processor(processors)
    return joined


def prepare_others(unet: UNet2DConditionModel) -> dict[Group, SlotLinear | SlotConv2d]:
    """Make every other layer one that can be changed; call it before `join`."""
    prepared: dict[Group, SlotLinear | SlotConv2d] = {}
    for group in others_of(unet):
        layer = unet.get_submodule(group.name)
        changed = SlotConv2d(layer) if isinstance(layer, nn.Conv2d) else _product([layer])
        _put(unet, group, changed)
        prepared[group] = changed
    return prepared


def cross_attentions(unet: UNet2DConditionModel) -> Mapping[str, CrossAttention]:
    """Map the path of every cross-attention's text product to its processor."""
    return {
        name.removesuffix(".processor") + ".to_kv": processor
        for name, processor in unet.attn_processors.items()
        if isinstance(processor, CrossAttention)
    }


def _product(layers: list[nn.Module]) -> SlotLinear:
    linears = [layer for layer in layers if isinstance(layer, nn.Linear)]
    if len(linears) == 1:
        bias = linears[0].bias
        return SlotLinear(linears[0].weight.data, None if bias is None else bias.data)
    if any(linear.bias is not None for linear in linears):
        raise ValueError("an attention with a bias on its query, key or value")
    return SlotLinear(torch.cat([linear.weight.data for linear in linears]), None)


def _put(unet: nn.Module, group: Group, product: nn.Module) -> None:
    parent, _, last = group.name.rpartition(".")
    above = unet.get_submodule(parent)
    if len(group.members) > 1:
        for member in group.members:
            delattr(above, member.rpartition(".")[2])
    above.add_module(last, product)


def _processor(name: str, attn: Attention) -> SelfAttention | CrossAttention:
    plain = (attn.group_norm, attn.norm_q, attn.norm_k, attn.spatial_norm)
    if any(part is not None for part in plain) or attn.residual_connection:
        raise ValueError(f"{name} is no attention of SDXL")
    if attn.rescale_output_factor != 1 or attn.norm_cross:
        raise ValueError(f"{name} is no attention of SDXL")
    return CrossAttention() if name.endswith("attn2") else SelfAttention()
