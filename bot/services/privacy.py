"""Everything kept about one person, and its erasure."""

from __future__ import annotations

from dataclasses import dataclass

from data.models import OwnerId


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """How much is kept about a person."""

    drawings: int
    styles: int
    jobs: int
    pictures: int


class PrivacyService:
    """Show and erase."""

    async def holdings(self, owner_id: OwnerId) -> Holdings:
        """Count what is kept about this person."""
        raise NotImplementedError

    async def erase(self, owner_id: OwnerId) -> Holdings:
        """Cancel the person's jobs, delete all rows and files; tells what was deleted."""
        raise NotImplementedError
