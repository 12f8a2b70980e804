"""What people, servers and styles are set to: it fills what a draw leaves open."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Final

from bot.clock import Clock
from bot.errors import UserError
from bot.services.drawing.actor import Actor
from bot.services.drawing.choices import Choices, checked, choices_from_json, choices_to_json
from bot.services.drawing.filling import Layer
from bot.services.drawing.presets import PresetService, folded, named, unknown_preset
from bot.services.orders import DrawOrder
from bot.services.store import Store
from bot.services.tasks import Whose
from data.errors import NotFound
from data.models import OwnerId, Style, StyleCard, StyleId
from data.settings import Default, Holder
from engine.base.families import FAMILIES

#: Of fewer draws no usual score is told.
_DRAWS_LEAST: Final = 5


class DefaultService:
    """Read, change and forget them; each has those who may."""

    def __init__(self, store: Store, presets: PresetService, clock: Clock) -> None:
        self._store = store
        self._presets = presets
        self._clock = clock

    async def of(self, holder: Holder) -> Choices:
        """Return what is set, to whomever."""
        found = await self._store.defaults.get(holder)
        return Choices() if found is None else choices_from_json(found.choices_json)

    async def check(self, holder: Holder, actor: Actor) -> Style | None:
        """Return the style that it is about, if any.

        UserError settings.not_manager, style.not_yours, style.unknown, error.not_allowed for what
        the actor may not set.
        """
        if holder.style_id is not None:
            return await self._own_style(holder.style_id, actor)
        if holder.guild_id is not None:
            if holder.guild_id != actor.guild_id or not actor.is_manager:
                raise UserError("settings.not_manager")
        elif holder.person_id != actor.id:
            raise UserError("error.not_allowed")
        return None

    async def change(
        self, holder: Holder, actor: Actor, edit: Callable[[Choices], Choices]
    ) -> Choices:
        """Set what `edit` makes of what is set now.

        UserError as `check`, of `checked`, and draw.preset_none (preset, presets).
        """
        await self.check(holder, actor)
        async with self._store.db.write():
            now = await self.of(holder)
            wanted = checked(edit(now))
            if wanted.preset != now.preset:
                wanted = await self._with_preset(wanted, holder, actor)
            await self._put(holder, actor, wanted)
        return wanted

    async def forget(self, holder: Holder, actor: Actor) -> None:
        """Set nothing any more; UserError as `check`."""
        await self.check(holder, actor)
        await self._store.defaults.forget(holder)

    async def choosable(self, holder: Holder, actor: Actor) -> tuple[str, ...]:
        """Name the stored presets that it may be set to: a server only to its own."""
        person_id = None if holder.guild_id is not None else actor.id
        stored = await self._presets.usable(person_id, actor.guild_id)
        return tuple(dict.fromkeys(one.name for one in stored))

    async def for_draw(self, order: DrawOrder, card: StyleCard | None) -> tuple[Layer, ...]:
        """List what fills an order with this style, what counts most first."""
        if order.settled:
            return ()
        holders = [
            (Whose.PERSON, Holder(person_id=order.owner_id), order.owner_id),
            (Whose.SERVER, Holder(guild_id=order.guild_id), None),
        ]
        if order.guild_id is None:
            holders.pop()
        if card is not None:
            style = card.style
            holders.insert(0, (Whose.STYLE, Holder(style_id=style.id), style.owner_id))
        layers = [await self._layer(*one, order.guild_id) for one in holders]
        return tuple(layer for layer in layers if not layer.choices.is_empty)

    async def usual_score(self, style: Style) -> int | None:
        """Return what the artist set for the style, else what they drew in it most often with."""
        score = (await self.of(Holder(style_id=style.id))).score
        if score is not None:
            return score
        return await self._store.people.usual_score(style.owner_id, style.id, least=_DRAWS_LEAST)

    async def _layer(
        self, whose: Whose, holder: Holder, setter_id: OwnerId | None, guild_id: int | None
    ) -> Layer:
        """Read one, with the preset that it names as its setter knows it."""
        choices = await self.of(holder)
        if choices.preset is None:
            return Layer(whose=whose, choices=choices)
        stored = await self._presets.usable(setter_id, guild_id)
        return Layer(whose=whose, choices=choices, preset=named(stored, choices.preset))

    async def _with_preset(self, wanted: Choices, holder: Holder, actor: Actor) -> Choices:
        if wanted.preset is None:
            return wanted
        key = folded(wanted.preset)
        ready = dict.fromkeys(name for family in FAMILIES for name in family.presets)
        names = (*ready, *await self.choosable(holder, actor))
        if key not in names:
            raise unknown_preset(key, names)
        return dataclasses.replace(wanted, preset=key)

    async def _put(self, holder: Holder, actor: Actor, wanted: Choices) -> None:
        if wanted.is_empty:
            await self._store.defaults.forget(holder)
            return
        default = Default(holder=holder, choices_json=choices_to_json(wanted), set_by=actor.id)
        await self._store.defaults.put(default, self._clock.now_ms())

    async def _own_style(self, style_id: StyleId, actor: Actor) -> Style:
        try:
            style = await self._store.styles.get(style_id)
        except NotFound:
            style = None
        if style is None or style.deleted_ms is not None:
            raise UserError("style.unknown", name=style_id)
        if style.owner_id != actor.id:
            raise UserError("style.not_yours")
        return style
