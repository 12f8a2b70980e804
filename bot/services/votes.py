"""Reactions become votes."""

from __future__ import annotations

from collections.abc import Mapping, Set

from bot.clock import Clock
from bot.services.store import Store
from data.models import (
    OwnerId,
    Picture,
    PictureId,
    PictureMessage,
    Question,
    VoteSource,
)

#: The reaction of picture 1, 2, 3, 4 of a grid.
VOTE_EMOJI = ("1️⃣", "2️⃣", "3️⃣", "4️⃣")
REREAD_DAYS = 30
_DAY_MS = 86_400_000

#: By picture, the people whose votes stand.
Standing = Mapping[PictureId, Set[OwnerId]]


class VoteService:
    """Cast and withdraw votes; who, when and from where is kept for ever."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def reaction(
        self,
        message_id: int,
        *,
        voter_id: OwnerId,
        emoji: str,
        added: bool,
        is_bot: bool = False,
        source: VoteSource = VoteSource.GATEWAY,
    ) -> bool:
        """Take one raw reaction event; True when a vote changed.

        Bots, other emoji and messages that show no picture are ignored.
        """
        ordinal = ordinal_of(emoji)
        if is_bot or ordinal is None:
            return False
        picture = await self._store.pictures.by_message_ordinal(message_id, ordinal)
        if picture is None:
            return False
        return await self._vote(picture, voter_id, added=added, source=source)

    async def standing(self, message_id: int) -> Standing:
        """Tell whose votes stand; to be asked before a message's reactions are fetched."""
        standing: dict[PictureId, frozenset[OwnerId]] = {}
        for ordinal in range(len(VOTE_EMOJI)):
            picture = await self._store.pictures.by_message_ordinal(message_id, ordinal)
            if picture is not None:
                standing[picture.id] = await self._store.votes.voters(picture.id)
        return standing

    async def reread(
        self,
        message_id: int,
        reactors: Mapping[str, Set[OwnerId]],
        standing: Standing | None = None,
    ) -> int:
        """Bring the votes of a message to its reactions (bots left out); count the changes.

        Only votes of `standing` are withdrawn (all when None): what was cast while the reactions
        were fetched is missing among them, and stays.
        """
        changes = 0
        before = await self.standing(message_id) if standing is None else standing
        for ordinal, emoji in enumerate(VOTE_EMOJI):
            picture = await self._store.pictures.by_message_ordinal(message_id, ordinal)
            if picture is not None:
                known = before.get(picture.id, frozenset())
                changes += await self._reconcile(picture, _reactors(reactors, emoji), known)
        return changes

    async def messages_to_reread(self, days: int = REREAD_DAYS) -> tuple[PictureMessage, ...]:
        """List messages with pictures of the last days: (channel_id, message_id, job_id)."""
        since = self._clock.now_ms() - days * _DAY_MS
        return tuple(await self._store.pictures.messages_since(since))

    async def _reconcile(self, picture: Picture, there: Set[OwnerId], known: Set[OwnerId]) -> int:
        changes = 0
        for voter_id in sorted(there - known):
            changes += await self._vote(picture, voter_id, added=True, source=VoteSource.REREAD)
        for voter_id in sorted(known - there):
            changes += await self._vote(picture, voter_id, added=False, source=VoteSource.REREAD)
        return changes

    async def _vote(
        self, picture: Picture, voter_id: OwnerId, *, added: bool, source: VoteSource
    ) -> bool:
        now = self._clock.now_ms()
        votes = self._store.votes
        if not added:
            return await votes.withdraw(picture.id, voter_id, Question.LIKE, source, now)
        # The store gives the vote of the picture's own owner weight 0.
        return await votes.cast(picture.id, voter_id, Question.LIKE, source, now)


def ordinal_of(emoji: str) -> int | None:
    """Tell which picture an emoji stands for (0-based); the variation selector may be missing."""
    plain = emoji.replace("\ufe0f", "")
    for ordinal, known in enumerate(VOTE_EMOJI):
        if plain == known.replace("\ufe0f", ""):
            return ordinal
    return None


def _reactors(reactors: Mapping[str, Set[OwnerId]], emoji: str) -> Set[OwnerId]:
    wanted = ordinal_of(emoji)
    same = (voters for key, voters in reactors.items() if ordinal_of(key) == wanted)
    return frozenset(voter for voters in same for voter in voters)
