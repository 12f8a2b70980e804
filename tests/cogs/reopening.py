"""An app that is closed and opened again over its folder, as a new process would be."""

from __future__ import annotations

import asyncio
import contextvars
import dataclasses
from collections.abc import Callable
from contextlib import AsyncExitStack

from bot.app import App, open_app
from bot.client import OwnhandBot
from bot.clock import Clock, ManualClock
from bot.config import Settings
from engine.client import EngineClient
from tests.cogs.world import World

_PATIENCE_S = 60.0


class Doors:
    """Opens it outside of Discord: SimCord leaves tasks alone that are not the bot's."""

    def __init__(
        self,
        settings: Settings,
        engine: Callable[[], EngineClient],
        clock: Callable[[], Clock] = ManualClock,
    ) -> None:
        self._settings, self._engine, self._clock = settings, engine, clock
        self._context = contextvars.copy_context()
        self._stack = AsyncExitStack()

    async def open(self) -> App:
        """Wait until the engine has held every base."""
        return await asyncio.create_task(self._open(), context=self._context)

    async def close(self) -> None:
        await asyncio.create_task(self._stack.aclose(), context=self._context)

    async def restart(self, world: World, **changes: object) -> None:
        """Begin anew with nothing but the folder, and with other settings where they are named."""
        self._settings = dataclasses.replace(self._settings, **changes)  # type: ignore[arg-type]
        await self.close()
        world.app = await self.open()
        await world.env.restart_bot(OwnhandBot(world.app))

    async def _open(self) -> App:
        opening = open_app(self._settings, engine=self._engine(), clock=self._clock())
        app = await self._stack.enter_async_context(opening)
        await app.start()
        async with asyncio.timeout(_PATIENCE_S):
            for base in app.bases:
                await base.known.wait()
            await app.wait_ready()
        return app
