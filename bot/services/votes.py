"""Reactions become votes."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from data.models import JobId, OwnerId, VoteSource

#: The reaction of picture 1, 2, 3, 4 of a grid.
VOTE_EMOJI = ("1️⃣", "2️⃣", "3️⃣", "4️⃣")
REREAD_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class VotedMessage:
    """A message whose reactions are votes."""

    channel_id: int
    message_id: int
    job_id: JobId


class VoteService:
    """Cast and withdraw votes; who, when and from where is kept for ever."""

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
        """Take one raw reaction event; True when a vote changed. Unknown messages are ignored."""
        raise NotImplementedError

    async def reread(self, message_id: int, reactors: Mapping[str, Set[OwnerId]]) -> int:
        """Bring the votes of a message to its reactions (bots left out); count the changes."""
        raise NotImplementedError

    async def messages_to_reread(self, days: int = REREAD_DAYS) -> tuple[VotedMessage, ...]:
        """List messages with pictures of the last days, newest first."""
        raise NotImplementedError
