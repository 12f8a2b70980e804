"""What the child takes to refuse a bomb: memory, by the system's own high-water mark."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.decode.verdict import HEAD, Question, Task, pack, read_verdict
from tests.bot.decode.pngs import huge_png
from tests.bot.decode.zips import bomb, liar, many, many_unsaid, overlapping, zipped

ROOT = Path(__file__).resolve().parents[3]
MOST_MB = 300
#: The child, which says at its end how much memory it ever held.
CHILD = """
import sys
from bot.decode.__main__ import main
code = main()
with open("/proc/self/status") as status:
    [peak] = [line for line in status if line.startswith("VmHWM")]
print(peak.split()[1], file=sys.stderr)
raise SystemExit(code)
"""

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux keeps a process's own mark"
)


def asked(*questions: tuple[Question, bytes]) -> tuple[list[str], float]:
    """Return the key of every answer, and the child's peak in megabytes."""
    run = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=b"".join(pack(question, data) for question, data in questions),
        capture_output=True,
        cwd=ROOT,
        check=True,
    )
    keys: list[str] = []
    rest = run.stdout
    while rest:
        text_size, size = HEAD.unpack(rest[: HEAD.size])
        keys.append(read_verdict(rest[HEAD.size : HEAD.size + text_size]).key)
        rest = rest[HEAD.size + text_size + size :]
    return keys, int(run.stderr) / 1024


LISTED: list[tuple[str, Callable[[], bytes], str]] = [
    ("bomb", lambda: bomb(250_000_000), "intake.zip_bomb"),
    ("overlapping", lambda: overlapping(900, 900_000), "intake.zip_bomb"),
    ("10,000 files", lambda: many(10_000), "intake.zip_many"),
    ("300,000 files, one admitted", lambda: many_unsaid(300_000), "intake.zip_many"),
    ("traversal", lambda: zipped([("../a.png", b"x")]), "intake.zip_path"),
]


@pytest.mark.parametrize(
    ("make", "key"), [row[1:] for row in LISTED], ids=[row[0] for row in LISTED]
)
def test_bad_archives_take_little_memory(make: Callable[[], bytes], key: str) -> None:
    keys, peak_mb = asked((Question(name="a.zip", task=Task.ARCHIVE), make()))
    assert keys == [key]
    assert peak_mb < MOST_MB


def test_a_member_that_unpacks_to_more_than_it_says_takes_little_memory() -> None:
    keys, peak_mb = asked(
        (Question(name="a.zip", task=Task.ARCHIVE), liar(1000, 400_000_000)),
        (Question(name="a.png", task=Task.MEMBER, member=0), b""),
    )
    assert keys == ["", "intake.zip_damaged"]
    assert peak_mb < MOST_MB


@pytest.mark.parametrize("inside", [False, True], ids=["sent", "in an archive"])
def test_a_picture_of_400_megapixels_is_never_decoded(*, inside: bool) -> None:
    picture = huge_png(20_000, 20_000)
    questions = [(Question(name="a.png"), picture)]
    if inside:
        questions = [
            (Question(name="a.zip", task=Task.ARCHIVE), zipped([("a.png", picture)])),
            (Question(name="a.png", task=Task.MEMBER), b""),
        ]
    keys, peak_mb = asked(*questions)
    assert keys[-1] == "intake.too_large"
    assert peak_mb < MOST_MB
