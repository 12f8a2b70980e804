"""Where jobs are shown: Discord, or a list in a test."""

from __future__ import annotations

from typing import Protocol

from bot.services.jobs import JobView
from data.models import Place


class ShowRefusedError(Exception):
    """The place cannot be written to (no permission, channel gone); more tries hardly help."""


class Surface(Protocol):
    """Draws a job's one message. The outbox calls it once per job at a time."""

    async def show(self, view: JobView) -> Place | None:
        """Bring the job's one message to the state of `view`.

        Idempotent: called again after a crash with the same view. Returns the message's place
        when it was posted anew, else None. Raises ShowRefusedError when the place refuses; any
        other exception is retried with back-off.
        """
        ...

    async def seed_reactions(self, view: JobView) -> None:
        """Add the reactions that people vote with; called after a job's end is visible."""
        ...

    async def delete(self, channel_id: int, message_id: int) -> None:
        """Delete a message; one that is gone already is none to worry about.

        Raises ShowRefusedError when the place refuses; any other exception is tried again.
        """
        ...
