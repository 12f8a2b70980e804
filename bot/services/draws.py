"""From a prompt to a job of recipes."""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
from collections.abc import Callable
from typing import NamedTuple

from bot.clock import Clock
from bot.errors import UserError
from bot.services.base import Base
from bot.services.feed import Feed
from bot.services.inline import check_marks, parse_inline
from bot.services.jobs import JobService, JobView
from bot.services.limits import JobLimit
from bot.services.orders import DrawOrder, DrawPlan
from bot.services.store import Store
from bot.services.stylechoice import NO_STYLE, StyleChoice
from bot.services.tasks import DrawTask, UnknownWord, read_draw_task, task_to_json
from data.errors import NotFound
from data.models import Job, JobId, JobKind, OwnerId, Place, StyleCard
from engine.pictures.recipe import AdapterUse, Recipe

__all__ = ["MAX_COUNT", "MAX_PROMPT_CHARS", "DrawOrder", "DrawPlan", "DrawService"]

DEFAULT_COUNT = 4
MAX_COUNT = 4
MAX_PROMPT_CHARS = 1500
MAX_WEIGHT = 2
#: ComfyUI and Discord both carry it without loss.
MAX_SEED = 2**32 - MAX_COUNT


class _Words(NamedTuple):
    """What the base reads of an order, and the words of it that it was never taught."""

    prompt: str
    negative: str | None
    unknown: tuple[UnknownWord, ...]


class DrawService:
    """Plan and request pictures."""

    def __init__(
        self,
        store: Store,
        base: Base,
        feed: Feed,
        clock: Clock,
        jobs: JobService,
        *,
        wake: Callable[[], None],
        limit: JobLimit,
    ) -> None:
        self._store = store
        self._base = base
        self._feed = feed
        self._clock = clock
        self._jobs = jobs
        self._wake = wake
        self._limit = limit
        self._choice = StyleChoice(store, base)

    def check(self, order: DrawOrder) -> None:
        """Raise the UserError of `plan` for what is wrong with an order by itself; never waits."""
        self._check(_with_inline(order))

    async def plan(self, order: DrawOrder) -> DrawPlan:
        """Check an order and resolve its style and recipes.

        UserError draw.prompt_empty, draw.prompt_long, draw.prompt_* (its marks), draw.score_range,
        draw.score_none (family without scores), draw.no_style (show a train button), style.unknown,
        style.not_trained, style.old_base, draw.which_style, draw.option_number,
        draw.count_range, draw.weight_range, draw.seed_range, draw.too_many_jobs.
        """
        full = _with_inline(order)
        self._check(full)
        await self._limit.check(full.owner_id)
        card, why = await self._choice.choose(full)
        # A long prompt of nothing but junk takes a large part of a second.
        words = await asyncio.to_thread(self._spell, full)
        return DrawPlan(
            order=full,
            recipes=self._recipes(full, words, card),
            style=card,
            why=why,
            unknown=words.unknown,
        )

    async def request(
        self,
        plan: DrawPlan,
        *,
        place: Place | None = None,
        locale: str | None = None,
        quiet: bool = False,
    ) -> Job:
        """Write the job; when this returns, it survives any crash.

        What is `quiet` is in nobody else's queue and in no gallery. UserError draw.too_many_jobs,
        engine.cannot_run, engine.no_outbox.
        """
        self._base.require_host()
        order = plan.order
        style_id = None if plan.style is None else plan.style.style.id
        here = Place(guild_id=order.guild_id, channel_id=order.channel_id, message_id=None)
        task = DrawTask(recipes=plan.recipes, why=plan.why, unknown=plan.unknown)
        async with self._store.db.write():
            await self._limit.check(order.owner_id)
            job = await self._store.jobs.create(
                kind=JobKind.DRAW,
                owner_id=order.owner_id,
                place=place or here,
                locale=locale or order.locale,
                request_json=task_to_json(task),
                style_id=style_id,
                quiet=quiet,
                now=self._clock.now_ms(),
                steps=sum(recipe.steps for recipe in plan.recipes),
            )
        self._feed.publish(job.id)
        self._wake()
        return job

    async def again(
        self, job_id: JobId, owner_id: OwnerId, *, guild_id: int | None = None
    ) -> DrawOrder:
        """Make the order of an earlier draw anew, with a fresh seed, for whoever asks.

        It is the same style, in the version that the new owner draws with. UserError job.unknown,
        style.unknown (erased with its artist).
        """
        try:
            job = await self._store.jobs.get(job_id)
        except NotFound:
            raise UserError("job.unknown") from None
        if job.kind is not JobKind.DRAW:
            raise UserError("job.unknown")
        recipes = read_draw_task(job).recipes
        first = recipes[0]
        use = first.adapters[0] if first.adapters else None
        if use is not None and job.style_id is None:
            raise UserError("style.unknown", name=use.name)
        return DrawOrder(
            owner_id=owner_id,
            prompt=first.prompt,
            guild_id=guild_id if guild_id is not None else job.place.guild_id,
            channel_id=job.place.channel_id,
            score=first.score,
            style=NO_STYLE if use is None else use.name,
            style_id=job.style_id,
            count=len(recipes),
            negative=first.negative or None,
            weight=None if use is None else use.weight,
            weights=read_draw_task(job).weights,
            locale=job.locale,
        )

    async def delete(
        self, job_id: JobId, actor_id: OwnerId, *, is_moderator: bool = False
    ) -> JobView:
        """Take a draw's pictures away, with their votes; returns the job as it was.

        A draw that is not finished is stopped. UserError draw.not_yours, job.unknown.
        """
        try:
            view = await self._jobs.view(job_id)
        except NotFound:
            raise UserError("job.unknown") from None
        job = view.job
        if job.kind is not JobKind.DRAW:
            raise UserError("job.unknown")
        if job.owner_id != actor_id and not is_moderator:
            raise UserError("draw.not_yours")
        if not job.state.is_terminal:
            await self._jobs.stop(job_id)
            await self._jobs.wait(job_id)
        async with self._store.gate:
            for sha256 in await self._store.erasure.erase_pictures(job_id):
                await self._store.blobs.remove(sha256)
        return view

    def _check(self, order: DrawOrder) -> None:
        if not order.prompt:
            raise UserError("draw.prompt_empty")
        if len(order.prompt) > MAX_PROMPT_CHARS or len(order.negative or "") > MAX_PROMPT_CHARS:
            length = max(len(order.prompt), len(order.negative or ""))
            raise UserError("draw.prompt_long", length=length, most=MAX_PROMPT_CHARS)
        check_marks(order.prompt)
        check_marks(order.negative or "")
        if order.count is not None and not 1 <= order.count <= MAX_COUNT:
            raise UserError("draw.count_range", value=order.count, most=MAX_COUNT)
        if order.seed is not None and not 0 <= order.seed <= MAX_SEED:
            raise UserError("draw.seed_range", value=str(order.seed), most=str(MAX_SEED))
        if order.weight is not None and not 0 <= order.weight <= MAX_WEIGHT:
            raise UserError("draw.weight_range", value=order.weight, low=0, high=MAX_WEIGHT)
        self._check_score(order.score)

    def _check_score(self, score: int | None) -> None:
        if score is None:
            return
        family = self._base.family
        if not family.takes_score:
            raise UserError("draw.score_none", base=family.title)
        if score not in family.scores:
            least, most = min(family.scores), max(family.scores)
            raise UserError("draw.score_range", score=score, least=least, most=most)

    def _recipes(
        self, order: DrawOrder, words: _Words, card: StyleCard | None
    ) -> tuple[Recipe, ...]:
        family = self._base.family
        seed = secrets.randbelow(MAX_SEED) if order.seed is None else order.seed
        first = Recipe(
            prompt=order.prompt,
            positive=family.compose(words.prompt, order.score),
            negative=family.negative if words.negative is None else words.negative,
            score=order.score,
            seed=seed,
            steps=family.steps,
            guidance=family.guidance,
            sampler=family.sampler,
            schedule=family.schedule,
            width=family.width,
            height=family.height,
            adapters=_adapters(card, order.weight),
            base=self._base.name,
            base_sha256=self._base.sha256,
            family=family.name,
        )
        if order.weights:
            uses = (_adapters(card, weight) for weight in order.weights)
            return tuple(dataclasses.replace(first, adapters=use) for use in uses)
        count = DEFAULT_COUNT if order.count is None else order.count
        return tuple(dataclasses.replace(first, seed=seed + index) for index in range(count))

    def _spell(self, order: DrawOrder) -> _Words:
        """Spell both texts with the base's own words; list those that it does not know."""
        words, negative = self._base.words, order.negative
        if words is None:
            return _Words(order.prompt, negative, ())
        missed = words.unknown_words(f"{order.prompt}, {negative or ''}")
        return _Words(
            prompt=words.spelled(order.prompt),
            negative=negative if negative is None else words.spelled(negative),
            unknown=tuple(UnknownWord(word=word, nearest=nearest) for word, nearest in missed),
        )


def _with_inline(order: DrawOrder) -> DrawOrder:
    """Let the prompt's own options fill what the command's options leave open."""
    inline = parse_inline(order.prompt)
    negatives = [part for part in (order.negative, inline.negative) if part]
    return dataclasses.replace(
        order,
        prompt=inline.prompt,
        score=inline.score if order.score is None else order.score,
        seed=inline.seed if order.seed is None else order.seed,
        count=inline.count if order.count is None else order.count,
        weight=inline.weight if order.weight is None else order.weight,
        style=order.style or inline.style,
        negative=", ".join(negatives) if negatives else None,
    )


def _adapters(card: StyleCard | None, weight: float | None) -> tuple[AdapterUse, ...]:
    if card is None or card.checkpoint is None:
        return ()
    use = AdapterUse(
        name=card.style.name,
        sha256=card.checkpoint.style_sha256,
        weight=1.0 if weight is None else weight,
    )
    return (use,)
