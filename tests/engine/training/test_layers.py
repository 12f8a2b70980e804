"""Which layers a recipe trains, and that every number finds its layer."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from engine.base.loading import LoadedBase
from engine.errors import JobFailed
from engine.lora.tensors import read_style
from engine.lora.writing import write_style
from engine.training.dataset import TrainingSet
from engine.training.layers import TrainedLayers
from engine.training.loop import Training
from engine.training.recipe import Layers, TrainRecipe

RECIPE = TrainRecipe(rank=2, alpha=1.0, conv_rank=3, conv_alpha=6.0)


def layers(base: LoadedBase, kind: Layers) -> TrainedLayers:
    return TrainedLayers(base.unet, dataclasses.replace(RECIPE, layers=kind))


def trained(base: LoadedBase, data: TrainingSet, recipe: TrainRecipe, kind: Layers) -> Training:
    training = Training(base, data, dataclasses.replace(recipe, layers=kind, steps=3))
    while not training.done:
        training.step()
    return training


def test_the_linears_are_all_that_files_of_ours_change(tiny_base: LoadedBase) -> None:
    made = layers(tiny_base, Layers.LINEARS)
    assert set(made.unpack(torch.zeros(made.size)).modules) == set(tiny_base.slots.layout.members)


def test_a_style_block_is_one_transformer(tiny_base: LoadedBase) -> None:
    every = {name for group in tiny_base.unet.groups for name in group.members}
    block = {name for name in every if name.startswith("up_blocks.0.attentions.1.")}
    made = layers(tiny_base, Layers.STYLE_BLOCK)
    assert set(made.unpack(torch.zeros(made.size)).modules) == block != set()


def test_a_locon_has_residual_blocks_and_samplers_with_their_own_ranks(
    tiny_base: LoadedBase,
) -> None:
    made = layers(tiny_base, Layers.CONVOLUTIONS)
    modules = made.unpack(torch.zeros(made.size)).modules
    linears = set(tiny_base.slots.layout.members)
    added = set(modules) - linears
    model = tiny_base.unet.model
    # Counted from the U-Net itself: sd-scripts takes every layer of these kinds of blocks.
    wanted = {
        f"{path}.{inner}"
        for path, block in model.named_modules()
        if type(block).__name__ in {"ResnetBlock2D", "Downsample2D", "Upsample2D"}
        for inner, layer in block.named_modules()
        if isinstance(layer, (torch.nn.Conv2d, torch.nn.Linear))
    }
    assert added == wanted
    assert linears <= set(modules)
    wide = modules["down_blocks.0.resnets.0.conv1"]
    assert (wide.rank, wide.alpha, wide.kernel) == (3, 6.0, (3, 3))
    linear = modules["down_blocks.0.resnets.0.time_emb_proj"]
    assert (linear.rank, linear.alpha, linear.kernel) == (2, 1.0, None)


def test_a_unet_without_such_layers_is_refused(
    tiny_base: LoadedBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every SDXL layout has the block, so its name has to be another.
    monkeypatch.setattr("engine.training.layers._STYLE_BLOCK", "nowhere.")
    with pytest.raises(JobFailed, match=r"recipe\.no_layers"):
        layers(tiny_base, Layers.STYLE_BLOCK)


@pytest.mark.parametrize("kind", list(Layers))
def test_a_saved_file_draws_as_the_training_does(
    tiny_base: LoadedBase, data: TrainingSet, recipe: TrainRecipe, tmp_path: Path, kind: Layers
) -> None:
    training = trained(tiny_base, data, recipe, kind)
    write_style(tmp_path / "s", training.lora, tiny_base.layout, {})
    read = read_style(tmp_path / "s", tiny_base.names)
    assert set(read.modules) == set(training.lora.modules)
    own = training.layers.changes(training.scaled()[None])
    moved = [change for change in own if change is not None and bool(change.up.any())]
    assert len(moved) > len([change for change in own if change is not None]) // 2
    lesson = training.lesson().parts[0]
    from engine.lora.styles import packed
    from engine.training.lesson import row_losses

    style = packed(read, str(kind), tiny_base)
    rows = [((style, 1.0),)] * len(lesson.latents)
    with torch.no_grad():
        with tiny_base.unet.using(own):
            ours = row_losses(tiny_base, [lesson])
        with tiny_base.unet.using(tiny_base.slots.rows(rows)):
            files = row_losses(tiny_base, [lesson])
        with tiny_base.unet.using(()):
            bare = row_losses(tiny_base, [lesson])
    # The file holds half precision, 11 bits: a small part of what the style changes.
    assert float((ours - files).norm()) < 0.01 * float((ours - bare).norm())


def test_gradients_of_convolutions_are_autograds(
    tiny_base: LoadedBase, data: TrainingSet, recipe: TrainRecipe
) -> None:
    """Compare with whole weights W + B·A in a plain convolution, which autograd knows."""
    training = trained(tiny_base, data, recipe, Layers.CONVOLUTIONS)
    name = "down_blocks.0.resnets.0.conv1"
    layer, module = training.lora.modules[name], tiny_base.unet.model.get_submodule(name)
    assert isinstance(module, torch.nn.Conv2d)
    x = torch.randn(2, module.in_channels, 5, 5)
    down, up = layer.down.clone().requires_grad_(), layer.up.clone().requires_grad_()
    whole = module.weight + layer.scale * (up @ down).reshape(module.weight.shape)
    torch.nn.functional.conv2d(x, whole, module.bias, padding=1).square().sum().backward()

    from engine.unet.product import Change

    grads = torch.zeros(1, *layer.down.shape), torch.zeros(1, *layer.up.t().shape)
    change = Change(down=layer.down[None], up=layer.scale * layer.up.t()[None], grads=grads)
    [place] = [n for n, g in enumerate(tiny_base.unet.others) if g.name == name]
    set_here = [None] * (len(tiny_base.unet.groups) + place) + [change]
    with tiny_base.unet.using(set_here):
        module(x).square().sum().backward()
    assert down.grad is not None
    assert up.grad is not None
    torch.testing.assert_close(grads[0][0], down.grad, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(layer.scale * grads[1][0].t(), up.grad, rtol=1e-4, atol=1e-4)
