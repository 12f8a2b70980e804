"""Whether the base is the same, bit for bit, after a thousand mixed jobs."""

from __future__ import annotations

import hashlib
import random
from typing import Final

from benchmarks.table import Measured
from benchmarks.unets import random_style
from engine.base.loading import LoadedBase, load_base
from engine.builtin.artists import ADA
from engine.builtin.report.trained import drawings_to_train
from engine.lora.packed import PackedStyle
from engine.lora.styles import packed
from engine.memory.plan import Plan
from engine.pictures.easel import Easel
from engine.pictures.picture import begin
from engine.pictures.recipe import Recipe
from engine.protocol import TrainRecipe
from engine.training.dataset import add_drawing, empty_set
from engine.training.loop import Training

JOBS, TRAININGS, STEPS = 1000, 20, 2
RANKS: Final = (4, 16, 24)


def fingerprint(base: LoadedBase) -> str:
    """Hash every weight of every part."""
    parts = (base.unet.model, base.vae, base.text.encoders.first, base.text.encoders.second)
    digest = hashlib.sha256()
    for part in parts:
        for tensor in part.state_dict().values():
            digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def measure() -> list[Measured]:
    """Draw in mixed batches and train in between, two steps each."""
    base = load_base("builtin", plan=Plan(slots=4))
    before = fingerprint(base)
    styles = [
        packed(random_style(base.unet.model, seed, rank=rank), str(seed), base)
        for seed, rank in enumerate(RANKS)
    ]
    _draw(base, styles, JOBS - TRAININGS)
    _train(base)
    same = fingerprint(base) == before
    return [
        Measured(name=f"base weights that differ after {JOBS} mixed jobs", value=not same, goal=0)
    ]


def _draw(base: LoadedBase, styles: list[PackedStyle], jobs: int) -> None:
    chance, easel = random.Random(1), Easel(base)
    waiting = []
    for number in range(jobs):
        recipe = Recipe(prompt="", positive="cat", seed=number, steps=STEPS, width=64, height=64)
        stack = tuple((one, 1.0) for one in chance.sample(styles, chance.randrange(3)))
        waiting.append(begin(base, recipe, stack))
    while waiting := [picture for picture in waiting if not picture.course.finished]:
        easel.do(easel.choose([waiting]))


def _train(base: LoadedBase) -> None:
    drawings = drawings_to_train(ADA)[:4]
    recipe = TrainRecipe(steps=STEPS, batch=1)
    data = empty_set(base, drawings)
    for number, drawing in enumerate(drawings):
        for _ in add_drawing(data, base, drawing, recipe, number=number):
            pass
    for _ in range(TRAININGS):
        training = Training(base, data, recipe)
        while not training.done:
            training.step()
