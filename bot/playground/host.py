"""The machine the bot runs on: starts it, stops it, and has it all again afterwards."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from bot.app import App, open_app
from bot.client import OwnhandBot
from bot.config import Settings
from engine.client import EngineClient


@dataclass(slots=True, kw_only=True)
class Host:
    """One state folder, and the bot on it when it is up."""

    settings: Settings
    #: makes another engine than the real one, for fast tests
    engine: Callable[[Settings], EngineClient] | None = None
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _app: App | None = None
    #: from before SimCord, which gives what runs inside it another clock
    _context: contextvars.Context = field(default_factory=contextvars.copy_context)

    @property
    def app(self) -> App:
        """The running application."""
        if self._app is None:
            raise RuntimeError("the bot is down")
        return self._app

    async def up(self) -> OwnhandBot:
        """Start the application and return a client for it, not yet logged in."""
        opening = asyncio.create_task(self._open(), name="start", context=self._context.copy())
        self._app = await opening
        return OwnhandBot(self._app)

    async def _open(self) -> App:
        engine = self.engine(self.settings) if self.engine else None
        app = await self._stack.enter_async_context(open_app(self.settings, engine=engine))
        await app.start()
        return app

    async def down(self) -> None:
        """Stop the application; jobs that run go on the next time."""
        self._app = None
        await self._stack.aclose()
