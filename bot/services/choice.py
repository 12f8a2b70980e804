"""Which checkpoint a style is: the artist's choice, and the same words at three weights."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

from bot.errors import UserError
from bot.services.bases import Bases
from bot.services.jobs import JobView
from bot.services.orders import DrawOrder, DrawPlan
from bot.services.store import Store
from bot.services.tasks import TrainTask
from bot.services.theatre import drawn_with, numbered
from bot.services.undrawable import base_names
from data.models import Checkpoint, OwnerId, StyleCard
from engine.pictures.recipe import AdapterUse

#: How strongly a style is tried: milder ones keep more of what the base knows.
WEIGHTS: Final = (0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A checkpoint as it is on the sheet."""

    number: int
    checkpoint: Checkpoint
    #: the artist's own left out
    votes: int
    #: whether the version is drawn with it now
    is_chosen: bool
    #: the number of the version that keeps it beside that one
    kept_as: int | None = None


class ChoiceService:
    """What is done with a training's sheet; the sheet itself is made of `numbered`."""

    def __init__(self, store: Store, bases: Bases) -> None:
        self._store = store
        self._bases = bases

    async def candidates(self, view: JobView, asker_id: OwnerId) -> tuple[Candidate, ...]:
        """List what the artist chooses from; UserError style.not_yours, job.unknown."""
        if view.style is None or view.version is None or view.style.deleted_ms is not None:
            raise UserError("job.unknown")
        if view.style.owner_id != asker_id:
            raise UserError("style.not_yours")
        counts = await self._store.checkpoint_votes.counts(view.version.id)
        chosen = drawn_with(view)
        kept = await self._store.kept.of_version(view.version.id)
        numbers = {one.published_checkpoint_id: one.number for one in kept}
        return tuple(
            Candidate(
                number=number,
                checkpoint=one,
                votes=counts.get(one.id, 0),
                is_chosen=chosen is not None and one.id == chosen.id,
                kept_as=numbers.get(one.id),
            )
            for number, one in enumerate(numbered(view.checkpoints), 1)
        )

    async def at_weights(self, view: JobView, order: DrawOrder) -> DrawPlan:
        """Plan the sheet's first prompt and seed with the chosen checkpoint at three weights.

        Of the order only the person and the place count. UserError style.not_yours (it is
        private), style.old_base, job.unknown.
        """
        task, card = view.task, await self._card(view, order)
        if not isinstance(task, TrainTask) or not task.samples or card.version is None:
            raise UserError("job.unknown")
        styled = drawn_with(view)
        if styled is None:
            raise UserError("job.unknown")
        name, sample = card.style.name, task.samples[0]
        uses = [AdapterUse(name=name, sha256=styled.style_sha256, weight=w) for w in WEIGHTS]
        return DrawPlan(
            order=dataclasses.replace(order, prompt=sample.prompt, score=sample.score),
            recipes=tuple(dataclasses.replace(sample, adapters=(use,)) for use in uses),
            style=dataclasses.replace(card, checkpoint=styled),
            why="asked",
        )

    async def _card(self, view: JobView, order: DrawOrder) -> StyleCard:
        style, version = view.style, view.version
        if style is None or version is None:
            raise UserError("job.unknown")
        card = await self._store.styles.card(
            style.id, order.owner_id, order.guild_id, version_id=version.id
        )
        if card is None or card.version is None:
            raise UserError("style.not_yours")
        if self._bases.of(version.base_sha256) is None:
            other, now = base_names(version, self._bases)
            raise UserError("style.old_base", name=style.name, base=other, now=now)
        return card
