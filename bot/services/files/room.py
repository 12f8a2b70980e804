"""How much room Discord leaves for pictures, and a picture brought down to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.services.files.parts import REQUEST_BYTES
from engine.pictures.webp import as_webp

#: What Discord takes of a file where nobody pays for more; it says so with every interaction.
USUAL_BYTES: Final = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A drawn picture as it is handed out."""

    data: bytes
    #: the file name's end, without the dot
    suffix: str
    #: whether its colours are those that were drawn
    is_exact: bool


def room_each(count: int, file_bytes: int) -> int:
    """Tell how large each of `count` files of one message may be; `file_bytes` is one's limit."""
    return min(file_bytes, REQUEST_BYTES // max(1, count))


def fitted(png: bytes, most_bytes: int) -> Fitted | None:
    """Keep the PNG where it fits, else make a WebP with the same texts in it.

    None when not even that fits. Takes up to seconds: call it in a thread.
    """
    if len(png) <= most_bytes:
        return Fitted(data=png, suffix="png", is_exact=True)
    made = as_webp(png, most_bytes)
    return None if made is None else Fitted(data=made[0], suffix="webp", is_exact=made[1])
