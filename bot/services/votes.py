"""Reactions become votes."""

from __future__ import annotations

from collections.abc import Mapping, Set

from bot.clock import Clock
from bot.services.ballots import Ballot, ballot_at, ballots_on
from bot.services.store import Store
from data.models import CheckpointId, OwnerId, PictureMessage, VersionId, VoteSource

#: The reaction of picture 1, 2, 3, 4 of a grid, and of checkpoint 1 to 10 of a training.
VOTE_EMOJI = ("1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣", "6️⃣", "7️⃣", "8️⃣", "9️⃣", "🔟")
#: The reaction of a single picture.
HEART = "❤️"
REREAD_DAYS = 30
_DAY_MS = 86_400_000
#: With and without the colour that the selector gives.
_HEARTS = frozenset({"❤", "♥"})

#: By picture or checkpoint, the people whose votes stand.
Standing = Mapping[str, Set[OwnerId]]


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

        Bots, other emoji, and messages that show nothing under this number are ignored.
        """
        ordinal = ordinal_of(emoji)
        if is_bot or ordinal is None:
            return False
        ballot = await ballot_at(self._store, message_id, ordinal)
        if ballot is None:
            return False
        return await self._vote(ballot, voter_id, added=added, source=source)

    async def standing(self, message_id: int) -> Standing:
        """Tell whose votes stand; to be asked before a message's reactions are fetched."""
        ballots = await ballots_on(self._store, message_id)
        return {ballot.id: await ballot.voters() for ballot in ballots.values()}

    async def for_checkpoints(self, version_id: VersionId) -> Mapping[CheckpointId, int]:
        """Count the votes for a training's checkpoints, the artist's own left out."""
        return await self._store.checkpoint_votes.counts(version_id)

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
        for ordinal, ballot in (await ballots_on(self._store, message_id)).items():
            known = before.get(ballot.id, frozenset())
            there = _reactors(reactors, VOTE_EMOJI[ordinal])
            changes += await self._reconcile(ballot, there, known)
        return changes

    async def messages_to_reread(self, days: int = REREAD_DAYS) -> tuple[PictureMessage, ...]:
        """List messages of the last days that people may have voted on, with pictures first."""
        since = self._clock.now_ms() - days * _DAY_MS
        return (
            *await self._store.pictures.messages_since(since),
            *await self._store.checkpoint_votes.messages_since(since),
        )

    async def _reconcile(self, ballot: Ballot, there: Set[OwnerId], known: Set[OwnerId]) -> int:
        changes = 0
        for voter_id in sorted(there - known):
            changes += await self._vote(ballot, voter_id, added=True, source=VoteSource.REREAD)
        for voter_id in sorted(known - there):
            changes += await self._vote(ballot, voter_id, added=False, source=VoteSource.REREAD)
        return changes

    async def _vote(
        self, ballot: Ballot, voter_id: OwnerId, *, added: bool, source: VoteSource
    ) -> bool:
        now = self._clock.now_ms()
        if not added:
            return await ballot.withdraw(voter_id, source, now)
        # The store gives the vote of the owner weight 0.
        return await ballot.cast(voter_id, source, now)


def ordinal_of(emoji: str) -> int | None:
    """Tell which number an emoji stands for (0-based); the variation selector may be missing."""
    plain = emoji.replace("\ufe0f", "")
    if plain in _HEARTS:
        return 0
    for ordinal, known in enumerate(VOTE_EMOJI):
        if plain == known.replace("\ufe0f", ""):
            return ordinal
    return None


def _reactors(reactors: Mapping[str, Set[OwnerId]], emoji: str) -> Set[OwnerId]:
    wanted = ordinal_of(emoji)
    same = (voters for key, voters in reactors.items() if ordinal_of(key) == wanted)
    return frozenset(voter for voters in same for voter in voters)
