"""Why a style cannot be drawn with: it is not trained yet, or was trained for another base."""

from __future__ import annotations

from pathlib import PurePath

from bot.errors import UserError
from bot.services.bases import Bases
from bot.services.store import Store
from data.models import OwnerId, Style, StyleVersion, VersionId

#: So much of a base's hash tells two of one name apart.
_HASH_CHARS = 6


async def why_undrawable(
    store: Store,
    bases: Bases,
    style: Style,
    viewer_id: OwnerId,
    guild_id: int | None,
    version_id: VersionId | None = None,
) -> UserError:
    """Word it for a style, or for one version of it, that has no checkpoint for this base."""
    card = await store.styles.card(style.id, viewer_id, guild_id, version_id=version_id)
    if card is None or card.version is None:
        return UserError("style.not_trained", name=style.name)
    other, now = base_names(card.version, bases)
    return UserError("style.old_base", name=style.name, base=other, now=now)


def base_names(version: StyleVersion, bases: Bases) -> tuple[str, str]:
    """Name the base that a version was trained for, and the one of now: never alike."""
    base = bases.first
    other, now = _short(version.base), _short(base.name)
    if other != now:
        return other, now
    return f"{other} {version.base_sha256[:_HASH_CHARS]}", f"{now} {base.sha256[:_HASH_CHARS]}"


def _short(base: str) -> str:
    """Leave out in which folder the host keeps it."""
    return PurePath(base).name or base
