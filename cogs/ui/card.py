"""A card: one message of ours as Discord lays it out, with the pictures it shows."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import discord

_ALT_CHARS: Final = 250
#: Discord covers files that are called so until somebody wants to see them.
_SPOILER: Final = "SPOILER_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A picture of a card, as it is uploaded."""

    name: str
    data: bytes
    #: for people who do not see it
    alt: str = ""

    @property
    def is_spoiler(self) -> bool:
        """Whether Discord covers it; in a gallery the name alone does not."""
        return self.name.startswith(_SPOILER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Everything that a message of ours consists of; made anew for every edit."""

    view: discord.ui.LayoutView
    #: and other files
    pictures: tuple[Shown, ...] = ()

    def files(self) -> list[discord.File]:
        """Make the uploads; each list serves one request."""
        return [discord.File(io.BytesIO(shown.data), shown.name) for shown in self.pictures]


def text(content: str) -> discord.ui.TextDisplay[Any]:
    """Make a paragraph."""
    return discord.ui.TextDisplay(content)


def file_name(name: str, *, spoiler: bool) -> str:
    """Name a picture's file so that Discord covers it, if it shall be."""
    return f"{_SPOILER}{name}" if spoiler else name


def gallery(pictures: Sequence[Shown]) -> discord.ui.MediaGallery[Any]:
    """Show up to ten pictures of this message."""
    return discord.ui.MediaGallery(
        *(
            discord.MediaGalleryItem(
                f"attachment://{shown.name}",
                description=shown.alt[:_ALT_CHARS] or None,
                spoiler=shown.is_spoiler,
            )
            for shown in pictures
        )
    )


Part = discord.ui.Item[Any] | str


def card(
    *parts: Part,
    pictures: Sequence[Shown] = (),
    files: Sequence[Shown] = (),
    wide: Sequence[Shown] = (),
    buttons: Sequence[discord.ui.Button[Any]] = (),
    rows: Sequence[Sequence[discord.ui.Button[Any]]] = (),
    colour: discord.Colour | None = None,
) -> Card:
    """Put paragraphs, pictures and files into one frame, buttons under them, then whole rows.

    Discord shows several pictures of one gallery side by side, so a picture of `wide` has its own.
    """
    container: discord.ui.Container[Any] = discord.ui.Container(accent_colour=colour)
    for part in parts:
        if part:
            container.add_item(text(part) if isinstance(part, str) else part)
    if pictures:
        container.add_item(gallery(pictures))
    for shown in wide:
        container.add_item(gallery([shown]))
    for file in files:
        container.add_item(discord.ui.File(f"attachment://{file.name}"))
    for first in range(0, len(buttons), 5):
        container.add_item(discord.ui.ActionRow(*buttons[first : first + 5]))
    for buttons_of_row in filter(None, rows):
        container.add_item(discord.ui.ActionRow(*buttons_of_row))
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(container)
    # All buttons are dynamic items, found by their class: discord.py need not keep this view.
    view.stop()
    return Card(view=view, pictures=(*pictures, *wide, *files))
