"""Names follow the numbering that ComfyUI, kohya and diffusers read."""

# diffusers, peft and transformers export lazily and annotate loosely.
# pyright: reportPrivateImportUsage=false, reportArgumentType=false

from __future__ import annotations

import re

import pytest

from engine.lora.names import flat_name, flat_names, is_target, layout_of, sgm_name

SDXL = {
    "sample_size": 128,
    "block_out_channels": (320, 640, 1280),
    "layers_per_block": 2,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "transformer_layers_per_block": (1, 2, 10),
    "attention_head_dim": (5, 10, 20),
    "cross_attention_dim": 2048,
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}
LAYOUT = layout_of(SDXL)


@pytest.fixture(scope="module")
def sdxl_modules() -> dict[str, str]:
    """Every leaf module of SDXL 1.0's U-Net: path → class name."""
    import torch
    from diffusers import UNet2DConditionModel

    with torch.device("meta"):
        unet = UNet2DConditionModel(**SDXL)
    leaves = {name: m for name, m in unet.named_modules() if not list(m.children())}
    return {name: type(m).__name__ for name, m in leaves.items()}


def walk_sgm() -> list[tuple[str, str]]:
    """Number SDXL's blocks by walking them, as sgm's constructor does; no formula.

    (diffusers prefix, sgm prefix) for every attention, residual block and resampler.
    """
    pairs = []
    number = 1
    for block, has_attention in enumerate((False, True, True)):
        for layer in range(2):
            pairs.append((f"down_blocks.{block}.resnets.{layer}", f"input_blocks.{number}.0"))
            if has_attention:
                pairs.append(
                    (f"down_blocks.{block}.attentions.{layer}", f"input_blocks.{number}.1")
                )
            number += 1
        if block < 2:
            pairs.append((f"down_blocks.{block}.downsamplers.0", f"input_blocks.{number}.0"))
            number += 1
    pairs += [
        ("mid_block.resnets.0", "middle_block.0"),
        ("mid_block.attentions.0", "middle_block.1"),
    ]
    pairs += [("mid_block.resnets.1", "middle_block.2")]
    number = 0
    for block, has_attention in enumerate((True, True, False)):
        for layer in range(3):
            inside = 1
            pairs.append((f"up_blocks.{block}.resnets.{layer}", f"output_blocks.{number}.0"))
            if has_attention:
                pairs.append((f"up_blocks.{block}.attentions.{layer}", f"output_blocks.{number}.1"))
                inside = 2
            if layer == 2 and block < 2:
                pairs.append(
                    (f"up_blocks.{block}.upsamplers.0", f"output_blocks.{number}.{inside}")
                )
            number += 1
    return pairs


def test_sdxl_has_722_adapted_linears_560_of_them_attention(sdxl_modules: dict[str, str]) -> None:
    adapted = [name for name in sdxl_modules if is_target(name)]
    assert {sdxl_modules[name] for name in adapted} == {"Linear"}
    assert len(adapted) == 722
    assert len([name for name in adapted if re.search(r"attn[12]\.to_", name)]) == 560


def test_adapted_modules_have_the_names_of_the_walk(sdxl_modules: dict[str, str]) -> None:
    walked = dict(walk_sgm())
    for flat, module in flat_names(filter(is_target, sdxl_modules), LAYOUT).items():
        prefix = next(p for p in walked if module.startswith(f"{p}."))
        dotted = walked[prefix] + module.removeprefix(prefix)
        assert flat == "lora_unet_" + dotted.replace(".", "_")


def test_no_two_modules_share_a_name(sdxl_modules: dict[str, str]) -> None:
    assert len(flat_names(filter(is_target, sdxl_modules), LAYOUT)) == 722
    assert len({sgm_name(name, LAYOUT) for name in weighted(sdxl_modules)}) == len(
        weighted(sdxl_modules)
    )


def weighted(modules: dict[str, str]) -> list[str]:
    """Leaf modules with weights of their own."""
    return [
        n for n, kind in modules.items() if kind in {"Linear", "Conv2d", "GroupNorm", "LayerNorm"}
    ]


@pytest.mark.parametrize(
    ("module", "sgm"),
    [
        ("conv_in", "input_blocks.0.0"),
        ("conv_out", "out.2"),
        ("time_embedding.linear_2", "time_embed.2"),
        ("add_embedding.linear_1", "label_emb.0.0"),
        ("down_blocks.0.resnets.1.conv2", "input_blocks.2.0.out_layers.3"),
        ("down_blocks.0.downsamplers.0.conv", "input_blocks.3.0.op"),
        ("down_blocks.1.resnets.0.conv_shortcut", "input_blocks.4.0.skip_connection"),
        (
            "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q",
            "input_blocks.4.1.transformer_blocks.0.attn1.to_q",
        ),
        ("mid_block.attentions.0.proj_in", "middle_block.1.proj_in"),
        ("mid_block.resnets.1.time_emb_proj", "middle_block.2.emb_layers.1"),
        ("up_blocks.0.upsamplers.0.conv", "output_blocks.2.2.conv"),
        ("up_blocks.1.upsamplers.0.conv", "output_blocks.5.2.conv"),
        (
            "up_blocks.1.attentions.2.transformer_blocks.1.ff.net.0.proj",
            "output_blocks.5.1.transformer_blocks.1.ff.net.0.proj",
        ),
        ("up_blocks.2.resnets.2.norm1", "output_blocks.8.0.in_layers.0"),
    ],
)
def test_known_names(module: str, sgm: str) -> None:
    assert sgm_name(module, LAYOUT) == sgm


def test_the_flat_name_is_kohyas() -> None:
    module = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_out.0"
    flat = "lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_out_0"
    assert flat_name(module, LAYOUT) == flat


@pytest.mark.parametrize(
    "module", ["encoder.layers.0", "down_blocks.0.resnets.0", "mid_block.x.0.y"]
)
def test_other_paths_are_key_errors(module: str) -> None:
    with pytest.raises(KeyError):
        sgm_name(module, LAYOUT)


def test_a_layout_without_one_number_of_layers_is_refused() -> None:
    with pytest.raises(ValueError, match="layers_per_block"):
        layout_of(SDXL | {"layers_per_block": (1, 2, 2)})
