"""Compare recipes on the built-in base and one artist's drawings: `python -m benchmarks.training`.

Every style is judged alike, by its own file's weights: how near its pictures for the captions of
held-out drawings come to those drawings, in traits, and the plain loss on them with fixed noise.
Some minutes per recipe.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import logging
import sys
import time
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
import torch

from benchmarks.__main__ import hush
from benchmarks.example_script import ScriptSettings, train
from benchmarks.table import machine
from engine.base.loading import LoadedBase, load_base
from engine.builtin.artists import ARTISTS, Artist
from engine.builtin.gallery import UNSEEN_SEED
from engine.builtin.report.hands import held_out, own_traits, scale, traits_of
from engine.builtin.report.painter import draw_all, wanted
from engine.builtin.report.trained import drawings_held_out, drawings_to_train
from engine.lora.packed import Stack
from engine.lora.styles import packed
from engine.lora.weights import Lora
from engine.training.dataset import EncodedDrawing, TrainingSet, add_drawing, empty_set
from engine.training.lesson import Rows, row_losses
from engine.training.loop import Training
from engine.training.recipe import TrainRecipe
from engine.training.recipes import OWN, recipe_for

FIRST_SEED: Final = UNSEEN_SEED + 790_000
_LEVELS: Final = 8
Trainer = Callable[[], Lora]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One recipe's figures."""

    name: str
    steps: int
    #: drawings that its steps showed, over the number of drawings
    exposures: float
    minutes: float
    distance: float
    loss: float

    def line(self) -> str:
        """Spell it as a row of a table."""
        return (
            f"| {self.name} | {self.steps} | {self.exposures:.0f} | {self.minutes:.1f} "
            f"| {self.distance:.3f} | {self.loss:.4f} |"
        )


class Comparison:
    """One artist's drawings, and how a style of them is judged."""

    def __init__(self, base: LoadedBase, artist: Artist, *, seeds: int) -> None:
        self._base, self._artist, self._seeds = base, artist, seeds
        self.data = self._encoded()

    def _encoded(self) -> TrainingSet:
        drawings = (*drawings_to_train(self._artist), *drawings_held_out(self._artist))
        data, recipe = empty_set(self._base, drawings), recipe_for(OWN, "builtin", 36)
        for number, drawing in enumerate(drawings):
            for _ in add_drawing(data, self._base, drawing, recipe, number=number):
                pass
        return data

    def judge(self, name: str, steps: int, batch: int, trainer: Trainer) -> Compared:
        """Train, and measure what came out."""
        began = time.monotonic()
        style = trainer()
        stack: Stack = ((packed(style, name, self._base), 1.0),) if style.modules else ()
        return Compared(
            name=name,
            steps=steps,
            exposures=steps * batch / len(self.data.train),
            minutes=(time.monotonic() - began) / 60,
            distance=self._distance(stack),
            loss=self._loss(stack),
        )

    def _distance(self, stack: Stack) -> float:
        """Return the root mean square of trait differences, in what one artist varies by."""
        captions = [caption for _, caption in held_out(self._artist)]
        recipes = [
            wanted(caption, FIRST_SEED + 100 * seed + number, score=self._artist.score)
            for seed in range(self._seeds)
            for number, caption in enumerate(captions)
        ]
        made = traits_of(draw_all(self._base, recipes, stack))
        own = np.tile(own_traits()[self._artist.name], (self._seeds, 1))
        return float(np.sqrt((((made - own) / scale()) ** 2).mean()))

    @torch.no_grad()
    def _loss(self, stack: Stack) -> float:
        drawings = self.data.held_out
        changes = self._base.slots.rows([stack] * _LEVELS) if stack else ()
        losses: list[float] = []
        for number, drawing in enumerate(drawings):
            with self._base.unet.using(changes):
                losses.append(float(row_losses(self._base, [_ruler(drawing, number)]).mean()))
        return sum(losses) / len(losses)


def _ruler(drawing: EncodedDrawing, number: int) -> Rows:
    view = drawing.views[0]
    latents = view.mean.repeat(_LEVELS, 1, 1, 1)
    generator = torch.Generator().manual_seed(number)
    return Rows(
        latents=latents,
        noise=torch.randn(latents.shape, generator=generator),
        timesteps=torch.linspace(0, 999, 2 * _LEVELS + 1)[1::2].long(),
        texts=[drawing.texts[0]] * _LEVELS,
        told=view.told.repeat(_LEVELS, 1),
        gamma=0.0,
    )


def _ours(compared: Comparison, base: LoadedBase, recipe: TrainRecipe) -> Trainer:
    def trained() -> Lora:
        training = Training(base, compared.data, recipe)
        while not training.done:
            training.step()
        return training.lora

    return trained


def recipes(drawings: int) -> Iterator[tuple[str, TrainRecipe]]:
    """Name what is compared: recipes as they are, and some with the built-in base's own length."""
    own = recipe_for(OWN, "builtin", drawings)
    notebook = recipe_for("notebook", "builtin", drawings)
    fitted = {"learning_rate": own.learning_rate, "steps": own.steps, "batch": own.batch}
    yield "own", own
    yield "notebook", notebook
    yield "notebook, our rate and length", dataclasses.replace(notebook, **fitted)
    yield "locon", recipe_for("locon", "builtin", drawings)
    yield "style-block", recipe_for("style-block", "builtin", drawings)
    yield "own, leaning to low noise", dataclasses.replace(own, low_noise=0.5)
    yield "own, noise offset 0.05", dataclasses.replace(own, noise_offset=0.05)
    yield "own, rank 8", dataclasses.replace(own, rank=8, alpha=8.0)
    yield "own, rank 32", dataclasses.replace(own, rank=32, alpha=32.0)


def measure(artist: Artist, *, seeds: int, only: list[str]) -> Iterator[Compared]:
    """Judge one recipe after the other."""
    base = load_base("builtin")
    compared = Comparison(base, artist, seeds=seeds)
    count = len(compared.data.train)
    own = recipe_for(OWN, "builtin", count)

    def wanted_here(name: str) -> bool:
        return not only or any(name.startswith(part) for part in only)

    if wanted_here("no style"):
        yield compared.judge("no style", 0, 0, lambda: Lora(modules={}))
    for name, recipe in recipes(count):
        if wanted_here(name):
            yield compared.judge(name, recipe.steps, recipe.batch, _ours(compared, base, recipe))
    published = ScriptSettings(steps=own.steps * own.batch // 4)
    fitted = dataclasses.replace(published, learning_rate=own.learning_rate, warmup_steps=18)
    for name, settings in (("example script", published), ("example script, our rate", fitted)):
        if wanted_here(name):
            trainer = functools.partial(train, base, compared.data, settings)
            yield compared.judge(name, settings.steps, settings.batch, trainer)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--artist", choices=ARTISTS, default="cleo")
    parser.add_argument("--seeds", type=int, default=3, help="pictures per held-out drawing")
    parser.add_argument("--only", nargs="+", default=[], help="rows whose names begin like this")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    hush()
    logging.disable(logging.INFO)
    torch.set_num_threads(given.threads)
    print(", ".join(f"{key} {value}" for key, value in machine().items()))
    print("| recipe | steps | exposures | minutes | trait distance | held-out loss |")
    print("|---|---|---|---|---|---|")
    for row in measure(ARTISTS[given.artist], seeds=given.seeds, only=given.only):
        print(row.line(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
