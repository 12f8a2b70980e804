"""What people vote on: a picture of a grid, or a checkpoint of a training."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Protocol

from bot.services.store import Store
from bot.services.theatre import NUMBERED_MOST, numbered
from data.models import Checkpoint, OwnerId, Picture, Question, VoteSource


class Ballot(Protocol):
    """One thing that can be voted for."""

    @property
    def id(self) -> str:
        """Name it, among all that can be voted for."""
        ...

    async def voters(self) -> Set[OwnerId]:
        """Tell whose votes stand."""
        ...

    async def cast(self, voter_id: OwnerId, source: VoteSource, at_ms: int) -> bool:
        """Add a vote; False when it stands already. One's own weighs nothing."""
        ...

    async def withdraw(self, voter_id: OwnerId, source: VoteSource, at_ms: int) -> bool:
        """Take a vote back; False when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class PictureBallot:
    """Implements `Ballot` for a picture."""

    store: Store
    picture: Picture

    @property
    def id(self) -> str:
        """Name it."""
        return self.picture.id

    async def voters(self) -> Set[OwnerId]:
        """Tell whose votes stand."""
        return await self.store.votes.voters(self.picture.id)

    async def cast(self, voter_id: OwnerId, source: VoteSource, at_ms: int) -> bool:
        """Add a vote."""
        return await self.store.votes.cast(self.picture.id, voter_id, Question.LIKE, source, at_ms)

    async def withdraw(self, voter_id: OwnerId, source: VoteSource, at_ms: int) -> bool:
        """Take a vote back."""
        return await self.store.votes.withdraw(
            self.picture.id, voter_id, Question.LIKE, source, at_ms
        )


@dataclass(frozen=True, slots=True)
class CheckpointBallot:
    """Implements `Ballot` for a checkpoint."""

    store: Store
    checkpoint: Checkpoint

    @property
    def id(self) -> str:
        """Name it."""
        return self.checkpoint.id

    async def voters(self) -> Set[OwnerId]:
        """Tell whose votes stand."""
        return await self.store.checkpoint_votes.voters(self.checkpoint.id)

    async def cast(self, voter_id: OwnerId, source: VoteSource, at_ms: int) -> bool:
        """Add a vote."""
        return await self.store.checkpoint_votes.cast(self.checkpoint.id, voter_id, source, at_ms)

    async def withdraw(self, voter_id: OwnerId, source: VoteSource, at_ms: int) -> bool:
        """Take a vote back."""
        return await self.store.checkpoint_votes.withdraw(
            self.checkpoint.id, voter_id, source, at_ms
        )


async def ballots_on(store: Store, message_id: int) -> dict[int, Ballot]:
    """Collect what a message shows under its numbers, by ordinal."""
    pictures = [
        await store.pictures.by_message_ordinal(message_id, ordinal)
        for ordinal in range(NUMBERED_MOST)
    ]
    if any(pictures):
        return {n: PictureBallot(store, one) for n, one in enumerate(pictures) if one is not None}
    checkpoints = numbered(await store.checkpoint_votes.on_message(message_id))
    return {n: CheckpointBallot(store, one) for n, one in enumerate(checkpoints)}


async def ballot_at(store: Store, message_id: int, ordinal: int) -> Ballot | None:
    """Find what a message shows under the number `ordinal` + 1."""
    picture = await store.pictures.by_message_ordinal(message_id, ordinal)
    if picture is not None:
        return PictureBallot(store, picture)
    checkpoints = numbered(await store.checkpoint_votes.on_message(message_id))
    if ordinal < len(checkpoints):
        return CheckpointBallot(store, checkpoints[ordinal])
    return None
