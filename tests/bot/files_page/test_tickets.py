"""A link is good once, for a quarter of an hour, and cannot be guessed."""

from __future__ import annotations

import hmac
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.files_page.tickets import LIFE_S, MOST_OPEN, FileTicket, Tickets
from data.models import OwnerId

TICKET = FileTicket(
    owner_id=OwnerId(1),
    path=Path("a"),
    file_name="a.safetensors",
    size_bytes=1,
    sha256="ab" * 32,
    locale="en",
)


def test_a_token_is_good_once() -> None:
    tickets = Tickets(ManualClock())
    token = tickets.issue(TICKET)
    assert tickets.look(token) is TICKET
    assert tickets.take(token) is TICKET
    assert (tickets.look(token), tickets.take(token)) == (None, None)


def test_a_token_dies_after_a_quarter_of_an_hour() -> None:
    clock = ManualClock()
    tickets = Tickets(clock)
    token = tickets.issue(TICKET)
    clock.advance(LIFE_S * 1000 - 1)
    assert tickets.look(token) is TICKET
    clock.advance(1)
    assert tickets.take(token) is None


def test_a_token_carries_256_random_bits() -> None:
    tickets = Tickets(ManualClock())
    tokens = {tickets.issue(TICKET) for _ in range(100)}
    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {43}  # 43 letters of base64 hold 258 bits


@pytest.mark.parametrize("guess", ["", "x", "x" * 43, "ё\ud800", "a" * 100_000])
def test_what_is_no_token_opens_nothing(guess: str) -> None:
    tickets = Tickets(ManualClock())
    tickets.issue(TICKET)
    assert tickets.look(guess) is None


def test_every_open_token_is_compared_whichever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time must not tell how near a guess is, nor which of the open ones it met."""
    tickets = Tickets(ManualClock())
    tokens = [tickets.issue(TICKET) for _ in range(5)]
    compared: list[int] = []
    original = hmac.compare_digest

    def counted(one: bytes, other: bytes) -> bool:
        compared.append(len(one))
        return original(one, other)

    monkeypatch.setattr(hmac, "compare_digest", counted)
    for asked in (tokens[0], tokens[4], "no"):
        compared.clear()
        tickets.look(asked)
        assert compared == [32] * 5


def test_of_too_many_links_the_oldest_goes() -> None:
    tickets = Tickets(ManualClock())
    tokens = [tickets.issue(TICKET) for _ in range(MOST_OPEN + 1)]
    assert tickets.look(tokens[0]) is None
    assert tickets.look(tokens[1]) is TICKET
    assert tickets.look(tokens[-1]) is TICKET
