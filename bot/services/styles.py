"""Styles by name, as one viewer may see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from bot.clock import Clock
from bot.errors import UserError
from bot.services.bases import Bases
from bot.services.numbering import split_number, with_number
from bot.services.store import Store
from bot.services.stylechoice import unknown_style
from bot.services.undrawable import base_names, why_undrawable
from data.models import OwnerId, Style, StyleCard, VersionId
from data.repos.styles import fold_name


class Suggestion(NamedTuple):
    """A style to choose."""

    style: Style
    #: whether its name alone says which style is meant
    is_unique: bool
    #: of the version, where one of several is meant
    number: int | None = None


class Undrawable(NamedTuple):
    """A style that nothing can be drawn with on this base."""

    style: Style
    #: the base that it was trained for; None while it is not trained at all
    base: str | None


class StyleService:
    """Find and list styles; somebody else's private style does not exist for a viewer."""

    def __init__(self, store: Store, bases: Bases, clock: Clock) -> None:
        self._store = store
        self._bases = bases
        self._clock = clock

    async def find(self, wanted: str, viewer_id: OwnerId, guild_id: int | None) -> StyleCard:
        """Find by id or name, the viewer's own first; UserError style.unknown (name)."""
        wanted = wanted.strip()
        card = await self._store.styles.find(wanted, viewer_id, guild_id, self._bases.sha256s)
        if card is None:
            cards = await self.usable(viewer_id, guild_id)
            raise unknown_style(wanted, [card.style.name for card in cards])
        return card

    async def own(self, wanted: str, owner_id: OwnerId, guild_id: int | None) -> Style:
        """Find one's own by id, else by name, that of this server first.

        UserError style.unknown, style.not_yours (another's).
        """
        wanted = wanted.strip()
        mine = await self.of_owner(owner_id)
        named = [style for style in mine if fold_name(style.name) == fold_name(wanted)]
        named.sort(key=lambda style: style.guild_id != guild_id)
        if found := [style for style in mine if style.id == wanted] or named:
            return found[0]
        await self.find(wanted, owner_id, guild_id)
        raise UserError("style.not_yours")

    async def own_version(
        self, wanted: str, owner_id: OwnerId, guild_id: int | None
    ) -> tuple[Style, VersionId | None]:
        """Find one's own as `own` does, and of `name@2` the version too.

        UserError of `own`, style.no_version (a checkpoint that is kept no more is none).
        """
        name, number = split_number(wanted)
        style = await self.own(name, owner_id, guild_id)
        if number is None:
            return style, None
        card = await self._store.styles.card(style.id, owner_id, guild_id, number=number)
        if card is None or card.version is None:
            raise UserError("style.no_version", name=style.name, number=str(number))
        return style, card.version.id

    async def usable(self, viewer_id: OwnerId, guild_id: int | None) -> tuple[StyleCard, ...]:
        """List all that the viewer may draw with, own first."""
        return await self._store.styles.usable(viewer_id, guild_id, self._bases.sha256s)

    async def bases_of(
        self, style: Style, viewer_id: OwnerId, guild_id: int | None
    ) -> tuple[str, ...]:
        """Name the bases that the viewer may draw with it on, where the host has several."""
        if not self._bases.are_several:
            return ()
        found: list[str] = []
        for base in self._bases:
            card = await self._store.styles.card(style.id, viewer_id, guild_id, (base.sha256,))
            if card is not None and card.checkpoint is not None:
                found.append(base.label)
        return tuple(found)

    async def undrawable(self, viewer_id: OwnerId, guild_id: int | None) -> tuple[Undrawable, ...]:
        """List what the viewer finds here but cannot draw with, own first, and why."""
        any_base = await self._store.styles.seen(viewer_id, guild_id)
        versions = {card.style.id: card.version for card in any_base}
        found: list[Undrawable] = []
        for card in await self._seen(viewer_id, guild_id):
            if card.checkpoint is None:
                version = versions.get(card.style.id)
                other = None if version is None else base_names(version, self._bases)[0]
                found.append(Undrawable(card.style, other))
        return tuple(found)

    async def of_owner(self, owner_id: OwnerId) -> tuple[Style, ...]:
        """List a person's own styles, also those that are still being trained."""
        return await self._store.styles.of_owner(owner_id)

    async def suggest(
        self, typed: str, viewer_id: OwnerId, guild_id: int | None
    ) -> tuple[Suggestion, ...]:
        """Complete what the viewer may draw with; what begins with `typed` first.

        Where a style has several versions, each follows by its number.
        """
        seen = await self._seen(viewer_id, guild_id)
        usable = [card for card in seen if card.checkpoint is not None]
        styles = [card.style for card in seen]
        plain = _completed(typed, [card.style for card in usable], styles)
        return (*plain, *_numbered(typed, usable, styles))

    async def suggest_shared(
        self, typed: str, viewer_id: OwnerId, guild_id: int | None
    ) -> tuple[Suggestion, ...]:
        """Complete what everybody here may draw with, as `suggest`."""
        seen = await self._seen(viewer_id, guild_id)
        shared = [card.style for card in seen if card.is_shared_in(guild_id)]
        return _completed(typed, shared, [card.style for card in seen])

    async def suggest_own(
        self, typed: str, owner_id: OwnerId, guild_id: int | None
    ) -> tuple[Suggestion, ...]:
        """Complete a person's own styles of all servers, as `suggest`; those of this one first."""
        seen = await self._store.styles.seen(owner_id, guild_id)
        mine = [card for card in seen if card.style.owner_id == owner_id]
        mine.sort(key=lambda card: card.style.guild_id != guild_id)
        own = [card.style for card in mine]
        return (*_completed(typed, own, own), *_numbered(typed, mine, own))

    async def set_channel_default(
        self, channel_id: int, wanted: str | None, viewer_id: OwnerId, guild_id: int | None
    ) -> Style | None:
        """Choose what a channel draws with when nothing is said; None forgets it.

        Returns the style that was found by its id or name. UserError style.unknown, and where not
        everybody could draw with it: style.elsewhere, style.not_trained, style.old_base,
        style.default_private.
        """
        if wanted is None:
            await self._store.people.set_channel_style(channel_id, guild_id, None)
            return None
        card = await self.find(wanted, viewer_id, guild_id)
        style = card.style
        if style.guild_id != guild_id:
            raise UserError("style.elsewhere", name=style.name)
        if card.version is None:
            raise await why_undrawable(self._store, self._bases, style, viewer_id, guild_id)
        if not card.is_shared_in(guild_id):
            raise UserError("style.default_private", name=style.name)
        await self._store.people.set_channel_style(channel_id, guild_id, style.id)
        return style

    async def _seen(self, viewer_id: OwnerId, guild_id: int | None) -> tuple[StyleCard, ...]:
        return await self._store.styles.seen(viewer_id, guild_id, self._bases.sha256s)


def _completed(
    typed: str, offered: Sequence[Style], all_seen: Sequence[Style]
) -> tuple[Suggestion, ...]:
    """Choose those of `offered` that fit; a name is unique when nothing else seen has it."""
    wanted = fold_name(typed)
    counts = Counter(fold_name(style.name) for style in all_seen)
    fitting = [
        (fold_name(style.name), style) for style in offered if wanted in fold_name(style.name)
    ]
    fitting.sort(key=lambda one: not one[0].startswith(wanted))
    return tuple(Suggestion(style, counts[key] == 1) for key, style in fitting)


def _numbered(
    typed: str, offered: Sequence[StyleCard], all_seen: Sequence[Style]
) -> tuple[Suggestion, ...]:
    """Choose those versions that fit, the newest first, of styles that have several."""
    wanted = fold_name(typed)
    counts = Counter(fold_name(style.name) for style in all_seen)
    return tuple(
        Suggestion(card.style, counts[fold_name(card.style.name)] == 1, number)
        for card in offered
        if len(card.numbers) > 1
        for number in reversed(card.numbers)
        if wanted in fold_name(with_number(card.style.name, number))
    )
