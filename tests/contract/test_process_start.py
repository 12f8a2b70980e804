"""How a real process starts: refused with a reason, hindered, cut off, tried again."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import sys
from pathlib import Path

import pytest

from engine.errors import StartHindered, StartKilled, StartRefused
from engine.protocol import Done, Lost
from engine.supervisor import ProcessEngine
from tests.contract.processes import child_of, closing, posix, settings
from tests.contract.requests import drawing, ends_once, run


async def refusal(engine: ProcessEngine) -> StartRefused:
    async with closing(engine):
        with pytest.raises(StartRefused) as refused:
            await engine.start()
    return refused.value


async def started(engine: ProcessEngine) -> None:
    """Wait for the first try that nothing hinders."""
    while engine.pid is None:
        with contextlib.suppress(StartHindered, StartKilled):
            await engine.start()


async def test_a_start_that_takes_too_long_names_the_setting(tmp_path: Path) -> None:
    error = await refusal(ProcessEngine(settings(tmp_path, "!hang", start_timeout_s=1)))
    assert error.key == "engine.start_timeout"
    assert error.facts == {"setting": "ENGINE_START_TIMEOUT_S", "seconds": 1}


async def test_a_bug_while_loading_is_a_refusal(tmp_path: Path) -> None:
    error = await refusal(ProcessEngine(settings(tmp_path, "!raise")))
    assert (error.key, error.facts) == ("engine.internal", {"error": "RuntimeError"})


async def test_a_child_that_dies_before_its_handshake_is_reported(tmp_path: Path) -> None:
    error = await refusal(ProcessEngine(settings(tmp_path, "!die")))
    assert (error.key, error.facts) == (
        "engine.start_died",
        {"code": 70, "last_line": "a last line"},
    )


def killed_until(alive: Path, folder: Path) -> tuple[str, ...]:
    """A worker that a signal ends while it starts, as when memory is short, until a file exists."""
    code = (
        "import os, pathlib, runpy, signal\n"
        f"alive = pathlib.Path({str(alive)!r})\n"
        "tries = alive.with_name('tries')\n"
        "tries.write_text(str(int(tries.read_text() if tries.exists() else 0) + 1))\n"
        "alive.exists() or os.kill(os.getpid(), signal.SIGKILL)\n"
        "runpy.run_module('engine.worker', run_name='__main__', alter_sys=True)"
    )
    return (*child_of(code), settings(folder).to_json())


@posix
async def test_a_signal_before_the_first_handshake_is_no_refusal(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    quick = settings(tmp_path, restart_first_s=0.05, restart_most_s=0.2)
    engine = ProcessEngine(quick, command=killed_until(alive, tmp_path))
    waiting = asyncio.create_task(run(engine, drawing("a")))
    async with closing(engine):
        starting = asyncio.create_task(engine.start())
        while not (tmp_path / "tries").exists():  # noqa: ASYNC110 - only the disk tells
            await asyncio.sleep(0.01)
        alive.touch()
        await starting
        assert engine.refusal is None
        assert ends_once(await waiting, Done)


@posix
async def test_signals_at_every_start_are_told_and_it_goes_on_trying(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    quick = settings(tmp_path, restart_first_s=0.02, restart_most_s=0.05)
    engine = ProcessEngine(quick, command=killed_until(alive, tmp_path))
    waiting = asyncio.create_task(run(engine, drawing("a")))
    async with closing(engine):
        with pytest.raises(StartKilled, match=r"engine\.start_died") as killed:
            await engine.start()
        assert killed.value.facts["code"] == -signal.SIGKILL
        assert int((tmp_path / "tries").read_text()) == 5
        (failed,) = await waiting
        assert getattr(failed, "key", None) == "engine.start_died"
        alive.touch()
        await started(engine)
        assert ends_once(await run(engine, drawing("b")), Done)


async def test_an_exit_is_waited_for_before_it_is_called_a_crash(tmp_path: Path) -> None:
    code = "import os, sys, time; os.close(1); time.sleep(0.3); sys.exit('a last line')"
    error = await refusal(ProcessEngine(settings(tmp_path), command=child_of(code)))
    assert error.facts == {"code": 1, "last_line": "a last line"}


@pytest.mark.parametrize(
    "code",
    [
        "print('Hello, I am no engine at all')",
        "import os; os.write(1, bytes([0, 0, 0, 2]) + b'{}')",
    ],
    ids=["text", "json"],
)
async def test_a_child_that_speaks_nonsense_is_refused(tmp_path: Path, code: str) -> None:
    error = await refusal(ProcessEngine(settings(tmp_path), command=child_of(code)))
    assert error.key == "engine.not_an_engine"


async def test_a_program_that_cannot_be_run_is_refused(tmp_path: Path) -> None:
    error = await refusal(ProcessEngine(settings(tmp_path), command=(str(tmp_path / "none"),)))
    assert error.key == "engine.cannot_run"


async def test_a_program_that_can_be_run_later_serves_what_waited(tmp_path: Path) -> None:
    program = tmp_path / "python"
    engine = ProcessEngine(settings(tmp_path, python=program, restart_most_s=0.2))
    waiting = asyncio.create_task(run(engine, drawing("a")))
    async with closing(engine):
        with pytest.raises(StartHindered, match=r"engine\.cannot_run"):
            await engine.start()
        assert isinstance(engine.refusal, StartHindered)
        program.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        program.chmod(0o700)
        await started(engine)
        assert engine.refusal is None
        assert ends_once(await waiting, Done)


async def test_an_outbox_that_can_be_made_later_serves_what_waited(tmp_path: Path) -> None:
    in_the_way = tmp_path / "outbox"
    in_the_way.write_bytes(b"a file where the folder belongs")
    engine = ProcessEngine(settings(tmp_path, restart_most_s=0.2))
    waiting = asyncio.create_task(run(engine, drawing("a")))
    async with closing(engine):
        with pytest.raises(StartHindered, match=r"engine\.no_outbox"):
            await engine.start()
        in_the_way.unlink()
        await started(engine)
        assert ends_once(await waiting, Done)


async def test_a_restart_that_is_hindered_keeps_what_waits(tmp_path: Path) -> None:
    engine = ProcessEngine(settings(tmp_path, restart_first_s=0.05, restart_most_s=0.2))
    async with closing(engine):
        await engine.start()
        shutil.rmtree(tmp_path / "outbox")
        (tmp_path / "outbox").write_bytes(b"a file where the folder belongs")
        assert ends_once(await run(engine, drawing("a", "!crash")), Lost)
        waiting = asyncio.create_task(run(engine, drawing("b")))
        with pytest.raises(StartHindered):
            await engine.start()
        (tmp_path / "outbox").unlink()
        assert ends_once(await waiting, Done)


async def test_the_engine_never_sees_the_bots_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "secret")
    code = "import os, sys; sys.exit(f'token: {os.environ.get(\"DISCORD_TOKEN\")}')"
    error = await refusal(ProcessEngine(settings(tmp_path), command=child_of(code)))
    assert error.facts["last_line"] == "token: None"


@pytest.mark.parametrize(("chosen", "seen"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
async def test_the_engines_threads_wait_asleep_unless_the_host_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str | None, seen: str
) -> None:
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    if chosen is not None:
        monkeypatch.setenv("OMP_WAIT_POLICY", chosen)
    code = "import os, sys; sys.exit(os.environ['OMP_WAIT_POLICY'])"
    error = await refusal(ProcessEngine(settings(tmp_path), command=child_of(code)))
    assert error.facts["last_line"] == seen


async def test_an_interrupted_start_leaves_no_process(tmp_path: Path) -> None:
    engine = ProcessEngine(settings(tmp_path, "!hang"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await engine.start()
    async with asyncio.timeout(5):
        await engine.aclose()


async def test_what_an_earlier_engine_left_in_the_outbox_is_swept_away(tmp_path: Path) -> None:
    outbox = tmp_path / "outbox"
    outbox.mkdir()
    (outbox / "oh-0123456789abcdef.png").write_bytes(b"left behind")
    (outbox / "mine.png").write_bytes(b"not the engine's")
    async with closing(ProcessEngine(settings(tmp_path))) as engine:
        await engine.start()
        assert [path.name for path in outbox.iterdir()] == ["mine.png"]
