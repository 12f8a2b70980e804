"""Read the bot's messages as a person does: words, buttons, pictures, numbers under them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import discord

#: Discord's number for a file upload and a text field in a window.
FILE_UPLOAD = discord.ComponentType.file_upload.value
TEXT_INPUT = discord.ComponentType.text_input.value

Upload = tuple[str, bytes]


def words_of(message: discord.Message) -> str:
    """Return all text of a message, whatever part of it carries it."""
    parts = [message.content]
    for embed in message.embeds:
        parts += [embed.title or "", embed.description or ""]
        parts += [f"{item.name} {item.value}" for item in embed.fields]
    for part in walk(item.to_dict() for item in message.components):
        parts.append(str(part.get("content") or ""))
        for option in part.get("options", ()):
            parts += [str(option["label"]), str(option.get("description") or "")]
    return "\n".join(part for part in parts if part)


def walk(components: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every component, those inside others too."""
    for item in cast("Sequence[Mapping[str, Any]]", list(components)):
        yield item
        inner = [*item.get("components", ())]
        inner += [item[key] for key in ("accessory", "component") if item.get(key)]
        yield from walk(inner)


def fill(modal: Mapping[str, Any], uploads: Sequence[Upload], text: str | None) -> dict[str, Any]:
    """Fill a window: files into its upload fields in order, text into the first text field.

    Raises ValueError when the window has not enough room for the files.
    """
    values: dict[str, Any] = {}
    left = list(uploads)
    for part in walk(modal["components"]):
        if part["type"] == FILE_UPLOAD and left:
            most = int(part.get("max_values", 1))
            values[str(part["custom_id"])] = left[:most]
            left = left[most:]
        elif part["type"] == TEXT_INPUT and text is not None:
            values[str(part["custom_id"])] = text
            text = None
    if left:
        raise ValueError(f"the window has no room for {len(left)} more files")
    return values
