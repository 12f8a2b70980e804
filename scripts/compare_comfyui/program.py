"""ComfyUI's own nodes on one base: loading, LoRAs, texts, and the sampler."""

# Another program, whose types are not ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.pictures.recipe import Recipe
from tests.engine.interop.peer import Loader


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Program:
    """A base that ComfyUI has loaded, perhaps with LoRAs."""

    model: Any
    clip: Any
    #: of one latent value between its nodes and its network
    scale: float
    #: whether a sampler's steps are given the noise that our engine would draw on a processor
    is_given_noise: bool = False

    @torch.inference_mode()
    def with_loras(self, chain: Sequence[Loader]) -> Program:
        """Put LoraLoader nodes behind each other."""
        import nodes

        model, clip = self.model, self.clip
        for one in chain:
            model, clip = nodes.LoraLoader().load_lora(
                model, clip, one.file.name, one.strength_model, one.strength_clip
            )
        return dataclasses.replace(self, model=model, clip=clip)

    @torch.inference_mode()
    def latents(self, recipe: Recipe) -> Tensor:
        """Draw a recipe with KSampler; (1, 4, h, w) in the U-Net's scale."""
        import nodes

        positive, negative = (self._told(text) for text in recipe.told)
        [start] = nodes.EmptyLatentImage().generate(recipe.width, recipe.height)
        if self.is_given_noise:
            return self._with_noise(recipe, positive, negative, start["samples"]) * self.scale
        [drawn] = nodes.KSampler().sample(
            self.model, recipe.seed, recipe.steps, recipe.guidance, recipe.sampler,
            recipe.schedule, positive, negative, start,
        )  # fmt: skip
        return drawn["samples"] * self.scale

    def _told(self, text: str) -> Any:
        """Join what stands between BREAKs."""
        import nodes

        first, *others = (
            nodes.CLIPTextEncode().encode(self.clip, part)[0] for part in text.split(" BREAK ")
        )
        for other in others:
            [first] = nodes.ConditioningConcat().concat(first, other)
        return first

    def _with_noise(self, recipe: Recipe, positive: Any, negative: Any, start: Tensor) -> Tensor:
        import comfy.sample
        import comfy.samplers

        fresh = torch.Generator().manual_seed(recipe.seed + 1)
        levels = comfy.samplers.calculate_sigmas(
            self.model.get_model_object("model_sampling"), recipe.schedule, recipe.steps
        )
        sampler = comfy.samplers.ksampler(
            recipe.sampler,
            {"noise_sampler": lambda *_: torch.randn(start.shape, generator=fresh)},
        )
        noise = comfy.sample.prepare_noise(start, recipe.seed)
        return comfy.sample.sample_custom(
            self.model, noise, recipe.guidance, sampler, levels, positive, negative, start,
            seed=recipe.seed, disable_pbar=True,
        )  # fmt: skip


@torch.inference_mode()
def load(file: Path, scale: float) -> Program:
    """Load a checkpoint of one file, as CheckpointLoaderSimple does; its VAE is left."""
    import comfy.sd

    model, clip, *_ = comfy.sd.load_checkpoint_guess_config(str(file), output_vae=False)
    return Program(model=model, clip=clip, scale=scale)


def seeds_ahead() -> bool:
    """Whether this version draws ancestral noise on a processor from the next seed."""
    import comfy.k_diffusion.sampling as sampling

    x = torch.zeros(4)
    drawn = sampling.default_noise_sampler(x, seed=7)(None, None)
    wanted = [torch.randn(4, generator=torch.Generator().manual_seed(seed)) for seed in (7, 8)]
    matches = [bool(torch.equal(drawn, one)) for one in wanted]
    if sum(matches) != 1:
        raise RuntimeError("This version draws ancestral noise by a rule that is not known here.")
    return matches[1]


@contextmanager
def warnings() -> Iterator[list[str]]:
    """Collect what ComfyUI warns of meanwhile."""
    told: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(record.getMessage())

    listener = Listener(logging.WARNING)
    root = logging.getLogger()
    root.addHandler(listener)
    try:
        yield told
    finally:
        root.removeHandler(listener)
