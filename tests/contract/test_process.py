"""What only a real process can do: hang, speak nonsense, outlive its parent."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.client import EngineSettings
from engine.errors import StartRefused
from engine.framing import encode, read_blocking
from engine.protocol import Done, Lost, Ready, Started
from engine.supervisor import ProcessEngine
from tests.contract.processes import child_of, closing, posix, settings
from tests.contract.requests import TIMEOUT_S, drawing, ends_once, flying, run
from tests.sources import ROOT


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


@posix
async def test_a_lost_terminal_hangs_up_on_the_bot_alone(tmp_path: Path) -> None:
    async with closing(ProcessEngine(settings(tmp_path))) as engine:
        await engine.start()
        assert engine.pid is not None
        assert os.getsid(engine.pid) == engine.pid, "a session of its own has no terminal"


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
    before = EngineSettings(
        base=Path("owner/model"), config=tmp_path, outbox=tmp_path, device="cuda", family="pony"
    )
    assert json.loads(before.to_json())["base"] == "owner/model"
    assert EngineSettings.from_json(before.to_json()) == before
