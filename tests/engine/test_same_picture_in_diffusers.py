"""A style's file and a recipe mean the same in diffusers: every key loads, the picture is equal.

The whole stock pipeline runs on the built-in base with `load_lora_weights`; only the recipe's own
sigmas, timesteps and start noise are handed to its scheduler.
"""

# diffusers, peft and transformers export lazily and annotate loosely.
# pyright: reportPrivateImportUsage=false, reportArgumentType=false, reportCallIssue=false
# pyright: reportAttributeAccessIssue=false, reportOperatorIssue=false

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import (
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    StableDiffusionXLPipeline,
)
from peft.tuners.lora import LoraLayer
from torch import Tensor

from engine.base.loading import LoadedBase, base_folder, load_base
from engine.lora.metadata import StyleFacts, style_metadata
from engine.lora.styles import packed
from engine.lora.tensors import read_style
from engine.lora.weights import Lora, LoraModule
from engine.lora.writing import write_style
from engine.pictures.easel import Easel
from engine.pictures.encoding import decode
from engine.pictures.picture import begin
from engine.pictures.recipe import Recipe
from engine.sampling.noise import start_noise, step_seed
from engine.sampling.sigmas import SCHEDULES

# diffusers 0.42 hands tensors to numpy 2 in a way that numpy warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

FACTS = StyleFacts(
    name="mira", rank=8, alpha=4.0, step=1, steps=1, drawings=36, width=128, height=128,
    base="builtin", base_sha256="", family="builtin", recipe="own", recipe_version=1,
    learning_rate=1e-3, batch=8, seed=1,
)  # fmt: skip
RECIPE = Recipe(
    prompt="1girl, red hair",
    positive="score_7, score_6_up, score_5_up, score_4_up, 1girl, red hair, blue eyes",
    negative="furry",
    seed=1234,
    steps=8,
)
SCHEDULERS = {
    "euler": EulerDiscreteScheduler,
    "euler_ancestral": EulerAncestralDiscreteScheduler,
    "dpmpp_2m": DPMSolverMultistepScheduler,
}


@pytest.fixture(scope="module")
def base() -> LoadedBase:
    return load_base("builtin")


@pytest.fixture(scope="module")
def style_file(base: LoadedBase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a style with random weights, alpha ≠ rank."""
    generator = torch.Generator().manual_seed(3)

    def values(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator) * 0.1

    modules = {
        name: LoraModule(down=values(8, inner), up=values(outer, 8), alpha=4.0)
        for name, (inner, outer) in base.slots.layout.members.items()
    }
    path = tmp_path_factory.mktemp("style") / "mira.safetensors"
    write_style(path, Lora(modules=modules), base.layout, style_metadata(FACTS))
    return path


@pytest.fixture(scope="module")
def style(base: LoadedBase, style_file: Path) -> Lora:
    return read_style(style_file, base.names)


@pytest.fixture(scope="module")
def complaints() -> list[str]:
    """What diffusers warned of while it loaded the style."""
    return []


@pytest.fixture(scope="module")
def pipeline(style_file: Path, complaints: list[str]) -> StableDiffusionXLPipeline:
    loaded = StableDiffusionXLPipeline.from_pretrained(
        base_folder("builtin"), dtype=torch.float32, local_files_only=True
    )
    loaded.set_progress_bar_config(disable=True)
    with listening(complaints):
        loaded.load_lora_weights(style_file.parent, weight_name=style_file.name)
    return loaded


@contextlib.contextmanager
def listening(heard: list[str]) -> Iterator[None]:
    """Collect what diffusers' loggers say from warnings upwards."""
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: heard.append(record.getMessage())
    logger = logging.getLogger("diffusers")
    logger.addHandler(handler)
    yield
    logger.removeHandler(handler)


def scheduler_for(recipe: Recipe, base: LoadedBase) -> Any:
    """Make a stock scheduler whose levels and timesteps are the recipe's."""
    sigmas = SCHEDULES[recipe.schedule](base.levels, recipe.steps)

    class Given(SCHEDULERS[recipe.sampler]):
        def set_timesteps(self, *_: object, **__: object) -> None:
            super().set_timesteps(recipe.steps)
            self.sigmas = sigmas
            self.timesteps = base.levels.timestep(sigmas[:-1]).float()
            self.num_inference_steps = recipe.steps

    # "leading" makes Euler's classes scale the start noise by sqrt(1 + sigma²), as ComfyUI does.
    spacing = {} if recipe.sampler == "dpmpp_2m" else {"timestep_spacing": "leading"}
    return Given(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", **spacing)


def theirs(pipeline: StableDiffusionXLPipeline, recipe: Recipe, base: LoadedBase) -> Tensor:
    """Draw with diffusers' pipeline; (1, 4, h, w) in the U-Net's scale."""
    pipeline.scheduler = scheduler_for(recipe, base)
    noise = start_noise([recipe.seed], (4, recipe.height // 8, recipe.width // 8))
    drawn: Any = pipeline(
        prompt=recipe.positive,
        negative_prompt=recipe.negative,
        num_inference_steps=recipe.steps,
        guidance_scale=recipe.guidance,
        width=recipe.width,
        height=recipe.height,
        latents=noise,
        generator=torch.Generator().manual_seed(
            step_seed(recipe.seed, rules=recipe.rules, device="cpu")
        ),
        output_type="latent",
    )
    return drawn.images


def ours(base: LoadedBase, recipe: Recipe, style: Lora | None) -> Tensor:
    stack = ((packed(style, "mira", base), 1.0),) if style else ()
    picture, easel = begin(base, recipe, stack), Easel(base)
    while not picture.course.finished:
        easel.do([picture])
    return picture.course.x


def test_every_key_of_the_file_is_loaded(
    pipeline: StableDiffusionXLPipeline, base: LoadedBase, style: Lora
) -> None:
    carried = {n: m for n, m in pipeline.unet.named_modules() if isinstance(m, LoraLayer)}
    assert set(carried) == set(base.slots.layout.members)
    for name, layer in carried.items():
        [adapter] = layer.lora_A
        merged = layer.lora_B[adapter].weight @ layer.lora_A[adapter].weight
        delta = merged * layer.scaling[adapter]
        torch.testing.assert_close(delta, style.modules[name].delta(), rtol=1e-5, atol=1e-7)


def test_the_loader_has_nothing_to_complain_of(
    pipeline: StableDiffusionXLPipeline, complaints: list[str]
) -> None:
    assert pipeline is not None
    # A style has nothing for the text encoders, and diffusers says so.
    assert [text for text in complaints if "No LoRA keys associated" not in text] == []


@pytest.mark.parametrize(
    ("sampler", "schedule"),
    [("euler_ancestral", "normal"), ("dpmpp_2m", "karras"), ("euler", "normal")],
)
def test_the_picture_is_the_same(
    base: LoadedBase,
    pipeline: StableDiffusionXLPipeline,
    style: Lora,
    sampler: str,
    schedule: str,
) -> None:
    recipe = dataclasses.replace(RECIPE, sampler=sampler, schedule=schedule)
    one, other = ours(base, recipe, style), theirs(pipeline, recipe, base)
    # Float32 sums in another order, over 8 steps: 1e-3 of the largest value.
    assert float((one - other).abs().max() / one.abs().max()) < 1e-3
    pixels, others = (np.asarray(decode(base, x)[0], dtype=int) for x in (one, other))
    assert int(np.abs(pixels - others).max()) <= 1  # of 255, where a value sits on a border
    unstyled = ours(base, recipe, None)
    assert float((one - unstyled).abs().max() / one.abs().max()) > 0.05
