"""What a draw is filled from: presets, and the defaults of a person, a server or a style."""

from __future__ import annotations

from dataclasses import dataclass

from data.models import OwnerId, StyleId


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Choices under a name; what they are, services know."""

    #: who saved it
    owner_id: OwnerId
    #: lower-case
    name: str
    choices_json: str
    #: the server that it belongs to; None: its owner
    guild_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whose defaults these are: exactly one of the three is set."""

    person_id: OwnerId | None = None
    guild_id: int | None = None
    style_id: StyleId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Default:
    """Choices that count where nobody says them."""

    holder: Holder
    choices_json: str
    #: None once they had everything erased
    set_by: OwnerId | None
