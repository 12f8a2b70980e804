"""The house members: three people with a taste, who vote for every picture and training."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import discord
from PIL import Image, ImageFilter, ImageStat

from bot.playground.world import World

#: Time that a member takes to look at new pictures.
LOOK_S: Final = 1.5

Taste = Callable[[Image.Image], float]


def warmth(picture: Image.Image) -> float:
    """Prefer red over blue."""
    red, _green, blue = ImageStat.Stat(picture).mean
    return red - blue


def line(picture: Image.Image) -> float:
    """Prefer drawings with many clear edges."""
    return ImageStat.Stat(picture.convert("L").filter(ImageFilter.FIND_EDGES)).mean[0]


def light(picture: Image.Image) -> float:
    """Prefer bright pictures."""
    return ImageStat.Stat(picture.convert("L")).mean[0]


TASTES: Final[dict[str, Taste]] = {"Mika": warmth, "Ren": line, "Sol": light}


def favourite(name: str, pictures: Sequence[bytes]) -> int | None:
    """Choose a picture by the member's taste, None to like none; always the same answer.

    A picture alone has no rival, so one in three is passed over, by a hash of name and picture.
    """
    if len(pictures) == 1:
        digest = hashlib.sha256(name.encode() + pictures[0]).digest()
        return None if digest[0] % 3 == 0 else 0
    taste = TASTES[name]
    scores = [taste(Image.open(io.BytesIO(data)).convert("RGB")) for data in pictures]
    return scores.index(max(scores))


def favourite_checkpoint(name: str, sheet: bytes, checkpoints: int) -> int:
    """Choose a row of a training's sheet, one of the later half; always the same answer."""
    digest = hashlib.sha256(name.encode() + sheet).digest()
    return checkpoints - 1 - digest[0] % (checkpoints // 2 + 1)


@dataclass(slots=True, kw_only=True)
class House:
    """Watches the channel and reacts as people do."""

    world: World
    judged: set[int]

    @classmethod
    def of(cls, world: World) -> House:
        """Begin with everything that is there already seen."""
        return cls(world=world, judged={message.id for message in world.messages()})

    async def live(self) -> None:
        """React to every message that the bot asks votes on, for ever."""
        while True:
            message = await self._next()
            self.judged.add(message.id)
            sheet = next((item for item in message.attachments if _is_sheet(item)), None)
            shown = message.attachments if sheet is None else [sheet]
            pictures = [await item.read() for item in shown]
            for name in TASTES:
                await asyncio.sleep(LOOK_S)
                if sheet is None:
                    chosen = await asyncio.to_thread(favourite, name, pictures)
                else:
                    offered = len(self.world.offered(message.id))
                    chosen = favourite_checkpoint(name, pictures[0], offered)
                await self._vote(name, message.id, chosen)

    async def _next(self) -> discord.Message:
        while True:
            self.world.moved.clear()
            for message in self.world.messages():
                if message.id not in self.judged and self._asks_for_votes(message):
                    return message
            await self.world.moved.wait()

    def _asks_for_votes(self, message: discord.Message) -> bool:
        """Tell whether the bot put reactions under the message: one for each of its pictures."""
        if any(_is_sheet(item) for item in message.attachments):
            return bool(self.world.offered(message.id))
        count = len(message.attachments)
        return count > 0 and len(self.world.offered(message.id)) >= count

    async def _vote(self, name: str, message_id: int, chosen: int | None) -> None:
        if chosen is None:
            return
        async with self.world.turn():
            message = discord.utils.get(self.world.messages(), id=message_id)
            if message is not None:
                # a number, or the heart under a single picture
                emoji = self.world.offered(message_id)[chosen]
                await self.world.members[name].react(message, emoji)


def _is_sheet(attachment: discord.Attachment) -> bool:
    """Tell the numbered sheet of a training's checkpoints from other pictures."""
    return "-sheet." in attachment.filename
