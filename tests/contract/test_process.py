"""What only a real process can do: hang, speak nonsense, outlive its parent."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine.client import EngineSettings
from engine.errors import StartHindered, StartKilled, StartRefused
from engine.framing import encode, read_blocking
from engine.protocol import Done, Lost, Ready, Started
from engine.supervisor import ProcessEngine
from tests.contract.requests import TIMEOUT_S, drawing, ends_once, flying, run
from tests.sources import ROOT

posix = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")


def settings(
    folder: Path, base: str = "builtin", *, python: Path = Path(sys.executable), **changes: float
) -> EngineSettings:
    return EngineSettings(
        base=Path(base),
        outbox=folder / "outbox",
        python=str(python),
        scripted=True,
        **changes,  # pyright: ignore[reportArgumentType] - floats for floats
    )


def child_of(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


@asynccontextmanager
async def closing(engine: ProcessEngine) -> AsyncIterator[ProcessEngine]:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            yield engine
    finally:
        async with asyncio.timeout(TIMEOUT_S):
            await engine.aclose()


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


async def gone(pid: int) -> bool:
    """Whether the process ends within the time-out; looked at, for nobody tells."""
    for _ in range(500):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 0)
            if not is_zombie(pid):
                await asyncio.sleep(0.02)
                continue
        return True
    return False


def is_zombie(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return False


async def test_no_process_is_left_after_closing(tmp_path: Path) -> None:
    engine = ProcessEngine(settings(tmp_path))
    await engine.start()
    pid = engine.pid
    assert pid is not None
    await engine.aclose()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert engine.pid is None


async def test_a_child_that_does_not_leave_is_made_to(tmp_path: Path) -> None:
    engine = ProcessEngine(settings(tmp_path, stop_timeout_s=0.2))
    await engine.start()
    pid = engine.pid
    assert pid is not None
    async with flying(engine, drawing("a", "!deaf")) as stream:
        await stream.until(Started)
        await engine.aclose()
        assert ends_once(await stream.rest(), Lost)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_an_engine_without_its_bot_leaves_at_once(tmp_path: Path) -> None:
    """As after kill -9 of the bot, in the middle of a long step."""
    child = subprocess.Popen(
        [sys.executable, "-m", "engine.worker", settings(tmp_path).to_json()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    with child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            assert isinstance(read_blocking(child.stdout), Ready)
            child.stdin.write(encode(drawing("a", "!deaf")))
            child.stdin.flush()
            assert isinstance(read_blocking(child.stdout), Started)
            child.stdin.close()
            assert child.wait(timeout=5) == 0
        finally:
            child.kill()


async def test_a_killed_bot_leaves_no_engine(tmp_path: Path) -> None:
    code = (
        "import asyncio, os, signal, sys\n"
        "from engine.client import EngineSettings\n"
        "from engine.supervisor import ProcessEngine\n"
        "async def main():\n"
        "    engine = ProcessEngine(EngineSettings.from_json(sys.argv[1]))\n"
        "    await engine.start()\n"
        "    print(engine.pid, flush=True)\n"
        "    os.kill(os.getpid(), getattr(signal, 'SIGKILL', signal.SIGTERM))\n"
        "asyncio.run(main())"
    )
    bot = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, settings(tmp_path).to_json(), stdout=subprocess.PIPE, cwd=ROOT
    )
    async with asyncio.timeout(TIMEOUT_S):
        out, _ = await bot.communicate()
        assert await gone(int(out))


# --- starting -------------------------------------------------------------------------------


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


# --- living ---------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="only POSIX can stop a process")
async def test_a_silent_engine_is_killed_and_replaced(tmp_path: Path) -> None:
    quick = settings(tmp_path, ping_every_s=0.05, silence_timeout_s=0.3)
    async with closing(ProcessEngine(quick)) as engine:
        await engine.start()
        pid = engine.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        assert ends_once(await run(engine, drawing("a")), Lost)
        assert ends_once(await run(engine, drawing("b")), Done)
        assert engine.pid != pid


async def test_an_engine_that_hangs_in_a_step_is_killed_and_replaced(tmp_path: Path) -> None:
    quick = settings(tmp_path, ping_every_s=0.05, step_timeout_s=0.3)
    async with closing(ProcessEngine(quick)) as engine:
        await engine.start()
        assert ends_once(await run(engine, drawing("a", "!deaf")), Lost)
        assert ends_once(await run(engine, drawing("b")), Done)


async def test_long_requests_of_short_steps_are_not_taken_for_hanging(tmp_path: Path) -> None:
    quick = settings(tmp_path, ping_every_s=0.02, step_timeout_s=0.3, silence_timeout_s=0.3)
    async with closing(ProcessEngine(quick)) as engine:
        await engine.start()
        assert ends_once(await run(engine, drawing("a", "!slow", count=4)), Done)  # 0.6 s


async def test_requests_are_told_when_the_restart_is_refused(tmp_path: Path) -> None:
    # a base that is there once and then no more
    once = tmp_path / "once"
    code = (
        "import pathlib, runpy, sys\n"
        f"once = pathlib.Path({str(once)!r})\n"
        "base = '!missing' if once.exists() else 'builtin'\n"
        "once.touch()\n"
        "sys.argv[1] = sys.argv[1].replace('builtin', base)\n"
        "runpy.run_module('engine.worker', run_name='__main__', alter_sys=True)"
    )
    command = (*child_of(code), settings(tmp_path).to_json())
    async with closing(ProcessEngine(settings(tmp_path), command=command)) as engine:
        await engine.start()
        assert ends_once(await run(engine, drawing("a", "!crash")), Lost)
        (event,) = await run(engine, drawing("b"))
        assert getattr(event, "key", None) == "engine.base_missing"
        once.unlink()
        while True:  # every start that is refused answers at once; then one works
            with contextlib.suppress(StartRefused):
                await engine.start()
                break
            await asyncio.sleep(0.05)
        assert ends_once(await run(engine, drawing("c")), Done)


async def test_the_childs_log_goes_to_the_bots_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "engine.worker")
    async with closing(ProcessEngine(settings(tmp_path))) as engine:
        await engine.start()
        await run(engine, drawing("a", "!print"))
        await run(engine, drawing("b", "!raise"))
    assert "a library speaks" in caplog.text
    assert "RuntimeError: asked to raise" in caplog.text


def test_settings_survive_the_command_line(tmp_path: Path) -> None:
    before = EngineSettings(base=Path("owner/model"), outbox=tmp_path, device="cuda", threads=3)
    assert json.loads(before.to_json())["base"] == "owner/model"
    assert EngineSettings.from_json(before.to_json()) == before
