"""A person's own character: words that `@name` stands for."""

from __future__ import annotations

from dataclasses import dataclass

from data.models import OwnerId


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """A name and its words."""

    owner_id: OwnerId
    #: lower-case
    name: str
    words: str
    #: the server that may draw it too; None: its owner alone
    guild_id: int | None = None
