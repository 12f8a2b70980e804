"""Draw with the base as it stands, to look at it while it is trained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from PIL import Image

from engine.builtin.captions import ladder
from engine.builtin.codec import decode
from engine.builtin.model import TIME_IDS, Base, new_scheduler

BY_TAG: Final = (
    "1girl, portrait, red hair, long hair, green eyes, smile, blue shirt, white background",
    "1girl, full body, blonde hair, twintails, red dress, grass",
    "1girl, upper body, black hair, short hair, glasses, green sweater, indoors",
    "1girl, chibi, pink hair, ponytail, blue coat, red hat, snow",
    "1boy, full body, brown hair, short hair, green coat, city",
    "1boy, portrait, blue hair, short hair, frown, red sweater, night sky",
    "1boy, upper body, white hair, yellow scarf, black coat, waving, beach",
    "furry, 1girl, upper body, orange fur, purple dress, forest",
    "furry, 1boy, full body, blue fur, red shirt, brown pants, mountains",
    "pony, full body, pink fur, purple mane, grass",
    "pony, portrait, blue fur, orange mane, horn, blue sky",
    "cat, orange fur, white background",
    "cat, black fur, indoors",
    "dog, brown fur, grass",
    "bird, blue feathers, sunset",
    "fish, orange scales, underwater",
    "house, red roof, blue sky",
    "house, blue roof, snow",
    "tree, green leaves, mountains",
    "tree, pink leaves, night sky",
    "flower, yellow petals, simple background, purple background",
    "still life, blue cup, indoors",
    "landscape, yellow field, sunset",
    "boat, red sail, beach",
    "mushroom, red cap, forest",
)
BY_SCORE: Final = (BY_TAG[1], BY_TAG[5], BY_TAG[9], BY_TAG[11])


@torch.inference_mode()
def generate(
    base: Base,
    codec: AutoencoderKL,
    scale: float,
    prompts: list[str],
    *,
    seed: int,
    steps: int = 20,
    guidance: float = 4.0,
) -> list[Image.Image]:
    """Denoise one picture per prompt with Euler steps, all in one batch."""
    scheduler: Any = new_scheduler()
    scheduler.set_timesteps(steps)
    generator = torch.Generator().manual_seed(seed)
    latents = (
        torch.randn((len(prompts), 4, 16, 16), generator=generator) * scheduler.init_noise_sigma
    )
    states, pooled = base.text(base.text.tokenize([""] * len(prompts) + prompts))
    conditions = {"text_embeds": pooled, "time_ids": TIME_IDS.expand(len(pooled), -1)}
    for timestep in scheduler.timesteps:
        scaled = scheduler.scale_model_input(torch.cat([latents, latents]), timestep)
        guess = base.unet(scaled, timestep, states, added_cond_kwargs=conditions).sample
        without, with_text = guess.chunk(2)
        latents = scheduler.step(
            without + guidance * (with_text - without), timestep, latents
        ).prev_sample
    return [_to_image(decode(codec, latent[None] / scale)[0]) for latent in latents]


def _to_image(pixels: torch.Tensor) -> Image.Image:
    values = ((pixels.clamp(-1, 1) + 1) * 127.5).round().byte()
    return Image.fromarray(np.ascontiguousarray(values.permute(1, 2, 0).numpy()))


def preview_sheets(
    base: Base, codec: AutoencoderKL, scale: float
) -> Iterator[tuple[str, list[Image.Image], list[str], int]]:
    """Yield a name, pictures, labels and the number of columns for each sheet."""
    tagged = [prompt for prompt in BY_TAG for _ in range(4)]
    prompts = [f"{ladder(9)}, {prompt}" for prompt in tagged]
    yield "tags", generate(base, codec, scale, prompts, seed=1), tagged, 8
    scored: list[Image.Image] = []
    for prompt in BY_SCORE:
        for score in range(9, 3, -1):
            scored += generate(base, codec, scale, [f"{ladder(score)}, {prompt}"], seed=5)
    labels = [f"score {score}" for _ in BY_SCORE for score in range(9, 3, -1)]
    yield "scores", scored, labels, 6
    yield "bare", generate(base, codec, scale, ["1girl", "1boy", "pony", "cat"] * 4, seed=9), [], 8
