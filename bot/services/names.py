"""What a style may be called."""

from __future__ import annotations

import re

from bot.errors import UserError
from bot.services.orders import NOTHING

MAX_NAME_CHARS = 32
#: When the artist gives none: "drawn in your own hand".
DEFAULT_NAME = "own"
_NAME = re.compile(r"[\w][\w .'-]*")


def check_name(name: str) -> str:
    """Return the name without stray spaces; UserError style.name_bad.

    Letters and digits of any script, spaces and `. ' - _`: it appears in messages and commands.
    """
    tidy = " ".join(name.split())
    fits = 0 < len(tidy) <= MAX_NAME_CHARS and _NAME.fullmatch(tidy) is not None
    if not fits or tidy.casefold() == NOTHING:
        raise UserError("style.name_bad", name=tidy[:50], most=MAX_NAME_CHARS)
    return tidy
