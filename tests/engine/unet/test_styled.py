"""A style acts as in peft, and nothing of one run stays for the next."""

# diffusers and peft export lazily and annotate loosely.
# pyright: reportArgumentType=false, reportPrivateImportUsage=false

from __future__ import annotations

import copy

import pytest
import torch
from diffusers import UNet2DConditionModel
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import LoraLayer
from torch import Tensor

from engine.lora.layout import FlatLayout
from engine.lora.names import TARGETS
from engine.lora.packed import Packed
from engine.lora.slots import Slots
from engine.lora.weights import Lora
from engine.sampling.conditioning import Conditioning
from engine.unet.styled import Changes, StyledUnet
from tests.engine.unet.conftest import ROWS, Inputs, MakeStyle


@pytest.fixture
def styled(stock: UNet2DConditionModel) -> StyledUnet:
    return StyledUnet(copy.deepcopy(stock))


def predict(unet: StyledUnet, inputs: Inputs, changes: Changes = ()) -> Tensor:
    told = inputs.told
    c = Conditioning(text=inputs.text, pooled=told["text_embeds"], size=told["time_ids"])
    with torch.no_grad():
        return unet.predict(inputs.latents, inputs.timesteps, c, changes)


def rows(unet: StyledUnet, style: Lora, weight: float = 1.0) -> Changes:
    layout = FlatLayout(unet.groups, 8)
    packed = Packed.of("a", style, layout)
    return Slots(layout, 4).rows([[(packed, weight)]] * ROWS)


def peft_unet(stock: UNet2DConditionModel, style: Lora, rank: int) -> UNet2DConditionModel:
    """Inject with peft and copy our weights into its layers."""
    unet = copy.deepcopy(stock)
    config = LoraConfig(r=rank, lora_alpha=rank / 2, target_modules=list(TARGETS))
    inject_adapter_in_model(config, unet)
    layers = {name: m for name, m in unet.named_modules() if isinstance(m, LoraLayer)}
    assert set(layers) == set(style.modules)
    with torch.no_grad():
        for name in layers:
            unet.get_parameter(f"{name}.lora_A.default.weight").copy_(style.modules[name].down)
            unet.get_parameter(f"{name}.lora_B.default.weight").copy_(style.modules[name].up)
    return unet


@torch.no_grad()
@pytest.mark.parametrize("rank", [4, 8, 12])
def test_a_style_acts_as_in_peft(
    stock: UNet2DConditionModel,
    styled: StyledUnet,
    inputs: Inputs,
    make_style: MakeStyle,
    rank: int,
) -> None:
    style = make_style(1, rank=rank)  # alpha is half the rank
    ours = predict(styled, inputs, rows(styled, style))
    theirs = inputs.run(peft_unet(stock, style, rank))
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)
    assert (ours - predict(styled, inputs)).abs().max() > 0.01


def test_the_next_run_is_the_base_alone(
    styled: StyledUnet, inputs: Inputs, make_style: MakeStyle
) -> None:
    before = predict(styled, inputs)
    predict(styled, inputs, rows(styled, make_style(1)))
    assert torch.equal(predict(styled, inputs), before)


def test_a_run_that_fails_leaves_nothing(
    styled: StyledUnet, inputs: Inputs, make_style: MakeStyle
) -> None:
    before = predict(styled, inputs)
    changes = rows(styled, make_style(1))
    short = Conditioning(
        text=inputs.text[:, :, 1:], pooled=inputs.told["text_embeds"], size=inputs.told["time_ids"]
    )
    with pytest.raises(RuntimeError):
        styled.predict(inputs.latents, inputs.timesteps, short, changes)
    assert torch.equal(predict(styled, inputs), before)


def test_weight_zero_changes_nothing(
    styled: StyledUnet, inputs: Inputs, make_style: MakeStyle
) -> None:
    none = predict(styled, inputs, rows(styled, make_style(1), 0.0))
    torch.testing.assert_close(none, predict(styled, inputs), rtol=1e-5, atol=1e-6)
