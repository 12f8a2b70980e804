"""The training itself: a style's live weights, moved step by step."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from engine.base.encoding import EncodedText, stacked
from engine.base.loading import LoadedBase
from engine.errors import JobFailed
from engine.lora.tensors import read_tensors
from engine.lora.weights import Lora, LoraModule
from engine.lora.writing import write_pieces
from engine.pictures.painting import predict_noise, size_rows
from engine.protocol import TrainRecipe
from engine.sampling.guidance import Conditioning
from engine.training.dataset import EncodedDrawing, TrainingSet
from engine.training.plan import learning_rate, plan_step, start_generator
from engine.training.step import min_snr_weights, noise_loss, noised

_BETAS: Final = (0.9, 0.99)
_DECAY: Final = 0.01
_CLIP: Final = 1.0
#: The held-out ruler: so many drawings at so many noise levels.
_RULER_DRAWINGS: Final = 4
_RULER_LEVELS: Final = 8


class Training:
    """One style in training; `step()` until `done`."""

    def __init__(self, base: LoadedBase, data: TrainingSet, recipe: TrainRecipe) -> None:
        self._base = base
        self._data = data
        self.recipe = recipe
        self.lora = fresh_lora(base, recipe)
        self._optimizer = torch.optim.AdamW(
            self.lora.parameters(), lr=0.0, betas=_BETAS, weight_decay=_DECAY, fused=True
        )
        #: steps made so far
        self.step_number = 0
        self._losses: list[float] = []

    @property
    def done(self) -> bool:
        """Whether all steps are made."""
        return self.step_number >= self.recipe.steps

    def step(self) -> float:
        """Make one step and return its loss; JobFailed `train.not_finite` when that is none."""
        rate = learning_rate(self.recipe, self.step_number)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.zero_grad()
        loss = self._backward()
        norm = torch.nn.utils.clip_grad_norm_(self.lora.parameters(), _CLIP)
        if not (math.isfinite(loss) and bool(norm.isfinite())):
            raise JobFailed("train.not_finite", step=self.step_number + 1)
        self._optimizer.step()
        self.step_number += 1
        self._losses.append(loss)
        return loss

    def take_mean_loss(self) -> float:
        """Return the mean loss since the last call."""
        mean = sum(self._losses) / max(1, len(self._losses))
        self._losses.clear()
        return mean

    def _backward(self) -> float:
        plan = plan_step(self.recipe, self.step_number, len(self._data.train))
        shown = [self._data.train[number] for number in plan.drawings]
        latents = _sampled(shown, plan.generator)
        noise = torch.randn(latents.shape, generator=plan.generator).to(latents.device)
        texts = [
            self._data.no_text if dropped else drawing.texts[int(share * len(drawing.texts))]
            for drawing, share, dropped in zip(shown, plan.order, plan.dropped, strict=True)
        ]
        timesteps = plan.timesteps.to(latents.device)
        loss = self._loss(latents, noise, timesteps, texts)
        loss.backward()
        return float(loss.detach())

    def _loss(
        self, latents: Tensor, noise: Tensor, timesteps: Tensor, texts: list[EncodedText]
    ) -> Tensor:
        levels, kind = self._base.levels, self._base.device.type
        text, pooled = stacked(texts)
        size = size_rows(self._base, len(latents), self._data.size)
        c = Conditioning(text=text, pooled=pooled, size=size)
        mixed = noised(levels, latents, noise, timesteps)
        with torch.autocast(kind, dtype=torch.bfloat16, enabled=kind != "cpu"):
            predicted = predict_noise(self._base, [(self.lora, 1.0)], mixed, timesteps, c)
        weights = min_snr_weights(levels, timesteps, self.recipe.min_snr_gamma)
        return noise_loss(predicted, noise, weights)

    def held_out_losses(self) -> Iterator[float]:
        """Measure on drawings that are never trained on, one per `next()`.

        Noise and levels are always the same.
        """
        for number, drawing in enumerate(self._data.held_out[:_RULER_DRAWINGS]):
            yield self._ruler(drawing, torch.Generator().manual_seed(number))

    @torch.no_grad()
    def _ruler(self, drawing: EncodedDrawing, generator: torch.Generator) -> float:
        latents = drawing.mean.repeat(_RULER_LEVELS, 1, 1, 1)
        noise = torch.randn(latents.shape, generator=generator).to(latents.device)
        last = len(self._base.levels.sigmas) - 1
        levels = torch.linspace(0, last, 2 * _RULER_LEVELS + 1)[1::2].long().to(latents.device)
        return float(self._loss(latents, noise, levels, [drawing.texts[0]] * _RULER_LEVELS))

    def save_state(self, path: Path) -> Iterator[None]:
        """Write everything that `load_state` needs to go on exactly here, piece by piece.

        No step may be made before the last piece is written.
        """
        tensors: dict[str, Tensor] = {}
        for name, parameter in self._named():
            slots = self._optimizer.state[parameter]
            tensors[f"{name}.value"] = parameter
            tensors[f"{name}.mean"] = slots["exp_avg"]
            tensors[f"{name}.square"] = slots["exp_avg_sq"]
        metadata = {"step": str(self.step_number), **self._identity()}
        return write_pieces(path, tensors, metadata)

    def load_state(self, path: Path) -> None:
        """Go on from a state; JobFailed `train.state_broken` when it is another training's."""
        header, tensors = read_tensors(path)
        found = dict(header.metadata)
        step = found.pop("step", "")
        if found != self._identity() or not step.isdigit():
            raise JobFailed("train.state_broken", reason="it belongs to another training")
        wanted = {f"{n}.{part}" for n, _ in self._named() for part in ("value", "mean", "square")}
        if set(tensors) != wanted:
            raise JobFailed("train.state_broken", reason="it is not whole")
        for name, parameter in self._named():
            with torch.no_grad():
                parameter.copy_(tensors[f"{name}.value"])
            self._optimizer.state[parameter] = {
                "step": torch.tensor(float(step), device=parameter.device),
                "exp_avg": tensors[f"{name}.mean"].to(parameter.device),
                "exp_avg_sq": tensors[f"{name}.square"].to(parameter.device),
            }
        self.step_number = int(step)

    def _named(self) -> list[tuple[str, Tensor]]:
        layers = self.lora.modules.items()
        return [pair for n, m in layers for pair in ((f"{n}.down", m.down), (f"{n}.up", m.up))]

    def _identity(self) -> dict[str, str]:
        recipe: dict[str, Any] = dataclasses.asdict(self.recipe)
        return {
            "recipe": json.dumps(recipe, sort_keys=True),
            "drawings": self._data.fingerprint,
            "base": self._base.sha256,
        }


def fresh_lora(base: LoadedBase, recipe: TrainRecipe) -> Lora:
    """Start a style that changes nothing yet: random downs, zero ups, float32.

    Downs are uniform in ±1/sqrt(in), as peft and sd-scripts start them.
    """
    generator = start_generator(recipe.seed)
    modules: dict[str, LoraModule] = {}
    for name, layer in base.adapters.layers.items():
        bound = 1 / math.sqrt(layer.in_features)
        values = torch.rand(recipe.rank, layer.in_features, generator=generator)
        down = ((2 * values - 1) * bound).to(base.device).requires_grad_()
        up = torch.zeros(layer.out_features, recipe.rank, device=base.device).requires_grad_()
        modules[name] = LoraModule(down=down, up=up, alpha=recipe.alpha)
    return Lora(modules=modules)


def _sampled(drawings: list[EncodedDrawing], generator: torch.Generator) -> Tensor:
    """Draw latents from the posteriors, (B, C, h, w)."""
    mean = torch.cat([drawing.mean for drawing in drawings])
    std = torch.cat([drawing.std for drawing in drawings])
    return mean + std * torch.randn(mean.shape, generator=generator).to(mean.device)
