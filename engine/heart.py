"""Signs of life: a child that is silent or hangs in one step is killed."""

from __future__ import annotations

import asyncio
import logging

from engine.child import Child
from engine.client import EngineSettings
from engine.protocol import Ping

log = logging.getLogger(__name__)


class Heart:
    """Listens to one child."""

    def __init__(self, child: Child, settings: EngineSettings) -> None:
        self._child = child
        self._settings = settings
        self._pong_at = 0.0

    async def listen(self) -> None:
        """Ask for signs of life until there are none."""
        clock = asyncio.get_running_loop()
        self._pong_at = clock.time()
        while True:
            self._child.post(Ping())
            await asyncio.sleep(self._settings.ping_every_s)
            silent_s = clock.time() - self._pong_at
            if silent_s > self._settings.silence_timeout_s:
                log.error("engine %d has been silent for %.0f s: killed", self._child.pid, silent_s)
                self._child.kill()
                return

    def note(self, busy_s: float) -> None:
        """Take a sign, which tells how long the present step has been running."""
        self._pong_at = asyncio.get_running_loop().time()
        if busy_s > self._settings.step_timeout_s:
            log.error("engine %d hangs in a step for %.0f s: killed", self._child.pid, busy_s)
            self._child.kill()
