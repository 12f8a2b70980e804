"""What can be made of a picture that was drawn: the same again, variations, a larger one."""

from __future__ import annotations

import dataclasses
import secrets
from enum import StrEnum
from typing import Final

from bot.errors import UserError
from bot.services.bases import Bases
from bot.services.drawing.checks import MAX_COUNT, MAX_SEED
from bot.services.draws import DrawService
from bot.services.jobs import JobService
from bot.services.orders import DrawPlan
from bot.services.store import Store
from bot.services.tasks import read_draw_task
from data.errors import NotFound
from data.models import JobId, JobKind, OwnerId
from engine.pictures.recipe import Recipe

#: Both sides of a picture grow by this factor, and only once.
_LARGER: Final = 2
#: How much of the larger one is drawn anew: enough for fine lines, too little to change it.
_LARGER_DENOISE: Final = 0.35
#: The same where the size stays.
_ALONE_DENOISE: Final = 0.2


class Remake(StrEnum):
    """What is made of a picture."""

    EXACT = "exact"  #: the whole grid, with the same seeds
    SUBTLE = "subtle"  #: four that differ in details
    STRONG = "strong"  #: four that keep the layout
    LARGER = "larger"  #: one, twice as large where the base can, drawn over


_DENOISE: Final = {Remake.SUBTLE: 0.4, Remake.STRONG: 0.7}


class Remakes:
    """Plans a draw from an earlier one's recipes, for whoever may draw with its styles."""

    def __init__(self, store: Store, jobs: JobService, draws: DrawService, bases: Bases) -> None:
        self._store = store
        self._jobs = jobs
        self._draws = draws
        self._bases = bases

    async def plan(
        self,
        job_id: JobId,
        number: int,
        remake: Remake,
        owner_id: OwnerId,
        *,
        guild_id: int | None = None,
        channel_id: int | None = None,
        locale: str = "en",
    ) -> DrawPlan:
        """Plan it from picture `number`, counted from 1.

        UserError job.unknown, draw.picture_gone, draw.large_already, draw.other_base, those of
        `DrawService.plan` for a style that the asker may not use, and draw.version_closed for a
        version of it.
        """
        recipes = await self._recipes(job_id)
        order = await self._draws.again(job_id, owner_id, guild_id=guild_id)
        order = dataclasses.replace(order, channel_id=channel_id, locale=locale)
        allowed = await self._draws.plan(order)
        await self._check_versions(recipes[0], owner_id, order.guild_id)
        if remake is Remake.EXACT:
            return dataclasses.replace(allowed, recipes=recipes)
        sha256 = await self._picture(job_id, number)
        recipe = recipes[number - 1]
        made = (
            (self._larger(recipe, sha256),)
            if remake is Remake.LARGER
            else varied(recipe, sha256, _DENOISE[remake])
        )
        return dataclasses.replace(allowed, recipes=made)

    async def _recipes(self, job_id: JobId) -> tuple[Recipe, ...]:
        try:
            job = (await self._jobs.view(job_id)).job
        except NotFound:
            raise UserError("job.unknown") from None
        if job.kind is not JobKind.DRAW:
            raise UserError("job.unknown")
        recipes = read_draw_task(job).recipes
        sha256 = recipes[0].base_sha256
        if sha256 and self._bases.of(sha256) is None:
            raise UserError("draw.other_base", base=recipes[0].base)
        return recipes

    async def _check_versions(
        self, recipe: Recipe, owner_id: OwnerId, guild_id: int | None
    ) -> None:
        """Ask for the right to the very files: each version is shared by itself."""
        for use in recipe.adapters:
            if not await self._store.styles.is_open(use.sha256, owner_id, guild_id):
                raise UserError("draw.version_closed", name=use.name)

    async def _picture(self, job_id: JobId, number: int) -> str:
        view = await self._jobs.view(job_id)
        for picture in view.pictures:
            if picture.ordinal == number - 1:
                return picture.sha256
        raise UserError("draw.picture_gone")

    def _larger(self, recipe: Recipe, sha256: str) -> Recipe:
        family = self._bases.for_recipe(recipe).family
        if not family.grows:
            return dataclasses.replace(recipe, start_sha256=sha256, denoise=_ALONE_DENOISE)
        width, height = recipe.width * _LARGER, recipe.height * _LARGER
        if width * height > 1.1 * (_LARGER**2 * family.width * family.height):
            raise UserError("draw.large_already", width=recipe.width, height=recipe.height)
        return dataclasses.replace(
            recipe, width=width, height=height, start_sha256=sha256, denoise=_LARGER_DENOISE
        )


def varied(recipe: Recipe, sha256: str, denoise: float) -> tuple[Recipe, ...]:
    """Start four pictures from one, with seeds that count up from a fresh one."""
    seed = secrets.randbelow(MAX_SEED)
    first = dataclasses.replace(recipe, start_sha256=sha256, denoise=denoise)
    return tuple(dataclasses.replace(first, seed=seed + index) for index in range(MAX_COUNT))
