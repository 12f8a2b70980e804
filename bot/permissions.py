"""Permissions by the names under which people find them in Discord's settings."""

from __future__ import annotations

from collections.abc import Iterable

from bot.i18n import Texts


def permission_names(texts: Texts, flags: Iterable[str]) -> str:
    """Name permissions, given as discord.py's flags: `Send Messages, Attach Files`."""
    return ", ".join(texts.say(f"permission.may_{flag}") for flag in flags)
