"""Joined products predict what diffusers' own U-Net does."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from diffusers import UNet2DConditionModel

from engine.lora.names import is_target
from engine.unet.groups import groups_of
from engine.unet.joining import cross_attentions, join
from tests.engine.unet.conftest import Inputs, Joined


def test_every_adapted_layer_is_in_one_group(stock: UNet2DConditionModel) -> None:
    members = [member for group in groups_of(stock) for member in group.members]
    assert sorted(members) == sorted(n for n, _ in stock.named_modules() if is_target(n))


def test_self_attention_is_one_product_and_text_another(stock: UNet2DConditionModel) -> None:
    names = {group.name: group for group in groups_of(stock)}
    block = "mid_block.attentions.0.transformer_blocks.0"
    assert len(names[f"{block}.attn1.to_qkv"].members) == 3
    assert names[f"{block}.attn2.to_kv"].of_text
    assert names[f"{block}.attn2.to_q"].members == (f"{block}.attn2.to_q",)


@torch.no_grad()
def test_the_prediction_stays(stock: UNet2DConditionModel, joined: Joined, inputs: Inputs) -> None:
    wanted = inputs.run(stock)
    assert (inputs.run(joined.unet) - wanted).norm() / wanted.norm() < 1e-6


@torch.no_grad()
def test_kept_text_products_change_nothing(joined: Joined, inputs: Inputs) -> None:
    plain = inputs.run(joined.unet)
    for name, processor in cross_attentions(joined.unet).items():
        product = next(p for g, p in joined.products.items() if g.name == name)
        processor.kept = product(inputs.text)
    assert torch.equal(inputs.run(joined.unet), plain)


def test_no_weight_is_held_twice(stock: UNet2DConditionModel, joined: Joined) -> None:
    count = sum(p.numel() for p in stock.parameters())
    assert sum(p.numel() for p in joined.unet.parameters()) == count


def test_an_attention_of_another_kind_is_refused(stock: UNet2DConditionModel) -> None:
    unet = copy.deepcopy(stock)
    attn: Any = unet.get_submodule("mid_block.attentions.0.transformer_blocks.0.attn1")
    attn.residual_connection = True
    with pytest.raises(ValueError, match="no attention of SDXL"):
        join(unet)
