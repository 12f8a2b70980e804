"""A tiny random base in SDXL's own layout, as a folder."""

# diffusers, peft and transformers export lazily and annotate loosely.
# pyright: reportPrivateImportUsage=false, reportArgumentType=false

from __future__ import annotations

import json
from pathlib import Path

_TEXT = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "max_position_embeddings": 77,
    "projection_dim": 16,
}


def write_tokenizer(folder: Path, *, pad: str) -> int:
    """Write a byte-level CLIP tokenizer with a few merges; return its number of tokens."""
    folder.mkdir(parents=True)
    letters = [chr(code) for code in range(33, 127)]
    merges = ["c a", "ca t</w>", "h a", "r e", "re d</w>", "f o", "fo x</w>"]
    tokens = letters + [f"{letter}</w>" for letter in letters]
    tokens += [merge.replace(" ", "") for merge in merges]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
    config = {
        "tokenizer_class": "CLIPTokenizer",
        "model_max_length": 77,
        "bos_token": "<|startoftext|>",
        "eos_token": "<|endoftext|>",
        "unk_token": "<|endoftext|>",
        "pad_token": pad,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return len(tokens)


def write_tiny_base(folder: Path, *, seed: int = 0) -> None:
    """Save the tiny base as a diffusers folder in half precision, as real ones are shipped."""
    import torch
    from diffusers import AutoencoderKL, EulerDiscreteScheduler, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    tokens = write_tokenizer(folder / "tokenizer", pad="<|endoftext|>")
    write_tokenizer(folder / "tokenizer_2", pad="!")
    end = {"bos_token_id": tokens - 2, "eos_token_id": tokens - 1, "pad_token_id": tokens - 1}
    text = CLIPTextConfig(vocab_size=tokens, **_TEXT, **end)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        parts = {
            "text_encoder": CLIPTextModel(text),
            "text_encoder_2": CLIPTextModelWithProjection(text),
            "unet": UNet2DConditionModel(
                sample_size=8,
                block_out_channels=(16, 32, 32),
                layers_per_block=2,
                down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
                up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
                transformer_layers_per_block=(1, 1, 2),
                attention_head_dim=(2, 4, 4),
                cross_attention_dim=32,
                use_linear_projection=True,
                addition_embed_type="text_time",
                addition_time_embed_dim=8,
                projection_class_embeddings_input_dim=16 + 6 * 8,
                norm_num_groups=8,
            ),
            "vae": AutoencoderKL(
                block_out_channels=(8, 8, 8, 8),
                down_block_types=("DownEncoderBlock2D",) * 4,
                up_block_types=("UpDecoderBlock2D",) * 4,
                latent_channels=4,
                norm_num_groups=4,
                sample_size=64,
                layers_per_block=1,
                scaling_factor=0.5,
                force_upcast=False,
            ),
        }
    for name, part in parts.items():
        part.half().save_pretrained(folder / name)
    scheduler = EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1
    )
    scheduler.save_pretrained(folder / "scheduler")
    _write_index(folder)


def _write_index(folder: Path) -> None:
    index = {
        "_class_name": "StableDiffusionXLPipeline",
        "force_zeros_for_empty_prompt": False,
        "scheduler": ["diffusers", "EulerDiscreteScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "tokenizer_2": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
        "feature_extractor": [None, None],
        "image_encoder": [None, None],
    }
    (folder / "model_index.json").write_text(json.dumps(index))
