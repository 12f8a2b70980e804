"""Styles are laid over a base exactly as peft merges them, and the base never changes."""

# diffusers, peft and transformers export lazily and annotate loosely.
# pyright: reportArgumentType=false, reportCallIssue=false, reportPrivateImportUsage=false

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

from engine.base.loading import LoadedBase
from engine.errors import JobFailed
from engine.lora.adapters import Adapters
from engine.lora.names import TARGETS
from engine.lora.weights import Lora, LoraModule

MakeStyle = Callable[..., Lora]


def run(unet: nn.Module) -> Tensor:
    """One forward pass with fixed inputs."""
    generator = torch.Generator().manual_seed(0)
    told: dict[str, Any] = {
        "text_embeds": torch.randn(2, 16, generator=generator),
        "time_ids": torch.full((2, 6), 64.0),
    }
    latents = torch.randn(2, 4, 8, 8, generator=generator)
    text = torch.randn(2, 77, 32, generator=generator)
    times = torch.tensor([10, 700])
    with torch.no_grad():
        return unet(latents, times, encoder_hidden_states=text, added_cond_kwargs=told)[0]


def peft_unet(base: LoadedBase, style: Lora, rank: int, alpha: float) -> nn.Module:
    """Inject with peft and copy our weights into its layers."""
    unet = copy.deepcopy(base.unet)
    for module in unet.modules():
        module._forward_hooks.clear()
    config = LoraConfig(r=rank, lora_alpha=alpha, target_modules=list(TARGETS))
    inject_adapter_in_model(config, unet)
    layers = {name: m for name, m in unet.named_modules() if isinstance(m, LoraLayer)}
    assert set(layers) == set(style.modules)
    with torch.no_grad():
        for name, layer in layers.items():
            layer.lora_A["default"].weight.copy_(style.modules[name].down)
            layer.lora_B["default"].weight.copy_(style.modules[name].up)
    return unet


@pytest.fixture(autouse=True)
def base_stays_bit_identical(tiny_base: LoadedBase) -> Iterator[None]:
    before = {name: value.clone() for name, value in tiny_base.unet.state_dict().items()}
    yield
    after = tiny_base.unet.state_dict()
    assert set(before) == set(after)
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize(("rank", "alpha"), [(4, 4.0), (4, 2.0), (8, 16.0)])
def test_a_style_acts_as_in_peft(
    tiny_base: LoadedBase, make_style: MakeStyle, rank: int, alpha: float
) -> None:
    style = make_style(1, rank=rank, alpha=alpha)
    with tiny_base.adapters.using([(style, 1.0)]):
        ours = run(tiny_base.unet)
    theirs = run(peft_unet(tiny_base, style, rank, alpha))
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)
    assert (ours - run(tiny_base.unet)).abs().max() > 0.01


def test_a_stack_acts_as_the_sum_of_its_merged_weights(
    tiny_base: LoadedBase, make_style: MakeStyle
) -> None:
    stack = [(make_style(1), 0.6), (make_style(2, rank=2), -1.5)]
    merged = copy.deepcopy(tiny_base.unet)
    for module in merged.modules():
        module._forward_hooks.clear()
    with torch.no_grad():
        for name, layer in Adapters(merged).layers.items():
            for style, weight in stack:
                layer.weight += weight * style.modules[name].delta()
    with tiny_base.adapters.using(stack):
        ours = run(tiny_base.unet)
    torch.testing.assert_close(ours, run(merged), rtol=1e-4, atol=1e-5)


def test_outside_the_block_the_base_draws_alone(
    tiny_base: LoadedBase, make_style: MakeStyle
) -> None:
    before = run(tiny_base.unet)
    with tiny_base.adapters.using([(make_style(1), 1.0)]):
        pass
    assert torch.equal(run(tiny_base.unet), before)


def test_blocks_nest_without_mixing(tiny_base: LoadedBase, make_style: MakeStyle) -> None:
    one, two = make_style(1), make_style(2)
    with tiny_base.adapters.using([(one, 1.0)]):
        alone = run(tiny_base.unet)
        with tiny_base.adapters.using([(two, 1.0)]):
            other = run(tiny_base.unet)
        assert torch.equal(run(tiny_base.unet), alone)
    assert not torch.equal(alone, other)


def test_weight_zero_changes_nothing(tiny_base: LoadedBase, make_style: MakeStyle) -> None:
    with tiny_base.adapters.using([(make_style(1), 0.0)]):
        torch.testing.assert_close(run(tiny_base.unet), run(tiny_base.unet), rtol=0, atol=0)


def test_a_style_of_another_shape_is_refused(tiny_base: LoadedBase, make_style: MakeStyle) -> None:
    name, layer = next(iter(make_style(1).modules.items()))
    wrong = Lora(modules={name: LoraModule(down=layer.down[:, 1:], up=layer.up, alpha=1.0)})
    unknown = Lora(modules={"somewhere.to_q": layer})
    for style in (wrong, unknown):
        with (
            pytest.raises(JobFailed, match=r"style\.other_base"),
            tiny_base.adapters.using([(style, 1.0)]),
        ):
            pass


def test_half_precision_bases_take_float32_styles(make_style: MakeStyle) -> None:
    layer = nn.Linear(8, 8).bfloat16()
    model = nn.ModuleDict({"to_q": layer})
    style = Lora(modules={"to_q": LoraModule(down=torch.eye(8), up=torch.eye(8), alpha=8.0)})
    x = torch.ones(2, 8).bfloat16()
    before = layer(x)
    with Adapters(model).using([(style, 1.0)]):
        after = layer(x)
    assert after.dtype == torch.bfloat16
    torch.testing.assert_close(after, before + 1)


def test_closing_takes_the_hooks_off(make_style: MakeStyle) -> None:
    model = nn.ModuleDict({"to_q": nn.Linear(8, 8)})
    adapters = Adapters(model)
    adapters.close()
    assert not model["to_q"]._forward_hooks
