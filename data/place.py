"""Where a job is shown, and who says who sees it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a job's one message is; all None at the host's command line."""

    guild_id: int | None = None
    channel_id: int | None = None
    message_id: int | None = None
    #: of a thread: the channel that it belongs to
    parent_id: int | None = None

    @property
    def root_id(self) -> int | None:
        """The channel that says who sees this place: of a thread, the one it belongs to."""
        return self.parent_id or self.channel_id
