"""diffusers' loader finds every layer of a file of ours, with the same values."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.base.loading import LoadedBase
from engine.lora.in_diffusers import read_in_diffusers
from engine.lora.names import flat_name
from engine.lora.tensors import read_style
from engine.lora.weights import Lora, LoraModule
from engine.lora.writing import kohya_tensors, write_style, write_tensors
from engine.training.layers import TrainedLayers
from engine.training.recipe import Layers, TrainRecipe


def made(base: LoadedBase, **choices: Any) -> Lora:
    recipe = TrainRecipe(**{"rank": 4, "alpha": 2.0, **choices})
    trained = TrainedLayers(base.unet, recipe)
    return trained.unpack(torch.randn(trained.size) * trained.mask())


def config_of(base: LoadedBase) -> Any:
    return base.unet.model.config


def wrong(read: Lora, style: Lora) -> list[str]:
    """Name the layers whose weights would not change as the style says, but for half precision."""
    assert set(read.modules) == set(style.modules)
    return [
        name
        for name, layer in style.modules.items()
        if not torch.allclose(read.modules[name].delta(), layer.delta(), rtol=1e-2, atol=2e-2)
    ]


@pytest.mark.parametrize("conv", [(4, 2.0), (3, 1.5), (4, 1.0), (3, 3.0), (8, 1.0)])
@pytest.mark.parametrize("layers", list(Layers))
def test_every_layer_is_found_with_its_values(
    tiny_base: LoadedBase, tmp_path: Path, layers: Layers, conv: tuple[int, float]
) -> None:
    style = made(tiny_base, layers=layers, conv_rank=conv[0], conv_alpha=conv[1])
    write_style(tmp_path / "s.safetensors", style, tiny_base.layout, {})
    read = read_in_diffusers(tmp_path / "s.safetensors", tiny_base.unet.model.config)
    assert wrong(read, style) == []
    ours = read_style(tmp_path / "s.safetensors", tiny_base.names)
    assert wrong(ours, style) == []


@pytest.mark.filterwarnings("ignore:The following alpha_pattern keys:RuntimeWarning")
def test_alphas_that_diffusers_mixes_up_are_noticed(tiny_base: LoadedBase, tmp_path: Path) -> None:
    modules = dict(made(tiny_base).modules)
    odd = next(name for name in modules if name.endswith("attn1.to_q"))
    modules[odd] = dataclasses.replace(modules[odd], alpha=0.5)
    style = Lora(modules=modules)
    write_style(tmp_path / "s.safetensors", style, tiny_base.layout, {})
    assert wrong(read_in_diffusers(tmp_path / "s.safetensors", config_of(tiny_base)), style) == []
    tensors = dict(kohya_tensors(style, tiny_base.layout))
    for name, layer in style.modules.items():
        flat = flat_name(name, tiny_base.layout)
        up = tensors[f"{flat}.lora_up.weight"]
        tensors[f"{flat}.lora_up.weight"] = (up.float() / layer.scale).half()
        tensors[f"{flat}.alpha"] = torch.tensor(layer.alpha)
    write_tensors(tmp_path / "s.safetensors", tensors, {})
    ours = read_style(tmp_path / "s.safetensors", tiny_base.names)
    assert wrong(ours, style) == []
    theirs = read_in_diffusers(tmp_path / "s.safetensors", config_of(tiny_base))
    assert wrong(theirs, style) == [odd]


def test_a_name_that_others_do_not_know_is_noticed(tiny_base: LoadedBase, tmp_path: Path) -> None:
    values = torch.zeros(2, 2)
    tensors = {f"lora_unet_nowhere.lora_{half}.weight": values for half in ("down", "up")}
    write_tensors(tmp_path / "s.safetensors", tensors, {})
    with pytest.raises(ValueError, match=r"."):
        read_in_diffusers(tmp_path / "s.safetensors", tiny_base.unet.model.config)


def test_the_end_of_a_training_asks_diffusers(
    tiny_base: LoadedBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.errors import JobFailed
    from engine.training import checkpoints

    # The loader itself always agrees with us, so that disagreement has to be played.
    monkeypatch.setattr(checkpoints, "read_in_diffusers", lambda path, config: Lora(modules={}))
    name = next(iter(tiny_base.slots.layout.members))
    width, out = tiny_base.slots.layout.members[name]
    layer = LoraModule(down=torch.ones(2, width), up=torch.ones(out, 2), alpha=2.0)
    style, recipe = Lora(modules={name: layer}), TrainRecipe(rank=2, alpha=2.0, steps=10)

    def saved(step: int) -> Lora:
        facts = checkpoints.style_facts(tiny_base, recipe, name="s", step=step, drawings=6)
        return checkpoints.save_style(tmp_path / "s.safetensors", style, tiny_base, facts)

    assert set(saved(5).modules) == {name}
    with pytest.raises(JobFailed, match=r"train\.read_back"):
        saved(10)
