"""Choices under a name: a person's own, and a server's."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.clock import Clock
from bot.errors import UserError
from bot.services.drawing.actor import Actor
from bot.services.drawing.choices import Choices, checked, choices_from_json, choices_to_json
from bot.services.orders import NOTHING
from bot.services.store import Store
from data.models import OwnerId
from data.settings import Preset
from engine.base.families import FAMILIES

MAX_NAME_CHARS: Final = 32
MAX_OWN: Final = 25
MAX_SERVERS: Final = 50
#: So many names are told where none fits: an answer takes 2,000 characters.
_NAMED: Final = 10
_SHOWN_CHARS: Final = 30
_NAME: Final = re.compile(r"[\w][\w .'-]*")
#: They mean something everywhere, whatever base is drawn with.
_TAKEN: Final = {NOTHING, *(name for family in FAMILIES for name in family.presets)}


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedChoices:
    """A stored preset."""

    name: str
    choices: Choices
    is_servers: bool


class PresetService:
    """Keep, list, find and delete them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def save(
        self,
        actor: Actor,
        name: str,
        choices: Choices,
        *,
        for_server: bool = False,
    ) -> NamedChoices:
        """Keep one in place of an earlier one of that name, for the actor or their server.

        UserError preset.name_bad, preset.name_taken, preset.empty, preset.too_many,
        preset.too_many_server, settings.not_manager, and those of `checked`.
        """
        guild_id = actor.guild_id if for_server else None
        if for_server and (guild_id is None or not actor.is_manager):
            raise UserError("settings.not_manager")
        key, tidy = _checked_name(name), checked(choices)
        if tidy.is_empty:
            raise UserError("preset.empty")
        async with self._store.db.write():
            await self._check_room(actor.id, key, guild_id)
            preset = Preset(
                owner_id=actor.id, name=key, choices_json=choices_to_json(tidy), guild_id=guild_id
            )
            await self._store.presets.put(preset, self._clock.now_ms())
        return _named(preset)

    async def usable(
        self, person_id: OwnerId | None, guild_id: int | None
    ) -> tuple[NamedChoices, ...]:
        """List a person's own ones, then this server's, both by name."""
        stored = await self._store.presets.usable(person_id, guild_id)
        return tuple(map(_named, stored))

    async def delete(self, actor: Actor, name: str) -> NamedChoices:
        """Forget one's own, else the server's; UserError preset.unknown, settings.not_manager."""
        key = folded(name)
        stored = await self._store.presets.usable(actor.id, actor.guild_id)
        found = next((one for one in stored if one.name == key), None)
        if found is None:
            raise UserError("preset.unknown", name=key[:50])
        if found.guild_id is not None and not actor.is_manager:
            raise UserError("settings.not_manager")
        await self._store.presets.remove(found)
        return _named(found)

    async def _check_room(self, owner_id: OwnerId, key: str, guild_id: int | None) -> None:
        stored = await self._store.presets.usable(owner_id, guild_id)
        names = [one.name for one in stored if one.guild_id == guild_id]
        most = MAX_OWN if guild_id is None else MAX_SERVERS
        if key not in names and len(names) >= most:
            one = "preset.too_many" if guild_id is None else "preset.too_many_server"
            raise UserError(one, most=most)


def named(stored: tuple[NamedChoices, ...], name: str | None) -> Choices | None:
    """Find what is stored under a name, one's own first."""
    key = folded(name or "")
    return next((one.choices for one in stored if one.name == key), None)


def unknown_preset(name: str, names: Sequence[str]) -> UserError:
    """Word that none of these presets has this name, the nearest first."""
    near = difflib.get_close_matches(folded(name), names, n=_NAMED, cutoff=0)
    more = " …" if len(near) < len(names) else ""
    presets = ", ".join(near) + more
    return UserError("draw.preset_none", preset=name[:_SHOWN_CHARS], presets=presets)


def folded(name: str) -> str:
    """Write a name as it is stored."""
    return " ".join(name.split()).lower()


def _checked_name(name: str) -> str:
    key = folded(name)
    if len(key) > MAX_NAME_CHARS or _NAME.fullmatch(key) is None:
        raise UserError("preset.name_bad", name=key[:50], most=MAX_NAME_CHARS)
    if key in _TAKEN:
        raise UserError("preset.name_taken", name=key)
    return key


def _named(preset: Preset) -> NamedChoices:
    choices = choices_from_json(preset.choices_json)
    return NamedChoices(name=preset.name, choices=choices, is_servers=preset.guild_id is not None)
