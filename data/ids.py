"""How rows are called."""

from __future__ import annotations

import secrets

#: Crockford's base 32: no i, l, o, u, so that an id can be read out loud.
ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
ID_LENGTH = 10


def new_id() -> str:
    """Make an unguessable id of 50 bits that fits a button and a nonce."""
    return "".join(secrets.choice(ID_ALPHABET) for _ in range(ID_LENGTH))
