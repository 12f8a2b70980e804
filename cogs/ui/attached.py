"""Which pictures Discord has of a message already, so that only changed ones are uploaded."""

from __future__ import annotations

import hashlib
import io
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import discord

from cogs.ui.card import Card, Shown

#: Messages that are remembered; what is forgotten is uploaded once more.
_MOST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The pictures of one message as Discord keeps them, by what they are."""

    attachments: dict[str, discord.Attachment] = field(
        default_factory=dict[str, discord.Attachment]
    )

    def files_for(self, card: Card) -> list[discord.Attachment | discord.File]:
        """Name what is there, and upload what is not; each list serves one request."""
        return [
            self.attachments.get(_key(shown)) or discord.File(io.BytesIO(shown.data), shown.name)
            for shown in card.pictures
        ]


class Attached:
    """By message, the newest ones."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, Kept] = OrderedDict()

    def pop(self, message_id: int) -> Kept:
        """Take a message out; nothing is kept of one that is not known."""
        return self._kept.pop(message_id, Kept())

    def put(self, message_id: int, card: Card, attachments: Sequence[discord.Attachment]) -> None:
        """Remember what a message shows now."""
        by_name = {attachment.filename: attachment for attachment in attachments}
        known = {
            _key(shown): by_name[shown.name] for shown in card.pictures if shown.name in by_name
        }
        self._kept[message_id] = Kept(attachments=known)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)


def _key(shown: Shown) -> str:
    return f"{shown.name} {hashlib.sha256(shown.data).hexdigest()}"
