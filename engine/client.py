"""What the bot may ask of an engine, wherever the engine runs."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from engine.errors import StartRefused
from engine.protocol import Event, Ready, Request

Device = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """How to start an engine; travels to the worker as JSON in its arguments, so no secrets."""

    #: a diffusers folder, a checkpoint file, or the name of a model
    base: Path
    #: files leave the engine through this folder; must be on the blobs' disk to be adopted cheaply
    outbox: Path
    #: diffusers configurations for a checkpoint file; None takes SDXL's
    config: Path | None = None
    #: what the host says that the base is; None looks at the base
    family: str | None = None
    #: packed styles are kept in this folder, which may be emptied; None keeps none
    shelf: Path | None = None
    #: the U-Net is compiled and what comes of it kept in this folder; None leaves it eager
    graphs: Path | None = None
    device: Device = "auto"
    #: of the GPU's memory, in gigabytes; 0 takes what is free
    gpu_memory_gb: float = 0
    #: styles in use at once; 0 for as many as the memory holds
    slots: int = 0
    #: the rank that a slot holds; a style of more rank takes several
    slot_rank: int = 16
    #: CPU threads of torch; 0 leaves it to torch
    threads: int = 0
    #: the interpreter of the worker
    python: str = sys.executable
    #: torch-free runners that obey words in the prompt (tests only)
    scripted: bool = False
    #: requests of a kind that run side by side; the others wait inside the engine
    draws_at_once: int = 4
    trainings_at_once: int = 1
    #: of the device's time, while drawings want it as well; between 0 and 1
    training_share: float = 0.3
    #: loading a base from a slow disk takes minutes
    start_timeout_s: float = 600.0
    ping_every_s: float = 5.0
    #: no sign of life for so long: the process is killed and started again
    silence_timeout_s: float = 60.0
    #: one step may take so long before the engine counts as hung
    step_timeout_s: float = 1800.0
    #: how long `aclose` waits for an orderly end before it terminates, then kills
    stop_timeout_s: float = 5.0
    #: wait before the first restart; doubled each time up to `restart_most_s`
    restart_first_s: float = 0.2
    restart_most_s: float = 30.0

    def to_json(self) -> str:
        """Write the worker's one argument."""
        values = dataclasses.asdict(self)
        # as_posix: a model's name (owner/name) must not turn into owner\name on Windows
        values["base"] = self.base.as_posix()
        values["outbox"] = str(self.outbox)
        for name in ("config", "shelf", "graphs"):
            values[name] = values[name] and str(values[name])
        return json.dumps(values)

    @classmethod
    def from_json(cls, text: str) -> EngineSettings:
        """Read what `to_json` wrote; unknown fields raise TypeError."""
        values = json.loads(text)
        values["base"] = Path(values["base"])
        values["outbox"] = Path(values["outbox"])
        for name in ("config", "shelf", "graphs"):
            values[name] = values[name] and Path(values[name])
        return cls(**values)


class EngineClient(Protocol):
    """One engine. Every request ends in exactly one terminal message, whatever happens."""

    @property
    def ready(self) -> Ready:
        """The last handshake; raises `EngineDied` before the first one."""
        ...

    @property
    def serving(self) -> bool:
        """Whether a request would begin at once."""
        ...

    @property
    def refusal(self) -> StartRefused | None:
        """Why no requests are served now; None while they are, or while it is not known yet."""
        ...

    @property
    def base(self) -> Path | None:
        """The base that `switch` chose last; None: the one that the engine was made with."""
        ...

    async def start(self) -> None:
        """Start, and return when requests are served; again after that: wait until they are.

        Raises `StartRefused` when the engine says that it cannot work. After `StartHindered` and
        `StartKilled` it is tried again by itself; another call waits for that.
        """
        ...

    async def switch(self, base: Path) -> None:
        """Serve with another base from now on; one at a time is loaded.

        Requests in flight end first, by themselves; who asks meanwhile waits, and is served with
        the new one. Raises `StartRefused` when that one cannot be served; then the former is again.
        """
        ...

    def submit(self, request: Request) -> AsyncGenerator[Event, None]:
        """Run one request; the events end with exactly one `Terminal`.

        Waits while the engine starts. Files in events belong to the caller. Leaving early cancels
        the request: iterate inside `contextlib.aclosing(engine.submit(request))`, so that leaving
        takes effect at once. ValueError when a request of this id is being iterated already.
        """
        ...

    async def cancel(self, request_id: str) -> None:
        """Ask a request to end as `Cancelled`; nothing happens when it has ended already."""
        ...

    async def aclose(self) -> None:
        """Stop the engine; requests in flight end as `Lost`. May be called twice."""
        ...
