"""Draw latents from recipes: the denoising loop over a base's parts, one step per `next()`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import torch
from torch import Tensor

from engine.base.encoding import stacked
from engine.base.loading import LoadedBase
from engine.errors import JobFailed
from engine.lora.weights import Lora
from engine.pictures.recipe import RULES, Recipe
from engine.sampling.guidance import Conditioning, Guided
from engine.sampling.noise import StepNoises, start_noise, step_seed
from engine.sampling.samplers import SAMPLERS, Step
from engine.sampling.sigmas import SCHEDULES, start_scale

#: Pixels in one batch: four pictures of 512², one of 1024², or eight of the built-in base's.
_BATCH_PIXELS: Final = 1024 * 1024
_BATCH_ROWS: Final = 8
_MOST_STEPS: Final = 200

Stack = Sequence[tuple[Lora, float]]


def check_recipe(recipe: Recipe, base: LoadedBase) -> None:
    """Raise JobFailed with a `draw.*` key for a recipe that this base cannot draw."""
    multiple = base.pixels_per_latent
    if recipe.sampler not in SAMPLERS:
        raise JobFailed("draw.unknown_sampler", sampler=recipe.sampler)
    if recipe.schedule not in SCHEDULES:
        raise JobFailed("draw.unknown_schedule", schedule=recipe.schedule)
    width, height = recipe.width, recipe.height
    if min(width, height) < multiple or width % multiple or height % multiple:
        raise JobFailed("draw.bad_size", width=width, height=height, multiple=multiple)
    if not 1 <= recipe.steps <= _MOST_STEPS:
        raise JobFailed("draw.bad_steps", steps=recipe.steps, most=_MOST_STEPS)
    if not 1 <= recipe.rules <= RULES:
        raise JobFailed("draw.other_rules", rules=recipe.rules, known=RULES)
    if recipe.base_sha256 not in {"", base.sha256}:
        raise JobFailed("draw.other_base", base=recipe.base)


def batches(recipes: Sequence[Recipe]) -> list[list[int]]:
    """Group recipes by what one loop can draw together, in order; numbers into `recipes`."""
    groups: dict[tuple[object, ...], list[list[int]]] = {}
    for number, recipe in enumerate(recipes):
        steps = (recipe.sampler, recipe.schedule, recipe.steps)
        key = (recipe.width, recipe.height, *steps, recipe.adapters)
        most = max(1, min(_BATCH_ROWS, _BATCH_PIXELS // (recipe.width * recipe.height)))
        made = groups.setdefault(key, [[]])
        if len(made[-1]) == most:
            made.append([])
        made[-1].append(number)
    return sorted((batch for made in groups.values() for batch in made), key=lambda batch: batch[0])


def paint(base: LoadedBase, recipes: Sequence[Recipe], stack: Stack) -> Iterator[Step]:
    """Denoise one of `batches`' groups; the last step's `x` holds the latents, (B, C, h, w).

    `stack` is laid over the base only while the U-Net runs, so other work may interleave.
    """
    first, seeds = recipes[0], [recipe.seed for recipe in recipes]
    sigmas = SCHEDULES[first.schedule](base.levels, first.steps).to(base.device)
    side = base.pixels_per_latent
    shape = (base.latent_channels, first.height // side, first.width // side)
    x = start_noise(seeds, shape).to(base.device) * start_scale(base.levels, float(sigmas[0]))
    kind = base.device.type
    fresh = [step_seed(recipe.seed, rules=recipe.rules, device=kind) for recipe in recipes]
    noise = StepNoises(fresh, shape, device=kind)
    return SAMPLERS[first.sampler](_denoiser(base, recipes, stack), x, sigmas, noise)


def condition(base: LoadedBase, prompts: Sequence[str], size: tuple[int, int]) -> Conditioning:
    """Encode prompts for pictures of this (width, height): not resized, not cropped."""
    text, pooled = stacked([base.text.encode(prompt) for prompt in prompts])
    return Conditioning(text=text, pooled=pooled, size=size_rows(base, len(prompts), size))


def size_rows(base: LoadedBase, rows: int, size: tuple[int, int]) -> Tensor:
    """SDXL's size conditioning, (rows, 6): original size, crop and target, heights first."""
    width, height = size
    row = [height, width, 0, 0, height, width]
    return torch.tensor([row] * rows, dtype=torch.float32, device=base.device)


def predict_noise(
    base: LoadedBase, stack: Stack, latents: Tensor, timesteps: Tensor, c: Conditioning
) -> Tensor:
    """Run the U-Net with styles laid over it; float32 out."""
    kind = base.unet.dtype
    with base.adapters.using(stack):
        out = base.unet(
            latents.to(kind),
            timesteps,
            encoder_hidden_states=c.text.to(kind),
            added_cond_kwargs={"text_embeds": c.pooled.to(kind), "time_ids": c.size},
            return_dict=False,
        )
    return out[0].float()


def _denoiser(base: LoadedBase, recipes: Sequence[Recipe], stack: Stack) -> Guided:
    def predict(latents: Tensor, timesteps: Tensor, c: Conditioning) -> Tensor:
        with torch.no_grad():
            return predict_noise(base, stack, latents, timesteps, c)

    size = (recipes[0].width, recipes[0].height)
    texts = [r.positive for r in recipes] + [r.negative for r in recipes]
    both = condition(base, texts, size)
    wanted = torch.arange(len(texts), device=base.device) < len(recipes)
    return Guided(
        predict,
        levels=base.levels,
        positive=both.rows(wanted),
        negative=both.rows(~wanted),
        guidance=torch.tensor([recipe.guidance for recipe in recipes], device=base.device),
    )
