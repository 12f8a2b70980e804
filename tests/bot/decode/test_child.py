"""The decoding child: its frames, its limits, and what it may see."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import aclosing
from pathlib import Path

import pytest

from bot.decode.formats import foreign_format, refusal_key
from bot.decode.verdict import HEAD, Question, pack, read_verdict
from bot.services import decoding as decoding_module
from bot.services.intake import Accepted, IntakeService, Refused, Upload
from tests.services.conftest import png, upload

ROOT = Path(__file__).resolve().parents[3]


def service() -> IntakeService:
    return IntakeService(max_bytes=25_000_000, min_edge=lambda: 64)


async def judged(uploads: list[Upload]) -> list[Accepted | Refused]:
    async with aclosing(service().judge(uploads)) as outcomes:
        return [outcome async for outcome in outcomes]


def test_child_answers_question_after_question_and_leaves_with_its_parent() -> None:
    question = pack(Question(name="a.png"), png(1)) + pack(Question(name="b.png"), b"nothing")
    child = subprocess.run(
        [sys.executable, "-m", "bot.decode"],
        input=question,
        capture_output=True,
        cwd=ROOT,
        check=True,
    )
    keys: list[str] = []
    rest = child.stdout
    while rest:
        text_size, png_size = HEAD.unpack(rest[: HEAD.size])
        keys.append(read_verdict(rest[HEAD.size : HEAD.size + text_size]).key)
        rest = rest[HEAD.size + text_size + png_size :]
    assert keys == ["", "intake.not_picture"]


def test_child_loads_neither_torch_nor_discord_nor_the_store() -> None:
    code = (
        "import sys, bot.decode.__main__; "
        "sys.exit(any(n in sys.modules for n in ('torch', 'discord', 'aiosqlite', 'data')))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


async def test_a_file_that_kills_the_child_costs_only_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = decoding_module._Child.ask  # type: ignore[attr-defined]

    async def ask(self, question, data):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if question.name == "evil.png":
            self._process.kill()
        return await original(self, question, data)

    monkeypatch.setattr(decoding_module._Child, "ask", ask)  # type: ignore[attr-defined]
    outcomes = await judged(
        [upload(name, png(number)) for number, name in enumerate(("a.png", "evil.png", "c.png"))]
    )
    assert [type(outcome) for outcome in outcomes] == [Accepted, Refused, Accepted]
    assert isinstance(outcomes[1], Refused)
    assert outcomes[1].key == "intake.too_heavy"


async def test_a_file_that_takes_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding_module, "FILE_TIMEOUT_S", 0.0)
    (outcome,) = await judged([upload("a.png", png(1))])
    assert isinstance(outcome, Refused)
    assert outcome.key == "intake.too_heavy"


async def test_the_child_sees_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, str] = {}
    original = asyncio.create_subprocess_exec

    async def spy(*args, env, **kwargs):  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN003, ANN001, ANN202
        seen.update(env)
        return await original(*args, env=env, **kwargs)

    monkeypatch.setenv("DISCORD_TOKEN", "secret")
    monkeypatch.setattr(asyncio, "create_subprocess_exec", spy)
    await judged([upload("a.png", png(1))])
    assert "PATH" in seen
    assert "DISCORD_TOKEN" not in seen


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="macOS refuses memory limits")
def test_memory_of_the_child_is_limited() -> None:
    code = (
        "from bot.decode.__main__ import CPU_SECONDS, MEMORY_BYTES\n"
        "from bot.platform.limits import limit_this_process\n"
        "limit_this_process(memory_bytes=MEMORY_BYTES, cpu_seconds=CPU_SECONDS)\n"
        "try:\n    bytearray(MEMORY_BYTES)\nexcept MemoryError:\n    raise SystemExit(9)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, env=os.environ)
    assert run.returncode == 9


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n", None),
        ("a.psd", b"\x89PNG\r\n\x1a\n", None),  # the content decides
        ("a.kra", b"PK\3\4", "kra"),
        ("a.zip", b"PK\3\4", "zip"),
        ("a.zip", b"PK\5\6", "zip"),
        ("a.rar", b"Rar!\x1a\7", "rar"),
        ("a.heic", b"\0\0\0\x20ftypmif1", "heic"),
        ("a.avif", b"\0\0\0\x20ftypavif", "avif"),
        ("a.mp4", b"\0\0\0\x20ftypisom", "mp4"),
        ("a.sai2", b"anything", "sai"),
        ("a.txt", b"anything", None),
    ],
)
def test_foreign_formats(name: str, head: bytes, kind: str | None) -> None:
    assert foreign_format(name, head + bytes(40)) == kind


def test_formats_with_an_export_menu_have_a_sentence_of_their_own() -> None:
    assert refusal_key("kra") == "intake.format_kra"
    assert refusal_key("rar") == "intake.format_archive"
    assert refusal_key("tiff") == "intake.format_other"
