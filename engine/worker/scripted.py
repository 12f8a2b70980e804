"""The scripted stand-in on the stage of a real process; see `engine.scripted`.

The base's name gives stage directions as well: `!missing`, `!raise`, `!hang`, `!die`, `!version`.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time

from engine.client import EngineSettings
from engine.errors import JobFailed
from engine.outbox import Outbox
from engine.protocol import VERSION, Ready, Request
from engine.scripted import Cue, Pause, play
from engine.worker.runners import Steps, Workshop

CRASH_CODE = 70


def open_scripted(settings: EngineSettings) -> Workshop:
    """Open at once, or fail as the base's name asks."""
    _obey(settings.base.name)
    outbox = Outbox(settings.outbox)
    ready = Ready(
        version=VERSION + (settings.base.name == "!version"),
        device="cpu",
        base=settings.base.name,
        base_sha256=_sha256(settings.base.name),
        family="builtin",
    )
    return Workshop(ready=ready, run=lambda request: _run(request, outbox))


def _sha256(name: str) -> str:
    return "f" * 64 if name == "builtin" else hashlib.sha256(name.encode()).hexdigest()


def _obey(word: str) -> None:
    match word:
        case "!missing":
            raise JobFailed("engine.base_missing", base=word)
        case "!raise":
            raise RuntimeError("asked to raise")
        case "!hang":
            time.sleep(3600)
        case "!die":
            sys.stderr.write("a last line\n")
            sys.stderr.flush()
            os._exit(CRASH_CODE)
        case _:
            pass


def _run(request: Request, outbox: Outbox) -> Steps:
    for happening in play(request, outbox):
        match happening:
            case Pause(seconds=seconds):
                time.sleep(seconds)
                yield None
            case Cue.CRASH:
                os._exit(CRASH_CODE)
            case Cue.PRINT:
                _print()
                yield None
            case event:
                yield event


def _print() -> None:
    sys.stdout.write("a library speaks\n")
    sys.stdout.flush()
    os.write(1, b"\0\0\0\2{}")  # as C would, and it even looks like a frame
