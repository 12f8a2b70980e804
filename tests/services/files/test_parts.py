"""Parts are each below the limit, fill messages, and are joined by the line that is shown."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import cast

import pytest

from bot.services.files.parts import (
    REQUEST_BYTES,
    Part,
    in_messages,
    read_part,
    split,
    unix_command,
    windows_command,
)
from bot.services.files.style_file import StyleFile
from data.models import Style, StyleVersion

MIB = 1024 * 1024


def file_of(path: Path, size_bytes: int) -> StyleFile:
    return StyleFile(
        path=path,
        file_name="mira-v1-500.safetensors",
        size_bytes=size_bytes,
        sha256="ab" * 32,
        style=cast("Style", None),  # nothing here asks whose it is
        version=cast("StyleVersion", None),
    )


@pytest.mark.parametrize("size_bytes", [1, 999, 9_000, 8_975, 8_977, 123_457])
def test_what_the_shell_joins_is_the_file(tmp_path: Path, size_bytes: int) -> None:
    data = bytes(number * 7 % 251 for number in range(size_bytes))
    whole = tmp_path / "blob"
    whole.write_bytes(data)
    file = file_of(whole, size_bytes)
    parts = split(file, 10_000)
    for part in parts:
        piece = read_part(whole, part)
        assert 0 < len(piece) < 10_000
        (tmp_path / part.file_name).write_bytes(piece)
    subprocess.run(["sh", "-c", unix_command(file.file_name)], cwd=tmp_path, check=True)
    assert (tmp_path / file.file_name).read_bytes() == data
    assert parts[0].file_name == "mira-v1-500.safetensors.001"


def test_a_real_style_fits_into_four_messages() -> None:
    """81.2 MiB on a server without boosts; Discord takes 25 MiB with one message."""
    parts = split(file_of(Path("x"), int(81.2 * MIB)), 10 * MIB)
    messages = in_messages(parts, beside_bytes=2_000, beside=1)
    assert [len(message) for message in messages] == [2, 2, 2, 3]
    for message in messages:
        assert sum(part.size_bytes for part in message) <= REQUEST_BYTES


def test_no_message_has_more_than_ten_files() -> None:
    parts = split(file_of(Path("x"), 25 * 1000), 2024)
    messages = in_messages(parts, beside_bytes=0, beside=1)
    assert [len(message) for message in messages] == [9, 10, 6]


def test_a_part_larger_than_a_message_goes_alone() -> None:
    """On a server with boosts one file may be larger than what a message takes elsewhere."""
    parts = split(file_of(Path("x"), 162 * MIB), 50 * MIB)
    assert [len(message) for message in in_messages(parts)] == [1, 1, 1, 1]


def test_windows_joins_them_by_name_while_they_are_few() -> None:
    few = split(file_of(Path("x"), 3000), 2024)
    assert windows_command("a.safetensors", few) == (
        "copy /b mira-v1-500.safetensors.001+mira-v1-500.safetensors.002"
        "+mira-v1-500.safetensors.003 a.safetensors"
    )
    many = [Part(file_name=f"a.{n:03}", start=n, size_bytes=1) for n in range(1, 100)]
    assert windows_command("a", many) == "copy /b a.0* a"
