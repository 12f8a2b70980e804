"""What is shipped to try things with."""

import pytest

from bot.playground.samples import header_facts, sample_artist
from engine.scripted import style_file


def test_thirty_six_drawings_are_shipped_with_their_words() -> None:
    drawings = sample_artist().drawings
    assert len(drawings) == 36
    assert all(path.with_suffix(".txt").read_text(encoding="utf-8").strip() for path in drawings)


def test_a_style_file_tells_about_itself() -> None:
    assert header_facts(style_file("mira", 40)) == {"ss_output_name": "mira", "ss_steps": "40"}


@pytest.mark.parametrize("data", [b"\xff" * 16, (2**40).to_bytes(8, "little") + b"{}"])
def test_what_is_no_style_file_tells_nothing(data: bytes) -> None:
    assert header_facts(data) == {}
