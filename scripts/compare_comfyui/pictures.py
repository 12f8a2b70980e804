"""Latents of the same recipe and LoRAs from both, for every sampler and schedule."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from engine.pictures.recipe import Recipe
from engine.sampling.samplers import SAMPLERS
from engine.sampling.sigmas import SCHEDULES
from scripts.compare_comfyui.bases import Base
from scripts.compare_comfyui.program import Program, seeds_ahead
from scripts.compare_comfyui.table import Report, spelled
from tests.engine.interop.compared import RECIPE, chain_of, latents_error
from tests.engine.interop.files import write

#: Relative, in float32 after 8 steps.
MOST: Final = 1e-3
#: Those whose step noise comes from a generator with a seed.
_SEEDED: Final = ("euler_ancestral", "lcm")
#: Read alike by all rules: neither marks nor a second window.
_PLAIN: Final = "score_7, 1girl, red hair, blue eyes, forest"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Row:
    """One sampler, drawn by ComfyUI in one way."""

    name: str
    recipe: Recipe
    program: Program
    #: whether it shall be the same
    has_bar: bool = True


def compare(base: Base, program: Program, loras: Path, report: Report) -> None:
    """Draw every pair of sampler and schedule with two LoRAs."""
    made = [write(kind, base.ours, loras) for kind in ("with text encoders", "LoCon")]
    stack, chain = chain_of(base.ours, made)
    report.title(f"Pictures, the {base.name} base: largest difference by the largest value")
    report.head("sampler", *SCHEDULES)
    for row in rows(program.with_loras(chain)):
        recipes = (dataclasses.replace(row.recipe, schedule=one) for one in SCHEDULES)
        errors = [latents_error(base.ours, stack, row.program, one) for one in recipes]
        report.row(row.name, *spelled(errors))
        for schedule, error in zip(SCHEDULES, errors, strict=True):
            name = f"{row.name}, {schedule} ({base.name})"
            report.check(name, met=not row.has_bar or error <= MOST)


def rows(program: Program) -> Iterator[Row]:
    """Say how every sampler is compared.

    Where this version seeds noise as recipes of rules 1 do, those are drawn, and ours of today
    with their noise given to its sampler. Of SDE samplers only that can be the same.
    """
    given, ahead = dataclasses.replace(program, is_given_noise=True), seeds_ahead()
    for name, sampler in SAMPLERS.items():
        recipe = dataclasses.replace(RECIPE, sampler=name)
        if not sampler.noisy or (name in _SEEDED and ahead):
            yield Row(name=name, recipe=recipe, program=program)
            continue
        if name in _SEEDED:
            old = dataclasses.replace(recipe, positive=_PLAIN, negative="sketch", rules=1)
            yield Row(name=f"{name}, rules 1", recipe=old, program=program)
        else:
            name_of_tree = f"{name}, its own noise (no bar)"
            yield Row(name=name_of_tree, recipe=recipe, program=program, has_bar=False)
        yield Row(name=f"{name}, our noise", recipe=recipe, program=given)
