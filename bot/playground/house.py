"""The house members: three people with a taste, who vote for every new picture."""

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
from bot.services.votes import VOTE_EMOJI

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
            pictures = [await item.read() for item in message.attachments]
            for name in TASTES:
                await asyncio.sleep(LOOK_S)
                await self._vote(name, message.id, pictures)

    async def _next(self) -> discord.Message:
        while True:
            self.world.moved.clear()
            for message in self.world.messages():
                if message.id not in self.judged and self._asks_for_votes(message):
                    return message
            await self.world.moved.wait()

    def _asks_for_votes(self, message: discord.Message) -> bool:
        """Tell whether the bot put one reaction under the message for each of its pictures."""
        count = len(message.attachments)
        return count > 0 and len(self.world.offered(message.id)) >= count

    async def _vote(self, name: str, message_id: int, pictures: Sequence[bytes]) -> None:
        chosen = await asyncio.to_thread(favourite, name, pictures)
        if chosen is None:
            return
        async with self.world.turn():
            message = discord.utils.get(self.world.messages(), id=message_id)
            if message is not None:
                await self.world.members[name].react(message, VOTE_EMOJI[chosen])
