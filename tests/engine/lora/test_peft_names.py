"""What is exported in diffusers' names changes every layer in diffusers itself as it does here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.base.loading import LoadedBase
from engine.lora.foreign.anatomy import read_anatomy
from engine.lora.foreign.converting import convert
from engine.lora.foreign.peft_names import write_in_peft_names
from engine.lora.tensors import read_style
from engine.lora.weights import Lora
from engine.lora.writing import write_style
from tests.engine.lora.foreign_files import kohya, spelled, write
from tests.engine.lora.test_foreign_names import pairs_of


def in_diffusers(base: Path, style: Path) -> dict[str, torch.Tensor]:
    """Load a file as people do, and ask peft what every layer's weight changes by."""
    from diffusers import StableDiffusionXLPipeline

    pipeline: Any = StableDiffusionXLPipeline.from_pretrained(base, dtype=torch.float32)
    pipeline.load_lora_weights(str(style.parent), weight_name=style.name, adapter_name="s")
    return {
        path: layer.get_delta_weight("s").detach().flatten(1)
        for path, layer in pipeline.unet.named_modules()
        if hasattr(layer, "lora_A")
    }


def check(base: LoadedBase, folder: Path, ours: Path, theirs: Path) -> int:
    found = in_diffusers(folder, theirs)
    wanted = read_style(ours, base.names).modules
    unet = {path: m for path, m in wanted.items() if not path.startswith("text_encoder")}
    assert set(found) == set(unet)
    for path, module in unet.items():
        error = (found[path] - module.delta()).norm() / module.delta().norm()
        assert error <= 1e-5, path
    return len(found)


@pytest.mark.parametrize("alpha", [4.0, 2.0, 3.3], ids=["one", "half", "odd"])
def test_a_style_of_ours_has_every_layer_at_its_strength(
    tiny_base: LoadedBase,
    tiny_base_folder: Path,
    tmp_path: Path,
    make_style: Callable[..., Lora],
    alpha: float,
) -> None:
    ours, theirs = tmp_path / "ours.safetensors", tmp_path / "theirs.safetensors"
    style = make_style(1, rank=4, alpha=alpha)
    write_style(ours, style, tiny_base.layout, {})
    layers = write_in_peft_names(ours, theirs, read_anatomy(tiny_base_folder))
    assert check(tiny_base, tiny_base_folder, ours, theirs) == layers == len(style.modules)


def test_mixed_ranks_alphas_and_convolutions_too(
    tiny_base: LoadedBase, tiny_base_folder: Path, tmp_path: Path
) -> None:
    anatomy = read_anatomy(tiny_base_folder)
    pairs = pairs_of(anatomy, texts=False, mixed=True)
    ours, theirs = tmp_path / "ours.safetensors", tmp_path / "theirs.safetensors"
    convert(write(tmp_path / "f.safetensors", spelled(pairs, kohya)), ours, anatomy, {})
    write_in_peft_names(ours, theirs, anatomy)
    assert check(tiny_base, tiny_base_folder, ours, theirs) == len(pairs)


def test_it_comes_back_as_it_went(
    tiny_base: LoadedBase, tiny_base_folder: Path, tmp_path: Path
) -> None:
    anatomy = read_anatomy(tiny_base_folder)
    ours, theirs = tmp_path / "ours.safetensors", tmp_path / "theirs.safetensors"
    back, source = tmp_path / "back.safetensors", tmp_path / "f.safetensors"
    convert(write(source, spelled(pairs_of(anatomy, mixed=True), kohya)), ours, anatomy, {})
    write_in_peft_names(ours, theirs, anatomy)
    convert(theirs, back, anatomy, {})
    first, second = (read_style(path, tiny_base.names).modules for path in (ours, back))
    assert set(first) == set(second)
    for path, module in first.items():
        assert torch.equal(module.down, second[path].down)
        assert torch.equal(module.up, second[path].up)
        assert module.alpha == second[path].alpha
