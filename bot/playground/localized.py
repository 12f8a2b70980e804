"""A command of the page's list as Discord shows it to people of another language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

Payload = Mapping[str, Any]
_Named = TypeVar("_Named", bound=Payload)


def localize(entry: dict[str, Any], commands: Sequence[Payload], locale: str) -> None:
    """Say an entry's name and descriptions in this language, where its command brings them.

    What the page sends back, the path and the names of options and choices, stays as it is.
    """
    command = next((one for one in commands if str(one["id"]) == entry["commandId"]), None)
    if command is None:
        return
    leaf, names = command, [_said(command, "name", locale)]
    for part in entry["path"][1:]:
        leaf = _named(leaf.get("options") or (), part)
        names.append(_said(leaf, "name", locale))
    entry["invocation"] = " ".join(names)
    entry["description"] = _said(leaf, "description", locale)
    for option in entry["options"]:
        known = _named(leaf.get("options") or (), option["name"])
        option["description"] = _said(known, "description", locale)
        for choice in option["choices"]:
            choice["name"] = _said(_named(known["choices"], choice["name"]), "name", locale)


def _named(items: Sequence[_Named], name: str) -> _Named:
    return next(item for item in items if item["name"] == name)


def _said(item: Payload, what: str, locale: str) -> str:
    translated: Mapping[str, str] = item.get(f"{what}_localizations") or {}
    return translated.get(locale) or str(item[what])
