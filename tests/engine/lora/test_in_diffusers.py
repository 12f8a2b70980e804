"""diffusers' loader finds every layer of a file of ours, with the same values."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.base.loading import LoadedBase
from engine.lora.in_diffusers import read_in_diffusers
from engine.lora.weights import Lora, LoraModule
from engine.lora.writing import write_style, write_tensors
from engine.training.layers import TrainedLayers
from engine.training.recipe import Layers, TrainRecipe


@pytest.mark.parametrize("layers", list(Layers))
def test_every_layer_is_found_with_its_values(
    tiny_base: LoadedBase, tmp_path: Path, layers: Layers
) -> None:
    recipe = TrainRecipe(layers=layers, rank=4, alpha=2.0, conv_rank=3, conv_alpha=1.5)
    trained = TrainedLayers(tiny_base.unet, recipe)
    style = trained.unpack(torch.randn(trained.size) * trained.mask())
    write_style(tmp_path / "s.safetensors", style, tiny_base.layout, {})
    read = read_in_diffusers(tmp_path / "s.safetensors", tiny_base.unet.model.config)
    assert set(read.modules) == set(style.modules)
    for name, layer in style.modules.items():
        found = read.modules[name]
        assert found.alpha == layer.alpha
        assert torch.equal(found.down, layer.down.half().float())
        assert torch.equal(found.up, layer.up.half().float())


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
