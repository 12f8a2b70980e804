"""Single-use links: who holds the token may do one thing, once, for a quarter of an hour."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.clock import Clock
from bot.services.datasets import IntakeReport
from data.models import DatasetId, OwnerId

#: As long as Discord lets the interaction live that a link was shown in.
LIFE_S: Final = 15 * 60
#: More open links than this are a fault or a prank; the oldest goes.
MOST_OPEN: Final = 1000
_TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTicket:
    """Take this file home."""

    owner_id: OwnerId
    path: Path
    #: file-safe, [A-Za-z0-9_.-]
    file_name: str
    size_bytes: int
    sha256: str
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadTicket:
    """Put drawings into this draft."""

    owner_id: OwnerId
    dataset_id: DatasetId
    style: str
    locale: str
    #: called when the drawings are in
    arrived: Callable[[IntakeReport], Awaitable[None]]


Ticket = FileTicket | UploadTicket


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    ticket: Ticket
    until_ms: int


class Tickets:
    """The open links of this process.

    They are kept in memory, not in the database, on purpose: a link and the interaction that shows
    it die together after 15 minutes, a restart costs one more press of the button, and no secret
    lies on the disk or in a backup. Of a token only its sha256 is kept here.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[bytes, _Open] = {}

    def issue(self, ticket: Ticket) -> str:
        """Make a token of 256 random bits for it."""
        self._forget_old(most=MOST_OPEN - 1)
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        until_ms = self._clock.now_ms() + LIFE_S * 1000
        self._open[_digest(token)] = _Open(ticket=ticket, until_ms=until_ms)
        return token

    def look(self, token: str) -> Ticket | None:
        """Return what the token is for, and leave it usable; None when it is good for nothing."""
        found = self._find(token)
        return None if found is None else self._open[found].ticket

    def take(self, token: str) -> Ticket | None:
        """Use the token up."""
        found = self._find(token)
        return None if found is None else self._open.pop(found).ticket

    def _find(self, token: str) -> bytes | None:
        """Compare with every open one, in the same time whether and where it is found."""
        self._forget_old()
        wanted, found = _digest(token), None
        for digest in self._open:
            if hmac.compare_digest(digest, wanted):
                found = digest
        return found

    def _forget_old(self, most: int = MOST_OPEN) -> None:
        now = self._clock.now_ms()
        alive = [(digest, one) for digest, one in self._open.items() if one.until_ms > now]
        self._open = dict(alive[-most:])


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
