"""From a prompt to a job of recipes."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from bot.clock import Clock
from bot.errors import UserError
from bot.services.base import Base
from bot.services.bases import Bases
from bot.services.drawing.characters import CharacterService, with_words
from bot.services.drawing.checks import MAX_COUNT, MAX_PROMPT_CHARS, check_for, check_order
from bot.services.drawing.defaults import DefaultService
from bot.services.drawing.filling import filled, with_style
from bot.services.drawing.presets import NamedChoices, PresetService, named
from bot.services.drawing.recipes import make_recipes
from bot.services.drawing.repeats import order_of
from bot.services.drawing.series import in_line, joined, line_orders, with_style_of
from bot.services.drawing.stacking import check_together
from bot.services.drawing.triggers import trained_words
from bot.services.drawing.words import spell
from bot.services.drawing.written import with_inline
from bot.services.feed import Feed
from bot.services.jobs import JobService, JobView
from bot.services.limits import JobLimit
from bot.services.orders import DrawOrder, DrawPlan
from bot.services.store import Store
from bot.services.stylechoice import StyleChoice
from bot.services.tasks import DrawTask, task_to_json
from data.errors import NotFound
from data.models import Job, JobId, JobKind, OwnerId, Place

__all__ = ["MAX_COUNT", "MAX_PROMPT_CHARS", "DrawOrder", "DrawPlan", "DrawService"]

#: A line that is right by itself.
_ANY = "1girl"


class DrawService:
    """Plan and request pictures."""

    def __init__(
        self,
        store: Store,
        bases: Bases,
        feed: Feed,
        clock: Clock,
        jobs: JobService,
        characters: CharacterService,
        presets: PresetService,
        defaults: DefaultService,
        *,
        wake: Callable[[], None],
        limit: JobLimit,
        may_choose: bool = True,
    ) -> None:
        self._store = store
        self._bases = bases
        #: whether everybody may say on which base is drawn
        self._may_choose = may_choose
        self._feed = feed
        self._clock = clock
        self._jobs = jobs
        self._characters = characters
        self._presets = presets
        self._defaults = defaults
        self._wake = wake
        self._limit = limit
        self._choice = StyleChoice(store, bases)

    def check_choice(self, base: str | None) -> None:
        """Raise UserError bases.fixed for a base that somebody names where only the host may."""
        if base is not None and not self._may_choose:
            raise UserError("bases.fixed")

    def check(self, order: DrawOrder) -> None:
        """Raise the UserError of `plan` for what is wrong with an order by itself; never waits."""
        if not order.lines:
            self._check(with_inline(order))
            return
        # What is wrong with all of them names no line.
        self._check(dataclasses.replace(order, prompt=_ANY))
        for number, one in enumerate(line_orders(order), 1):
            with in_line(number, order):
                self._check(with_inline(one))

    async def plan(self, order: DrawOrder) -> DrawPlan:
        """Check an order and resolve its style and recipes; a series is planned line by line.

        UserError draw.prompt_empty, draw.prompt_long, draw.prompt_* (its marks), draw.score_range,
        draw.score_none (family without scores), draw.no_style (show a train button), style.unknown,
        style.not_trained, style.old_base, draw.which_style, draw.option_number,
        draw.count_range, draw.weight_range, draw.seed_range, draw.steps_range, draw.cfg_range,
        draw.sampler_none, draw.shape_none, draw.too_many_jobs, character.unknown,
        character.unknown_near; of styles laid over others: draw.stack_item, draw.stack_most,
        draw.stack_twice; of presets: draw.preset_none, draw.no_presets; bases.unknown,
        bases.no_version.
        """
        if not order.lines:
            return await self._plan(order)
        self.check(order)
        plans: list[DrawPlan] = []
        for number, one in enumerate(line_orders(order), 1):
            with in_line(number, order):
                plans.append(await self._plan(with_style_of(one, plans[0]) if plans else one))
        return joined(order, tuple(plans))

    async def _plan(self, order: DrawOrder) -> DrawPlan:
        said = with_inline(order)
        self._check(said)
        await self._limit.check(said.owner_id)
        stored = await self._stored(said)
        preset = named(stored, said.preset)
        said = with_style(said, preset)
        card, why = await self._choice.choose(said)
        base = self._named(said) or self._bases.for_card(card)
        full, by_defaults = filled(
            said,
            base.family,
            preset=preset,
            known=tuple(dict.fromkeys(one.name for one in stored)),
            defaults=await self._defaults.for_draw(said, card),
            has_style=card is not None,
        )
        check_order(full)
        check_for(full, base.family)
        cast = await self._characters.called(full)
        stack = await self._choice.stack(full, base)
        check_together(card, stack)
        # A long prompt of nothing but junk takes a large part of a second.
        kept = await trained_words(self._store, stack if card is None else (card, *stack))
        words = await asyncio.to_thread(spell, with_words(full, cast), base.words, kept)
        return DrawPlan(
            order=full,
            recipes=make_recipes(full, words, card, base, stack=stack),
            style=card,
            stack=stack,
            why=why,
            unknown=words.unknown,
            translated=words.translated,
            cast=cast,
            filled=by_defaults,
        )

    async def _stored(self, order: DrawOrder) -> tuple[NamedChoices, ...]:
        if order.preset is None:
            return ()
        return await self._presets.usable(order.owner_id, order.guild_id)

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
        engine.cannot_run, engine.no_outbox, draw.start_missing.
        """
        base = self._bases.for_recipe(plan.recipes[0])
        base.require_host()
        order = plan.order
        style_id = None if plan.style is None else plan.style.style.id
        here = Place(guild_id=order.guild_id, channel_id=order.channel_id, message_id=None)
        task = DrawTask(
            recipes=plan.recipes,
            why=plan.why,
            unknown=plan.unknown,
            translated=plan.translated,
            cast=plan.cast,
            filled=plan.filled,
            is_series=bool(order.lines),
            stack=tuple(card.style.id for card in plan.stack),
            spoiler=order.spoiler,
        )
        async with self._starts(plan) as starts, self._store.db.write():
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
                base=base.label,
            )
            await self._store.starts.add(job.id, starts)
        self._feed.publish(job.id)
        self._wake()
        return job

    @asynccontextmanager
    async def _starts(self, plan: DrawPlan) -> AsyncGenerator[frozenset[str]]:
        """Keep the files that a plan starts from until their rows are written.

        UserError draw.start_missing when one was erased meanwhile.
        """
        starts = frozenset(recipe.start_sha256 for recipe in plan.recipes) - {""}
        if not starts:
            yield starts
            return
        async with self._store.gate:
            if plan.order.start is not None and plan.order.start.png is not None:
                await self._store.blobs.put_bytes(plan.order.start.png)
            for sha256 in starts:
                if not await asyncio.to_thread(self._store.blobs.path(sha256).is_file):
                    raise UserError("draw.start_missing")
            yield starts

    async def again(
        self, job_id: JobId, owner_id: OwnerId, *, guild_id: int | None = None
    ) -> DrawOrder:
        """Make the order of an earlier draw anew, with a fresh seed, for whoever asks.

        They are the same styles, in the versions that the new owner draws with, or in those that
        were asked for. UserError job.unknown, style.unknown (erased with its artist).
        """
        try:
            job = await self._store.jobs.get(job_id)
        except NotFound:
            raise UserError("job.unknown") from None
        return order_of(job, self._bases, owner_id, guild_id=guild_id)

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
        base = self._named(order)
        check_order(order)
        if base is not None:
            check_for(order, base.family)

    def _named(self, order: DrawOrder) -> Base | None:
        """Find the base where the order or the host leaves no choice to the style."""
        if order.base is not None:
            return self._bases.named(order.base)
        return None if self._bases.are_several else self._bases.first
