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
from engine.lora.tensors import read_tensors
from engine.lora.weights import Lora
from engine.lora.writing import write_pieces
from engine.training import ruler
from engine.training.backward import computed_again, go_backward
from engine.training.dataset import TrainingSet
from engine.training.layers import TrainedLayers
from engine.training.lesson import Lesson, lesson_for
from engine.training.loss_scale import LossScale
from engine.training.plan import learning_rate, start_generator
from engine.training.recipe import TrainRecipe

_CLIP: Final = 1.0
#: What a saved state holds, each as long as the style.
_STATE: Final = ("value", "mean", "square")


class Training:
    """One style in training; `step()` until `done`."""

    def __init__(self, base: LoadedBase, data: TrainingSet, recipe: TrainRecipe) -> None:
        self._base = base
        self._data = data
        self.recipe = recipe
        self.layers = TrainedLayers(base.unet, recipe)
        fresh = self.layers.fresh(start_generator(recipe.seed))
        #: the whole style as one vector, so that the optimizer is one launch
        self.flat = fresh.to(base.device).requires_grad_()
        self._mask = self.layers.mask().to(base.device)
        self._optimizer = torch.optim.AdamW(
            [self.flat],
            lr=0.0,
            betas=(recipe.beta1, recipe.beta2),
            weight_decay=recipe.weight_decay,
            fused=True,
        )
        # Now and not at the first step: a step that lacks memory must not break off half way.
        self._moments(torch.zeros_like(self.flat), torch.zeros_like(self.flat), moves=0)
        self._scaling = LossScale(base.unet.dtype)
        #: steps made so far
        self.step_number = 0
        self.last_loss = math.nan
        #: memory was short, so a step's batch goes in so many parts; None as long as it is not.
        #: In one part: what can be computed again is forgotten.
        self.parts: int | None = None
        self._losses: list[float] = []

    @property
    def lora(self) -> Lora:
        """The style as it is now; views of its weights."""
        return self.layers.unpack(self.flat.detach())

    @property
    def kind(self) -> tuple[object, ...]:
        """Trainings of the same can share a pass."""
        recipe = self.recipe
        return (recipe.layers, recipe.rank, recipe.conv_rank, recipe.batch, self.parts)

    @property
    def done(self) -> bool:
        """Whether all steps are made."""
        return self.step_number >= self.recipe.steps

    @property
    def rows_at_once(self) -> int | None:
        """How many rows of a step go through the U-Net together; None for all."""
        return 1 if self.parts else self._base.plan.train_rows

    def save_memory(self) -> bool:
        """Need less from the next step on, of the same mathematics; False when that was all."""
        if self.parts is not None:
            return False
        planned = min(self.recipe.batch, self._base.plan.train_rows or self.recipe.batch)
        if planned > 1:
            self.parts = self.recipe.batch
        elif not self._base.plan.checkpointed:
            self.parts = 1
        return self.parts is not None

    def step(self) -> float:
        """Make one step and return its loss; JobFailed `train.not_finite` when that is none."""
        [loss] = step_together(self._base, [self])
        return loss

    def lesson(self) -> Lesson:
        """Choose what the next step sees, by seed and step number alone."""
        return lesson_for(self._data, self.recipe, self.step_number)

    def weigh(self, grads: Tensor, loss: float) -> bool:
        """Take gradients of `scaled()`, of a loss times `loss_scale`; say whether to move by them.

        JobFailed `train.not_finite` when they are no numbers, and nothing helps.
        """
        if self.loss_scale != 1:
            grads = grads.float().div_(self.loss_scale)
        self.flat.grad = self.layers.scale_ups(grads.float()) * self._mask
        norm = clip_norm(self.flat.grad, _CLIP)
        return self._scaling.judge(
            loss=math.isfinite(loss), grads=bool(norm.isfinite()), step=self.step_number + 1
        )

    def learn(self, loss: float, *, moves: bool) -> None:
        """Make the step that was weighed; where half precision overflowed, without a move."""
        rate = learning_rate(self.recipe, self.step_number)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        if moves:
            self._optimizer.step()
        self.flat.grad = None
        self.step_number += 1
        if math.isfinite(loss):
            self.last_loss = loss
            self._losses.append(loss)

    def take_mean_loss(self) -> float:
        """Return the mean loss since the last call."""
        mean = sum(self._losses) / max(1, len(self._losses))
        self._losses.clear()
        return mean

    @property
    def loss_scale(self) -> float:
        """What the loss is multiplied by before going backward; 1 but in half precision."""
        return self._scaling.value

    def scaled(self) -> Tensor:
        """Copy the weights in the kind that the U-Net computes in, alpha multiplied in, (size,)."""
        weights = self.flat.detach().to(self._base.unet.dtype, copy=True)
        return self.layers.scale_ups(weights)

    def held_out_losses(self) -> Iterator[float]:
        """Measure on drawings that are never trained on, one per `next()`; see `ruler`."""
        for number, drawing in enumerate(self._data.held_out[: ruler.DRAWINGS]):
            changes = self.layers.changes(self.scaled()[None])
            yield ruler.measured(
                self._base, drawing, changes, number=number, at_once=self.rows_at_once
            )

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
        metadata = {
            "step": str(self.step_number),
            "moves": str(int(moments["step"])),
            "loss_scale": f"{self._scaling.value:.0f} {self._scaling.good}",
            **self._identity(),
        }
        return write_pieces(path, tensors, metadata)

    def load_state(self, path: Path) -> None:
        """Go on from a state; JobFailed `train.state_broken` when it is another training's."""
        header, tensors = read_tensors(path)
        found = dict(header.metadata)
        told = [found.pop(name, "") for name in ("step", "moves", "loss_scale")]
        scale, _, good = told[2].partition(" ")
        if found != self._identity() or not all(map(str.isdigit, (*told[:2], scale, good))):
            raise JobFailed("train.state_broken", reason="it belongs to another training")
        if any(tensors.get(name, self.flat[:0]).shape != self.flat.shape for name in _STATE):
            raise JobFailed("train.state_broken", reason="it is not whole")
        with torch.no_grad():
            self.flat.copy_(tensors["value"])
        self._moments(tensors["mean"], tensors["square"], moves=int(told[1]))
        self.step_number = int(told[0])
        self._scaling.go_on(float(scale), int(good))

    def _moments(self, mean: Tensor, square: Tensor, *, moves: int) -> None:
        place = self.flat.device
        self._optimizer.state[self.flat] = {
            "step": torch.tensor(float(moves), device=place),
            "exp_avg": mean.to(place),
            "exp_avg_sq": square.to(place),
        }

    def _identity(self) -> dict[str, str]:
        recipe: dict[str, Any] = dataclasses.asdict(self.recipe)
        return {
            "recipe": json.dumps(recipe, sort_keys=True),
            "drawings": self._data.fingerprint,
            "base": self._base.sha256,
        }


def clip_norm(grad: Tensor, most: float) -> Tensor:
    """Shorten a gradient to a norm of at most `most`, in place; return the norm that it had.

    torch's own norm of a vector this long is off by 4e-5 on a CPU; a sum is made in pairs.
    """
    norm = grad.square().sum().sqrt()
    grad.mul_((most / (norm + 1e-6)).clamp(max=1.0))
    return norm


def alike(one: Training, other: Training) -> bool:
    """Whether two trainings can make their steps together."""
    return one.kind == other.kind


def step_together(base: LoadedBase, trainings: Sequence[Training]) -> list[float]:
    """Make the next step of trainings that are alike; return their losses.

    Those that see the same sizes go in one pass. None of them feels the others but by the rounding
    of sums. JobFailed `train.not_finite` names the step of the first that went astray; then none
    has moved.
    """
    lessons = [training.lesson() for training in trainings]
    told: dict[int, tuple[Tensor, float]] = {}
    for shape in dict.fromkeys(lesson.shape for lesson in lessons):
        same = [n for n, lesson in enumerate(lessons) if lesson.shape == shape]
        passed = _pass(base, [trainings[n] for n in same], [lessons[n] for n in same])
        told.update(zip(same, passed, strict=True))
    moves = [training.weigh(*told[number]) for number, training in enumerate(trainings)]
    for number, training in enumerate(trainings):
        training.learn(told[number][1], moves=moves[number])
    return [told[number][1] for number in range(len(trainings))]


def _pass(
    base: LoadedBase, trainings: Sequence[Training], lessons: Sequence[Lesson]
) -> list[tuple[Tensor, float]]:
    """Go through lessons of the same sizes, one of each training; return gradients and losses."""
    weights = torch.stack([training.scaled() for training in trainings])
    # A batch in many parts would lose small gradients to the U-Net's own kind.
    grads = torch.zeros_like(weights, dtype=torch.float32)
    count = lessons[0].count
    scales = torch.tensor([training.loss_scale for training in trainings], device=base.device)
    losses: list[Tensor] = []
    first = trainings[0]
    at_once = max(1, (first.rows_at_once or count * len(lessons)) // len(lessons))
    with (
        base.unet.using(first.layers.changes(weights, grads)),
        computed_again(base, first.parts == 1),
    ):
        for parts in zip(*(lesson.parts for lesson in lessons), strict=True):
            losses.append(go_backward(base, parts, scales / count, at_once))
    told = torch.cat(losses, dim=1).mean(dim=1).tolist()
    return list(zip(grads, told, strict=True))
