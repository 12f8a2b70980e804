"""The order of an earlier draw, to be drawn anew."""

from __future__ import annotations

import dataclasses

from bot.errors import UserError
from bot.services.bases import Bases
from bot.services.drawing.series import line_of
from bot.services.drawing.stacking import stack_of
from bot.services.orders import NOTHING, DrawOrder, Start
from bot.services.tasks import read_draw_task
from data.models import Job, JobKind, OwnerId
from engine.pictures.recipe import Recipe


def order_of(
    job: Job, bases: Bases, owner_id: OwnerId, *, guild_id: int | None = None
) -> DrawOrder:
    """Make it for whoever asks, with a fresh seed; UserError job.unknown, style.unknown.

    It holds all that was chosen then, by whomever, so that no default fills it.
    """
    if job.kind is not JobKind.DRAW:
        raise UserError("job.unknown")
    task = read_draw_task(job)
    recipes, first = task.recipes, task.recipes[0]
    use, base = task.first_style, bases.for_recipe(first)
    # Another family's usual settings are none of this one's.
    is_alike = first.family == base.family.name
    if use is not None and job.style_id is None:
        raise UserError("style.unknown", name=use.name)
    order = DrawOrder(
        owner_id=owner_id,
        prompt=first.prompt,
        guild_id=guild_id if guild_id is not None else job.place.guild_id,
        channel_id=job.place.channel_id,
        style=NOTHING if use is None else use.name,
        style_id=job.style_id,
        base=base.label if bases.are_several else None,
        stack=stack_of(task),
        cast=task.cast,
        steps=first.steps if is_alike else None,
        guidance=first.guidance if is_alike else None,
        sampler=(first.sampler, first.schedule) if is_alike else None,
        settled=True,
        spoiler=task.spoiler,
        locale=job.locale,
    )
    if task.is_series:
        return dataclasses.replace(order, lines=tuple(map(line_of, recipes)))
    return dataclasses.replace(
        order,
        score=first.score,
        count=len(recipes),
        negative=first.negative,
        weight=None if use is None else use.weight,
        weights=task.weights,
        start=_start(first),
        size=(first.width, first.height),
    )


def _start(recipe: Recipe) -> Start | None:
    if not recipe.start_sha256:
        return None
    return Start(sha256=recipe.start_sha256, denoise=recipe.denoise)
