"""One picture on its way from noise: its recipe, what it is told, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from engine.base.encoding import EncodedText
from engine.base.loading import LoadedBase
from engine.base.prompt_weights import check_prompt
from engine.errors import JobFailed
from engine.lora.packed import Stack
from engine.pictures.recipe import RULES, Recipe
from engine.sampling.course import Course
from engine.sampling.noise import start_noise, step_seed
from engine.sampling.samplers import SAMPLERS
from engine.sampling.sigmas import SCHEDULES, start_scale

_MOST_STEPS: Final = 200
#: Less than this leaves a picture as it is.
_LEAST_DENOISE: Final = 0.05
#: As ComfyUI takes it for a whole drawing.
_WHOLE: Final = 0.9999


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """What a batch needs of one picture."""

    recipe: Recipe
    course: Course
    positive: EncodedText
    #: None where guidance is 1: no second prediction is made
    negative: EncodedText | None
    stack: Stack = ()

    @property
    def rows(self) -> int:
        """What it costs of a batch."""
        return 1 if self.negative is None else 2

    @property
    def texts(self) -> tuple[EncodedText, ...]:
        """What it is told, one text for each of its rows."""
        return (self.positive,) if self.negative is None else (self.positive, self.negative)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.recipe.width, self.recipe.height


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
    largest = base.plan.largest_pixels
    if largest is not None and width * height > largest:
        raise JobFailed("draw.too_large", width=width, height=height, most=f"{largest / 1e6:.1f}")
    if not 1 <= recipe.steps <= _MOST_STEPS:
        raise JobFailed("draw.bad_steps", steps=recipe.steps, most=_MOST_STEPS)
    if not _LEAST_DENOISE <= recipe.denoise <= 1:
        raise JobFailed("draw.bad_denoise", denoise=recipe.denoise, least=_LEAST_DENOISE)
    if not 1 <= recipe.rules <= RULES:
        raise JobFailed("draw.other_rules", rules=recipe.rules, known=RULES)
    if recipe.rules >= 3:
        check_prompt(recipe.positive)
        check_prompt(recipe.negative)
    if recipe.base_sha256 not in {"", base.sha256}:
        raise JobFailed("draw.other_base", base=recipe.base)


def begin(
    base: LoadedBase, recipe: Recipe, stack: Stack = (), start: Tensor | None = None
) -> Picture:
    """Make the start noise and encode the prompts of a recipe that was found good.

    `start` is the latent that it starts from, (1, C, h, w): `start_latent`.
    """
    positive, negative = recipe.told
    whole = recipe.keeps_words
    return Picture(
        recipe=recipe,
        course=_course(base, recipe, start),
        positive=base.text.encode(positive, stack, keep_words=whole),
        negative=(
            base.text.encode(negative, stack, keep_words=whole) if recipe.guidance != 1 else None
        ),
        stack=stack,
    )


def _course(base: LoadedBase, recipe: Recipe, start: Tensor | None) -> Course:
    sigmas = _sigmas(base, recipe)
    side = base.pixels_per_latent
    shape = (base.latent_channels, recipe.height // side, recipe.width // side)
    x = start_noise([recipe.seed], shape) * start_scale(base.levels, float(sigmas[0]))
    x = x.to(base.device) if start is None else start + x.to(base.device)
    kind = base.device.type
    seed = step_seed(recipe.seed, rules=recipe.rules, device=kind)
    noise = torch.Generator(kind).manual_seed(seed)
    return Course(recipe.sampler, sigmas.to(base.device), x, noise)


def _sigmas(base: LoadedBase, recipe: Recipe) -> Tensor:
    """List the noise levels, of a part the last ones of a longer list, as ComfyUI's KSampler does.

    So a part takes as many steps as the whole.
    """
    schedule = SCHEDULES[recipe.schedule]
    if recipe.denoise > _WHOLE:
        return schedule(base.levels, recipe.steps)
    return schedule(base.levels, int(recipe.steps / recipe.denoise))[-recipe.steps - 1 :]
