"""Files in every spelling change every layer as their makers meant, once they are converted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.base.loading import LoadedBase
from engine.errors import JobFailed
from engine.lora.foreign.anatomy import Anatomy, LayerShape, read_anatomy, unet_layers
from engine.lora.foreign.converting import Converted, convert
from engine.lora.tensors import read_style
from tests.engine.lora.foreign_files import (
    SPELLINGS,
    Pair,
    is_text,
    kohya,
    peft,
    save_lora_weights,
    spelled,
    write,
)


@pytest.fixture(scope="module")
def anatomy(tiny_base_folder: Path) -> Anatomy:
    return read_anatomy(tiny_base_folder)


def pair_of(shape: LayerShape, seed: int, *, alpha: float | None, rank: int, cp: bool) -> Pair:
    values = np.random.default_rng(seed)

    def some(*sides: int) -> Any:
        return values.standard_normal(sides).astype(np.float32)

    if shape.kernel is None:
        return Pair(down=some(rank, shape.into), up=some(shape.out, rank), alpha=alpha)
    up = some(shape.out, rank, 1, 1)
    if cp and shape.kernel != (1, 1):
        down, middle = some(rank, shape.into, 1, 1), some(rank, rank, *shape.kernel)
        return Pair(down=down, up=up, alpha=alpha, middle=middle)
    return Pair(down=some(rank, shape.into, *shape.kernel), up=up, alpha=alpha)


def pairs_of(
    anatomy: Anatomy,
    *,
    texts: bool = True,
    convs: bool = True,
    cp: bool = False,
    mixed: bool = False,
    alpha: float | None = 1.5,
) -> dict[str, Pair]:
    """Fill every layer, or those that a spelling can name."""
    pairs: dict[str, Pair] = {}
    for number, (path, shape) in enumerate(anatomy.layers.items()):
        if (is_text(path) and not texts) or (shape.kernel is not None and not convs):
            continue
        rank = 1 + number % 5 if mixed else 3
        own = alpha if not mixed or alpha is None else alpha + number % 3
        pairs[path] = pair_of(shape, number, alpha=own, rank=rank, cp=cp)
    return pairs


def changes_of(base: LoadedBase, path: Path) -> dict[str, torch.Tensor]:
    return {name: m.delta() for name, m in read_style(path, base.names).modules.items()}


def check(base: LoadedBase, target: Path, pairs: dict[str, Pair]) -> None:
    found = changes_of(base, target)
    assert set(found) == set(pairs)
    for path, pair in pairs.items():
        wanted = torch.from_numpy(np.asarray(pair.change))
        error = (found[path] - wanted).norm() / wanted.norm()
        assert error <= 1e-5, path


def converted(anatomy: Anatomy, source: Path, **more: Any) -> tuple[Path, Converted]:
    target = source.with_name("ours.safetensors")
    return target, convert(source, target, anatomy, {}, **more)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_understood(
    tiny_base: LoadedBase, anatomy: Anatomy, tmp_path: Path, spelling: str
) -> None:
    name, texts = SPELLINGS[spelling]
    pairs = pairs_of(anatomy, texts=texts)
    if spelling == "one-text-encoder":
        pairs = {path: pair for path, pair in pairs.items() if "encoder_2" not in path}
    source = write(tmp_path / "theirs.safetensors", spelled(pairs, name))
    target, told = converted(anatomy, source)
    assert told.layers == len(pairs)
    assert told.text_layers == sum(map(is_text, pairs))
    check(tiny_base, target, pairs)


@pytest.mark.parametrize("alpha", [None, 2.0], ids=["no-alpha", "alpha"])
@pytest.mark.parametrize("mixed", [False, True], ids=["one-rank", "mixed-ranks"])
def test_ranks_alphas_and_middles_are_kept(
    tiny_base: LoadedBase, anatomy: Anatomy, tmp_path: Path, alpha: float | None, mixed: bool
) -> None:
    pairs = pairs_of(anatomy, cp=True, mixed=mixed, alpha=alpha)
    source = write(tmp_path / "theirs.safetensors", spelled(pairs, kohya))
    target, told = converted(anatomy, source)
    assert told.rank == (5 if mixed else 3)
    check(tiny_base, target, pairs)


def test_text_encoders_may_have_query_key_and_value_alone(
    tiny_base: LoadedBase, anatomy: Anatomy, tmp_path: Path
) -> None:
    ends = ("q_proj", "k_proj", "v_proj")
    pairs = {path: pair for path, pair in pairs_of(anatomy).items() if path.endswith(ends)}
    assert len(pairs) == 12
    source = write(tmp_path / "theirs.safetensors", spelled(pairs, save_lora_weights))
    check(tiny_base, converted(anatomy, source)[0], pairs)


@pytest.mark.parametrize("kind", ["float16", "bfloat16"])
def test_numbers_stay_the_same_bits(anatomy: Anatomy, tmp_path: Path, kind: str) -> None:
    pairs = pairs_of(anatomy, texts=False, convs=False)
    tensors: dict[str, Any] = spelled(pairs, peft)
    for name, values in tensors.items():
        half = torch.from_numpy(np.asarray(values)).to(getattr(torch, kind))
        bits = half.view(torch.int16).numpy().view(np.uint16)
        tensors[name] = bits if kind == "bfloat16" else bits.view(np.float16)
    target, _ = converted(anatomy, write(tmp_path / "theirs.safetensors", tensors))
    from safetensors.torch import load_file

    ours = load_file(target)
    for path in pairs:
        for part in ("lora_down.weight", "lora_up.weight"):
            bits = ours[kohya(path, part)].view(torch.int16).numpy().view(np.uint16)
            assert np.array_equal(bits, tensors[peft(path, part)].view(np.uint16))


def test_the_layers_of_sdxl_itself_are_known() -> None:
    """722 linear layers in transformers, 794 with everything else; by the figures of its paper."""
    config = {
        "in_channels": 4,
        "out_channels": 4,
        "block_out_channels": [320, 640, 1280],
        "layers_per_block": 2,
        "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
        "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
        "transformer_layers_per_block": [1, 2, 10],
        "cross_attention_dim": 2048,
        "use_linear_projection": True,
        "addition_embed_type": "text_time",
        "projection_class_embeddings_input_dim": 2816,
    }
    layers = dict(unet_layers(config))
    assert len(layers) == 794
    assert sum(("attentions" in path) for path in layers) == 722
    from accelerate import init_empty_weights
    from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

    heads: Any = {"attention_head_dim": [5, 10, 20], "addition_time_embed_dim": 256}
    with init_empty_weights():
        unet = UNet2DConditionModel(**config, **heads)
    for path, layer in unet.named_modules():
        if isinstance(layer, torch.nn.Linear | torch.nn.Conv2d):
            shape = layers.pop(path)
            assert tuple(layer.weight.shape) == (shape.out, shape.into, *(shape.kernel or ()))
    assert layers == {}


# --- peft and diffusers themselves --------------------------------------------------------------


@pytest.mark.parametrize("stabilized", [False, True], ids=["plain", "rank-stabilized"])
@pytest.mark.parametrize("by", ["peft", "diffusers"])
def test_files_of_peft_and_diffusers_merge_as_they_do_there(
    tiny_base: LoadedBase,
    tiny_base_folder: Path,
    anatomy: Anatomy,
    tmp_path: Path,
    by: str,
    stabilized: bool,
) -> None:
    from diffusers import StableDiffusionXLPipeline
    from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
    from peft import LoraConfig, get_peft_model, get_peft_model_state_dict

    own = UNet2DConditionModel.from_pretrained(tiny_base_folder / "unet", torch_dtype=torch.float32)
    config = LoraConfig(
        r=4,
        lora_alpha=2,
        use_rslora=stabilized,
        init_lora_weights="gaussian",
        target_modules=["to_q", "to_k", "to_v", "to_out.0", "conv1", "proj_in"],
        alpha_pattern={"mid_block.attentions.0.proj_in": 7},
    )
    model: Any = get_peft_model(own, config)  # pyright: ignore[reportArgumentType] - any module
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                weight.copy_(torch.randn(weight.shape, generator=generator))
    folder, beside = tmp_path / "theirs", ""
    if by == "peft":
        model.save_pretrained(folder)
        source = folder / "adapter_model.safetensors"
        beside = (folder / "adapter_config.json").read_text()
    else:
        weights = get_peft_model_state_dict(model)
        plain: Any = {
            name.removeprefix("base_model.model."): value for name, value in weights.items()
        }
        StableDiffusionXLPipeline.save_lora_weights(
            folder, unet_lora_layers=plain, unet_lora_adapter_metadata=config.to_dict()
        )
        source = folder / "pytorch_lora_weights.safetensors"
    target, _ = converted(anatomy, source, peft_config=beside)
    found = changes_of(tiny_base, target)
    layers = {
        path.removeprefix("base_model.model."): layer
        for path, layer in model.named_modules()
        if hasattr(layer, "lora_A")
    }
    assert set(found) == set(layers)
    for path, layer in layers.items():
        wanted = layer.get_delta_weight("default").flatten(1)
        assert (found[path] - wanted).norm() / wanted.norm() <= 1e-5, path


def test_a_pattern_that_is_more_than_a_name_is_never_run(anatomy: Anatomy, tmp_path: Path) -> None:
    told = {"unet.lora_alpha": 2, "unet.alpha_pattern": {"(a+)+$": 1}}
    pairs = pairs_of(anatomy, texts=False, convs=False, alpha=None)
    source = write(
        tmp_path / "theirs.safetensors",
        spelled(pairs, save_lora_weights),
        {"lora_adapter_metadata": json.dumps(told)},
    )
    with pytest.raises(JobFailed, match=r"lora\.peft_config"):
        converted(anatomy, source)
