"""The command line's `train` and `draw`, done by whoever holds the state folder.

One wish per connection over the local socket, `{"train": {...}}` or `{"draw": {...}}`; the answers
are `{"progress": {...}}` and one end, `{"done": {...}}` or `{"error": {"key", "facts"}}`. Files
travel by path: both sides are the same user on the same disk.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.errors import UserError
from bot.platform.local_socket import Channel, connect
from bot.services.hostwork import HostWork, WorkApp
from bot.services.wishes import (
    BringWish,
    Drawn,
    DrawnPicture,
    DrawWish,
    Exported,
    ExportWish,
    Health,
    ImportWish,
    Progressed,
    RedrawWish,
    RefusedFile,
    TakenIn,
    Tell,
    Trained,
    TrainWish,
)


class HandoverHost:
    """The holder's side: does what another process of this user asks."""

    def __init__(self, app: WorkApp) -> None:
        self._app = app

    async def handle(self, channel: Channel) -> None:
        """Serve one connection; a wish whose asker leaves is abandoned."""
        message = await channel.receive()
        if message is None:
            return
        work = HostWork(self._app)
        answering = asyncio.create_task(_answer(work, message, channel))
        leaving = asyncio.create_task(channel.receive())
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                answering.cancel()
                await asyncio.wait({answering})  # a job that it was beginning has its id then
            if answering.cancelled() or isinstance(answering.exception(), ConnectionError):
                await work.abandon()
            else:
                answering.result()
        finally:
            answering.cancel()
            leaving.cancel()
            await asyncio.gather(answering, leaving, return_exceptions=True)


async def _answer(work: HostWork, message: dict[str, Any], channel: Channel) -> None:
    async def tell(progressed: Progressed) -> None:
        await channel.send({"progress": asdict(progressed)})

    try:
        done = await _do(work, message, tell)
    except UserError as error:
        await channel.send({"error": {"key": error.key, "facts": error.facts}})
    else:
        await channel.send({"done": asdict(done)})


async def _do(
    work: HostWork, message: dict[str, Any], tell: Tell
) -> Trained | Drawn | Exported | TakenIn | Health:
    match message:
        case {"train": {**fields}}:
            return await work.train(TrainWish(**fields), tell)
        case {"draw": {**fields}}:
            return await work.draw(DrawWish(**fields), tell)
        case {"redraw": {**fields}}:
            return await work.redraw(RedrawWish(**fields), tell)
        case {"export": {**fields}}:
            return await work.export(ExportWish(**fields))
        case {"import": {**fields}}:
            return await work.take_in(ImportWish(**fields))
        case {"bring": {**fields}}:
            return await work.bring(BringWish(**fields), tell)
        case {"health": _}:
            return work.health()
        case _:
            raise UserError("handover.unknown")


class HandoverClient:
    """The command line's side: the same two calls as `HostWork`, done by the holder."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir

    async def abandon(self) -> None:
        """Do nothing: the holder sees that the connection ends."""

    async def train(self, wish: TrainWish, tell: Tell) -> Trained:
        """Hand a training over; raises local_socket.NobodyThere."""
        return _trained(await self._ask({"train": asdict(wish)}, tell))

    async def bring(self, wish: BringWish, tell: Tell) -> Trained:
        """Hand over a style that was trained elsewhere; raises local_socket.NobodyThere."""
        return _trained(await self._ask({"bring": asdict(wish)}, tell))

    async def draw(self, wish: DrawWish, tell: Tell) -> Drawn:
        """Hand a draw over; raises local_socket.NobodyThere."""
        return _drawn(await self._ask({"draw": asdict(wish)}, tell))

    async def redraw(self, wish: RedrawWish, tell: Tell) -> Drawn:
        """Hand a picture's recipe over; raises local_socket.NobodyThere."""
        return _drawn(await self._ask({"redraw": asdict(wish)}, tell))

    async def export(self, wish: ExportWish) -> Exported:
        """Ask for a style's file; raises local_socket.NobodyThere."""
        return Exported(**await self._ask({"export": asdict(wish)}, _nobody_asks))

    async def take_in(self, wish: ImportWish) -> TakenIn:
        """Hand an import over; raises local_socket.NobodyThere."""
        return TakenIn(**await self._ask({"import": asdict(wish)}, _nobody_asks))

    async def health(self) -> Health:
        """Ask how the holder is; raises local_socket.NobodyThere."""
        return Health(**await self._ask({"health": {}}, _nobody_asks))

    async def _ask(self, wish: dict[str, Any], tell: Tell) -> dict[str, Any]:
        channel = await connect(self._state_dir)
        try:
            await channel.send(wish)
            while True:
                match await channel.receive():
                    case {"progress": {**fields}}:
                        await tell(Progressed(**fields))
                    case {"done": {**fields}}:
                        return fields
                    case {"error": {"key": str(key), "facts": {**facts}}}:
                        raise UserError(key, **facts)
                    case _:
                        raise UserError("handover.broken")
        finally:
            await channel.aclose()


async def _nobody_asks(_progressed: Progressed) -> None:
    """Drop progress: these wishes have none."""


def _trained(done: dict[str, Any]) -> Trained:
    refused = tuple(RefusedFile(**one) for one in done.pop("refused"))
    return Trained(**done, refused=refused)


def _drawn(done: dict[str, Any]) -> Drawn:
    pictures = tuple(DrawnPicture(**one) for one in done.pop("pictures"))
    unknown = tuple((word, near) for word, near in done.pop("unknown"))
    # A bot of an earlier version tells none.
    filled = tuple((name, value) for name, value in done.pop("filled", ()))
    return Drawn(**done, pictures=pictures, unknown=unknown, filled=filled)
