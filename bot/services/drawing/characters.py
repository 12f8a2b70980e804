"""Own characters: `@mira` in a prompt stands for her words."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping
from typing import Final, NamedTuple

from bot.clock import Clock
from bot.errors import UserError
from bot.services.drawing.checks import MAX_PROMPT_CHARS
from bot.services.drawing.plain import CALL, NAME, is_plain, tidied
from bot.services.inline import check_marks
from bot.services.orders import DrawOrder
from bot.services.store import Store
from bot.services.tasks import Cast
from data.characters import Character
from data.models import OwnerId

MAX_NAME_CHARS: Final = 32
MAX_WORDS_CHARS: Final = 300
MAX_CHARACTERS: Final = 50
#: Discord's own; in a prompt they are words, and mention nobody.
_NOBODY: Final = frozenset({"everyone", "here"})


class Removed(NamedTuple):
    """What was taken away, and whether its owner keeps it for themselves."""

    character: Character
    is_kept: bool


class CharacterService:
    """Keep, list and remove them; put their words into orders."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def add(
        self, owner_id: OwnerId, name: str, words: str, *, guild_id: int | None = None
    ) -> Character:
        """Keep a character in place of the person's earlier one; `guild_id` shares it there.

        UserError character.name_bad, character.words_empty, character.words_long,
        character.words_plain, character.too_many, and draw.prompt_* as for a prompt.
        """
        character = Character(
            owner_id=owner_id, name=_checked_name(name), words=_checked(words), guild_id=guild_id
        )
        mine = [one.name for one in await self.own(owner_id)]
        if character.name not in mine and len(mine) >= MAX_CHARACTERS:
            raise UserError("character.too_many", most=MAX_CHARACTERS)
        await self._store.characters.put(character, self._clock.now_ms())
        return character

    async def own(self, owner_id: OwnerId) -> tuple[Character, ...]:
        """List a person's own ones by name."""
        return await self._store.characters.usable(owner_id, None)

    async def usable(self, viewer_id: OwnerId, guild_id: int | None) -> tuple[Character, ...]:
        """List what a person may call here: own ones, then those that others share."""
        return await self._store.characters.usable(viewer_id, guild_id)

    async def remove(
        self, actor_id: OwnerId, name: str, guild_id: int | None, *, is_moderator: bool = False
    ) -> Removed:
        """Forget one's own, or take another's out of this server; its owner then keeps it.

        UserError character.unknown, character.unknown_near, character.not_yours.
        """
        key = _key(name)
        seen = await self.usable(actor_id, guild_id)
        found = next((one for one in seen if one.name == key), None)
        if found is None:
            raise _unknown(key, [one.name for one in seen])
        if found.owner_id == actor_id:
            await self._store.characters.remove(actor_id, key)
            return Removed(found, is_kept=False)
        if not is_moderator:
            raise UserError("character.not_yours", name=key)
        await self._store.characters.unshare(found.owner_id, key)
        return Removed(found, is_kept=True)

    async def called(self, order: DrawOrder) -> tuple[Cast, ...]:
        """Find whom an order calls: first as it was drawn before, then own, then shared here.

        UserError character.unknown, character.unknown_near.
        """
        text = f"{order.prompt}\n{order.negative or ''}"
        names = dict.fromkeys(_key(found[1]) for found in CALL.finditer(text))
        names = {name: None for name in names if name not in _NOBODY}
        if not names:
            return ()
        usable = await self.usable(order.owner_id, order.guild_id)
        # The first of a name counts, so it is put last.
        known = {one.name: one.words for one in reversed(usable)}
        known |= {one.name: one.words for one in order.cast}
        for name in names:
            if name not in known:
                raise _unknown(name, list(known))
        return tuple(Cast(name=name, words=known[name]) for name in names)


def with_words(order: DrawOrder, cast: tuple[Cast, ...]) -> DrawOrder:
    """Put the words of those who are called into an order; UserError draw.prompt_*."""
    if not cast:
        return order
    words = {one.name: one.words for one in cast}
    negative = order.negative
    full = dataclasses.replace(
        order,
        prompt=_expanded(order.prompt, words),
        negative=negative if negative is None else _expanded(negative, words),
    )
    for text in (full.prompt, full.negative or ""):
        if len(text) > MAX_PROMPT_CHARS:
            raise UserError("draw.prompt_long", length=len(text), most=MAX_PROMPT_CHARS)
        check_marks(text)
    return full


def _expanded(text: str, words: Mapping[str, str]) -> str:
    return CALL.sub(lambda found: words.get(_key(found[1]), found[0]), text)


def _key(name: str) -> str:
    return name.strip().removeprefix("@").lower()


def _checked_name(name: str) -> str:
    key = _key(name)
    if len(key) > MAX_NAME_CHARS or NAME.fullmatch(key) is None:
        raise UserError("character.name_bad", name=key[:50], most=MAX_NAME_CHARS)
    return key


def _checked(words: str) -> str:
    tidy = tidied(words)
    if not tidy:
        raise UserError("character.words_empty")
    if len(tidy) > MAX_WORDS_CHARS:
        raise UserError("character.words_long", length=len(tidy), most=MAX_WORDS_CHARS)
    if not is_plain(tidy):
        raise UserError("character.words_plain")
    return tidy


def _unknown(name: str, known: list[str]) -> UserError:
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return UserError("character.unknown_near", name=name[:50], nearest=near[0])
    return UserError("character.unknown", name=name[:50])
