"""All bases of the host: one is loaded at a time, the first where nothing is said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.errors import UserError
from bot.services.base import Base
from bot.services.store import Store
from data.models import StyleCard, StyleVersion
from data.repos.styles import fold_name
from engine.pictures.recipe import Recipe


class Bases:
    """Finds a base by what it is called, by what it is, or for what was planned."""

    def __init__(self, bases: Sequence[Base]) -> None:
        self._bases = tuple(bases)
        self.first = self._bases[0]

    def __iter__(self) -> Iterator[Base]:
        return iter(self._bases)

    @property
    def are_several(self) -> bool:
        """Whether there is anything to choose."""
        return len(self._bases) > 1

    @property
    def resident(self) -> Base:
        """The one that the engine holds, or starts with."""
        return next((base for base in self._bases if base.is_resident), self.first)

    @property
    def sha256s(self) -> tuple[str, ...] | None:
        """What styles may be trained for; None as long as nothing is known of the first."""
        known = tuple(base.sha256 for base in self._bases if base.sha256)
        return known if self.first.sha256 else None

    def named(self, wanted: str) -> Base:
        """Find by name; UserError bases.unknown (base, names)."""
        for base in self._bases:
            if fold_name(base.label) == fold_name(wanted):
                return base
        names = ", ".join(base.label for base in self._bases)
        raise UserError("bases.unknown", base=wanted.strip()[:50], names=names)

    def labelled(self, label: str) -> Base | None:
        """Find what a row names; None when the host has it no more."""
        if not label:
            return self.first
        return next((base for base in self._bases if base.label == label), None)

    def of(self, sha256: str) -> Base | None:
        """Find the base with these weights."""
        return next((base for base in self._bases if base.sha256 == sha256), None)

    def for_recipe(self, recipe: Recipe) -> Base:
        """Find what a recipe was planned for."""
        return self._found(recipe.base_sha256, recipe.base)

    def for_version(self, version: StyleVersion) -> Base:
        """Find what a style's version was made for, also before any base has served."""
        return self._found(version.base_sha256, version.base)

    def _found(self, sha256: str, name: str) -> Base:
        named = (base for base in self._bases if base.name == name)
        found = self.of(sha256) if sha256 else None
        return found or next(named, self.first)

    def for_card(self, card: StyleCard | None) -> Base:
        """Find what a style is drawn with on; the first for none."""
        version = None if card is None else card.version
        return self.first if version is None else self.of(version.base_sha256) or self.first

    async def recall(self, store: Store) -> None:
        """Take what engines told some earlier time."""
        for base in self._bases:
            await base.recall(store)
