"""Write the base into `data/assets/builtin` as a diffusers folder in half precision."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any, Final

from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl import (
    StableDiffusionXLPipeline,
)
from safetensors.torch import load_file

from engine.builtin.budget import load_state
from engine.builtin.codec import load_codec
from engine.builtin.denoiser import load_base
from engine.builtin.model import Base, new_base, new_scheduler
from engine.builtin.vocabulary import all_tags
from engine.builtin.words import known_words, write_vocabulary

log = logging.getLogger(__name__)

README: Final = """# The built-in base

A toy text-to-image model in Stable Diffusion XL's own layout (U-Net, two CLIP text encoders, 8x
VAE), made for this project: 128x128 pixels, a few hundred words (`words.json`), weights in float16.

It was trained from nothing, only on drawings that the project's own generator draws
(`engine/builtin/`), so it contains no picture of any person or artist. `make builtin` makes it
again. It is there so that everything can be tried and tested without a download and without a
GPU; real pictures need an SDXL or Pony checkpoint.

Licence: MIT, like the rest of the project.
"""


def _scaling_factor(state: Path) -> float:
    cached = load_state(state / "latents.pt")
    return 1.0 if cached is None else round(float(cached["scale"]), 5)


def write_base(state: Path, assets: Path) -> Path:
    """Write the newest weights, and random ones where nothing was trained yet."""
    codec, base = load_codec(state), load_base(state)
    codec.register_to_config(scaling_factor=_scaling_factor(state))
    one, two = base.text.tokenizers
    parts: dict[str, Any] = {
        "vae": codec.half(),
        "text_encoder": base.text.first.half(),
        "text_encoder_2": base.text.second.half(),
        "tokenizer": one,
        "tokenizer_2": two,
        "unet": base.unet.half(),
        "scheduler": new_scheduler(),
        "force_zeros_for_empty_prompt": False,
        "add_watermarker": False,
    }
    part, folder = assets / "builtin.part", assets / "builtin"
    shutil.rmtree(part, ignore_errors=True)
    StableDiffusionXLPipeline(**parts).save_pretrained(part, safe_serialization=True)
    for name in ("tokenizer", "tokenizer_2"):
        write_vocabulary(part / name)
    words = {"tags": list(all_tags()), "words": list(known_words())}
    (part / "words.json").write_text(json.dumps(words, indent=1) + "\n", encoding="utf-8")
    (part / "README.md").write_text(README, encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    log.info("wrote %s, %.1f MB", folder, size / 1e6)
    return folder


def shipped_codec(assets: Path) -> AutoencoderKL:
    """Read the shipped VAE, to train it on."""
    return AutoencoderKL.from_pretrained(assets / "builtin" / "vae").float().train()


def shipped_base(assets: Path) -> Base:
    """Read the shipped U-Net and text encoders, to train them on."""
    base, folder = new_base(), assets / "builtin"
    for part, name in (
        (base.unet, "unet"),
        (base.text.first, "text_encoder"),
        (base.text.second, "text_encoder_2"),
    ):
        (weights,) = (folder / name).glob("*.safetensors")
        part.load_state_dict(load_file(weights), strict=True)
    return base
