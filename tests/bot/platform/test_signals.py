"""A stop signal reaches the loop as a plain call."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

WAIT = """
import asyncio
from bot.platform.signals import on_stop

async def main():
    stop = asyncio.Event()
    undo = on_stop(asyncio.get_running_loop(), stop.set)
    print("ready", flush=True)
    await stop.wait()
    undo()
    print("stopped", flush=True)

asyncio.run(main())
"""


pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows sends signals to whole consoles"
)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_signal_stops_the_loop(name: str) -> None:
    # Whoever runs the tests may ignore hangups, which a child would inherit.
    heard = f"import signal; signal.signal(signal.{name}, signal.SIG_DFL)\n{WAIT}"
    command = [sys.executable, "-c", heard]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.Signals[name])
        assert child.stdout.readline() == "stopped\n"
        assert child.wait(10) == 0


def test_a_hangup_that_nohup_ignores_stays_ignored() -> None:
    command = ["nohup", sys.executable, "-c", WAIT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(0.3)
        child.terminate()
        assert child.stdout.readline() == "stopped\n"
        assert child.wait(10) == 0
