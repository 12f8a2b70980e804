"""The training itself: a style's live weights, moved step by step."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from engine.base.loading import LoadedBase
from engine.errors import JobFailed
from engine.lora.layout import FlatLayout
from engine.lora.slots import changes
from engine.lora.tensors import read_tensors
from engine.lora.weights import Lora
from engine.lora.writing import write_pieces
from engine.protocol import TrainRecipe
from engine.training.dataset import EncodedDrawing, TrainingSet
from engine.training.lesson import Lesson, row_losses
from engine.training.plan import learning_rate, plan_step, start_generator

_BETAS: Final = (0.9, 0.99)
_DECAY: Final = 0.01
_CLIP: Final = 1.0
#: The held-out ruler: so many drawings at so many noise levels.
_RULER_DRAWINGS: Final = 4
_RULER_LEVELS: Final = 8
#: What a saved state holds, each as long as the style.
_STATE: Final = ("value", "mean", "square")


class Training:
    """One style in training; `step()` until `done`."""

    def __init__(self, base: LoadedBase, data: TrainingSet, recipe: TrainRecipe) -> None:
        self._base = base
        self._data = data
        self.recipe = recipe
        self.layout = FlatLayout(base.unet.groups, recipe.rank)
        #: the whole style as one vector, so that the optimizer is one launch
        self.flat = fresh_flat(self.layout, recipe).to(base.device).requires_grad_()
        self._mask = self.layout.mask().to(base.device)
        self._optimizer = torch.optim.AdamW(
            [self.flat], lr=0.0, betas=_BETAS, weight_decay=_DECAY, fused=True
        )
        #: steps made so far
        self.step_number = 0
        self.last_loss = math.nan
        self._losses: list[float] = []

    @property
    def lora(self) -> Lora:
        """The style as it is now; views of its weights."""
        return self.layout.unpack(self.flat.detach(), self.recipe.alpha)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of what it sees, in pixels."""
        return self._data.size

    @property
    def done(self) -> bool:
        """Whether all steps are made."""
        return self.step_number >= self.recipe.steps

    def step(self) -> float:
        """Make one step and return its loss; JobFailed `train.not_finite` when that is none."""
        [loss] = step_together(self._base, [self])
        return loss

    def lesson(self) -> Lesson:
        """Choose what the next step sees, by seed and step number alone."""
        plan = plan_step(self.recipe, self.step_number, len(self._data.train))
        shown = [self._data.train[number] for number in plan.drawings]
        latents = _sampled(shown, plan.generator)
        texts = [
            self._data.no_text if dropped else drawing.texts[int(share * len(drawing.texts))]
            for drawing, share, dropped in zip(shown, plan.order, plan.dropped, strict=True)
        ]
        return Lesson(
            latents=latents,
            noise=torch.randn(latents.shape, generator=plan.generator).to(latents.device),
            timesteps=plan.timesteps.to(latents.device),
            texts=texts,
            size=self._data.size,
            gamma=self.recipe.min_snr_gamma,
        )

    def learn(self, grads: Tensor, loss: float) -> None:
        """Move the weights along gradients of `scaled()`; both are of the next step."""
        rate = learning_rate(self.recipe, self.step_number)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        grads[self.layout.first_up :] *= self._scale
        self.flat.grad = grads.float() * self._mask
        norm = clip_norm(self.flat.grad, _CLIP)
        if not (math.isfinite(loss) and bool(norm.isfinite())):
            raise JobFailed("train.not_finite", step=self.step_number + 1)
        self._optimizer.step()
        self.flat.grad = None
        self.step_number += 1
        self.last_loss = loss
        self._losses.append(loss)

    def take_mean_loss(self) -> float:
        """Return the mean loss since the last call."""
        mean = sum(self._losses) / max(1, len(self._losses))
        self._losses.clear()
        return mean

    @property
    def _scale(self) -> float:
        return self.recipe.alpha / self.recipe.rank

    def scaled(self) -> Tensor:
        """Copy the weights in the kind that the U-Net computes in, alpha multiplied in, (size,)."""
        weights = self.flat.detach().to(self._base.unet.dtype, copy=True)
        weights[self.layout.first_up :] *= self._scale
        return weights

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
        lesson = Lesson(
            latents=latents,
            noise=noise,
            timesteps=levels,
            texts=[drawing.texts[0]] * _RULER_LEVELS,
            size=self._data.size,
            gamma=self.recipe.min_snr_gamma,
        )
        with self._base.unet.using(changes(self.layout, self.scaled()[None])):
            return float(row_losses(self._base, [lesson]).mean())

    def save_state(self, path: Path) -> Iterator[None]:
        """Write everything that `load_state` needs to go on exactly here, piece by piece.

        No step may be made before the last piece is written.
        """
        moments = self._optimizer.state[self.flat]
        tensors = {
            "value": self.flat,
            "mean": moments["exp_avg"],
            "square": moments["exp_avg_sq"],
        }
        metadata = {"step": str(self.step_number), **self._identity()}
        return write_pieces(path, tensors, metadata)

    def load_state(self, path: Path) -> None:
        """Go on from a state; JobFailed `train.state_broken` when it is another training's."""
        header, tensors = read_tensors(path)
        found = dict(header.metadata)
        step = found.pop("step", "")
        if found != self._identity() or not step.isdigit():
            raise JobFailed("train.state_broken", reason="it belongs to another training")
        if any(tensors.get(name, self.flat[:0]).shape != self.flat.shape for name in _STATE):
            raise JobFailed("train.state_broken", reason="it is not whole")
        with torch.no_grad():
            self.flat.copy_(tensors["value"])
        self._optimizer.state[self.flat] = {
            "step": torch.tensor(float(step), device=self.flat.device),
            "exp_avg": tensors["mean"].to(self.flat.device),
            "exp_avg_sq": tensors["square"].to(self.flat.device),
        }
        self.step_number = int(step)

    def _identity(self) -> dict[str, str]:
        recipe: dict[str, Any] = dataclasses.asdict(self.recipe)
        return {
            "recipe": json.dumps(recipe, sort_keys=True),
            "drawings": self._data.fingerprint,
            "base": self._base.sha256,
        }


def fresh_flat(layout: FlatLayout, recipe: TrainRecipe) -> Tensor:
    """Start a style that changes nothing yet: random downs, zero ups, float32.

    Downs are uniform in ±1/sqrt(in), as peft and sd-scripts start them.
    """
    generator = start_generator(recipe.seed)
    flat = torch.zeros(layout.size)
    for down in layout.downs:
        values = torch.rand(down.rows, down.columns, generator=generator)
        down.of(flat).copy_((2 * values - 1) / math.sqrt(down.columns))
    return flat


def _sampled(drawings: list[EncodedDrawing], generator: torch.Generator) -> Tensor:
    """Draw latents from the posteriors, (B, C, h, w)."""
    mean = torch.cat([drawing.mean for drawing in drawings])
    std = torch.cat([drawing.std for drawing in drawings])
    return mean + std * torch.randn(mean.shape, generator=generator).to(mean.device)


def clip_norm(grad: Tensor, most: float) -> Tensor:
    """Shorten a gradient to a norm of at most `most`, in place; return the norm that it had.

    torch's own norm of a vector this long is off by 4e-5 on a CPU; a sum is made in pairs.
    """
    norm = grad.square().sum().sqrt()
    grad.mul_((most / (norm + 1e-6)).clamp(max=1.0))
    return norm


def alike(one: Training, other: Training) -> bool:
    """Whether two trainings can make their steps together."""
    return (one.recipe.rank, one.recipe.batch, one.size) == (
        other.recipe.rank,
        other.recipe.batch,
        other.size,
    )


def step_together(base: LoadedBase, trainings: Sequence[Training]) -> list[float]:
    """Make the next step of trainings that are alike in one pass; return their losses.

    None of them feels the others but by the rounding of sums. JobFailed `train.not_finite` names
    the step of the first that went astray; those before it have made theirs.
    """
    lessons = [training.lesson() for training in trainings]
    weights = torch.stack([training.scaled() for training in trainings])
    grads = torch.zeros_like(weights)
    with base.unet.using(changes(trainings[0].layout, weights, grads)):
        told = _go_backward(base, lessons)
    for training, grad, loss in zip(trainings, grads, told, strict=True):
        training.learn(grad, loss)
    return told


def _go_backward(base: LoadedBase, lessons: Sequence[Lesson]) -> list[float]:
    """Add up the gradients of the styles in use; return the mean loss of each lesson.

    Where memory is short, only some rows of each lesson at once.
    """
    count = len(lessons[0].latents)
    at_once = max(1, (base.plan.train_rows or count * len(lessons)) // len(lessons))
    losses: list[Tensor] = []
    for first in range(0, count, at_once):
        some = [lesson.some(slice(first, first + at_once)) for lesson in lessons]
        rows = row_losses(base, some).reshape(len(lessons), -1)
        (rows.sum() / count).backward()
        losses.append(rows.detach())
    return torch.cat(losses, dim=1).mean(dim=1).tolist()
