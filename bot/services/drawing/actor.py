"""Who changes presets and settings."""

from __future__ import annotations

from dataclasses import dataclass

from data.models import OwnerId


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person, and the server where they are."""

    id: OwnerId
    guild_id: int | None = None
    #: whether they may manage that server
    is_manager: bool = False
