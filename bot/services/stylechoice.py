"""Which style a draw uses when the person does not say."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Sequence

from bot.errors import UserError
from bot.services.base import Base
from bot.services.bases import Bases
from bot.services.numbering import split_number
from bot.services.orders import NOTHING, DrawOrder
from bot.services.store import Store
from bot.services.undrawable import why_undrawable
from data.models import JobKind, Style, StyleCard, StyleId
from data.repos.styles import fold_name

#: so many styles are named when the person has to choose
NAMED = 5


def unknown_style(name: str, usable: Sequence[str]) -> UserError:
    """Word that there is no such style, with the one the person may have meant."""
    by_key = {fold_name(one): one for one in usable}
    by_key.pop(fold_name(name), None)  # another one of that name is not the one that was meant
    near = difflib.get_close_matches(fold_name(name), by_key, n=1)
    if near:
        return UserError("style.unknown_near", name=name[:50], nearest=by_key[near[0]])
    return UserError("style.unknown", name=name[:50])


class StyleChoice:
    """Resolves a style the way `/draw` promises."""

    def __init__(self, store: Store, bases: Bases) -> None:
        self._store = store
        self._bases = bases

    async def choose(self, order: DrawOrder) -> tuple[StyleCard | None, str]:
        """Return the style and why: asked, newest, last, channel, only, none.

        Newest is what the person has finished training since they drew last; none is asked for.

        A style is asked for by its id or name, the person's own first, and one of its versions as
        `name@2`. UserError style.unknown (also for somebody else's private style), style.no_version
        (also for a private one), style.not_trained, style.old_base, draw.no_style,
        draw.which_style (names), bases.unknown, bases.no_version (for this base).
        """
        if order.style is not None:
            name = order.style.strip()
            if name.casefold() == NOTHING:
                return None, "none"
            return await self._asked(name, order.style_id, order), "asked"
        drawable = await self._store.styles.usable(
            order.owner_id, order.guild_id, self._wanted(order)
        )
        by_id = {card.style.id: card for card in drawable}
        last = await self._store.people.last_use(order.owner_id)
        if last is not None and last.style_id in by_id:
            return by_id[last.style_id], "newest" if last.kind is JobKind.TRAIN else "last"
        channel = await self._channel_default(order.channel_id)
        if channel is not None and channel in by_id:
            return by_id[channel], "channel"
        shared = [card for card in drawable if card.is_shared_in(order.guild_id)]
        # One's own only style is as clear a case as the server's only one.
        if len(drawable) == 1 or len(shared) == 1:
            return (drawable if len(drawable) == 1 else shared)[0], "only"
        if not drawable:
            raise await self._nothing(order)
        names = list(dict.fromkeys(card.style.name for card in drawable))
        raise UserError("draw.which_style", names=", ".join(names[:NAMED]))

    async def stack(self, order: DrawOrder, base: Base) -> tuple[StyleCard, ...]:
        """Find the styles laid over the first one, for its base, with its rights and errors."""
        on_it = dataclasses.replace(order, base=base.label) if self._bases.are_several else order
        asked = order.stack or ()
        return tuple([await self._asked(one.name, one.style_id, on_it) for one in asked])

    async def _asked(self, name: str, style_id: StyleId | None, order: DrawOrder) -> StyleCard:
        here = order.owner_id, order.guild_id, self._wanted(order)
        name, number = split_number(name)
        if style_id is None:
            card = await self._store.styles.find(name, *here, number=number)
        else:
            card = await self._store.styles.card(style_id, *here, number=number)
        if card is None:
            usable = await self._store.styles.usable(order.owner_id, order.guild_id)
            raise unknown_style(name, [card.style.name for card in usable])
        if card.checkpoint is None and number is not None:
            raise UserError("style.no_version", name=card.style.name, number=str(number))
        if card.checkpoint is None:
            raise await self._why_not(card.style, order)
        return card

    async def _nothing(self, order: DrawOrder) -> UserError:
        """Word that there is no style for this base, or none at all."""
        for card in await self._store.styles.usable(order.owner_id, order.guild_id):
            return await self._why_not(card.style, order)
        return UserError("draw.no_style")

    async def _why_not(self, style: Style, order: DrawOrder) -> UserError:
        here = order.owner_id, order.guild_id
        why = await why_undrawable(self._store, self._bases, style, *here)
        if order.base is None or why.key != "style.old_base":
            return why
        return UserError("bases.no_version", name=style.name, base=order.base)

    def _wanted(self, order: DrawOrder) -> tuple[str, ...] | None:
        if order.base is None:
            return self._bases.sha256s
        base = self._bases.named(order.base)
        # Nothing was trained yet for a base that never served.
        return None if base is self._bases.first and not base.sha256 else (base.sha256,)

    async def _channel_default(self, channel_id: int | None) -> StyleId | None:
        if channel_id is None:
            return None
        return await self._store.people.channel_style(channel_id)
