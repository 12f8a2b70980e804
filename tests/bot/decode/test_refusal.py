"""Amounts in sentences about what is too much."""

import pytest

from bot.decode.refusal import millions


@pytest.mark.parametrize(
    ("amount", "digits", "said"),
    [
        (25_000_000, 0, "25"),
        (25_000_001, 1, "25.1"),
        (50_000_001, 0, "51"),
        (400_000_000, 0, "400"),
    ],
)
def test_too_much_never_reads_as_the_most_that_is_taken(
    amount: int, digits: int, said: str
) -> None:
    assert str(millions(amount, digits)) == said
