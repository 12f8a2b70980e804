"""A small Discord in this process: one server, one channel, its members, and the bot."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast

import discord
import simcord
from simcord.actors import MemberActor
from simcord.backend.cdn import CDN_BASE
from simcord.builders import ChannelHandle, GuildHandle
from simcord.env import Env

from bot.errors import UserError
from bot.i18n import Texts

BOT = "Ownhand"
#: How long an action may work before SimCord gives up on it: 20 drawings are decoded in one.
ACTION_S = 120.0

_LOCALES: Final = {"en": "en-US", "ru": "ru"}

_Found = TypeVar("_Found")


@dataclass(slots=True, kw_only=True)
class World:
    """What the playground and the story act in."""

    env: Env
    guild: GuildHandle
    channel: ChannelHandle
    members: Mapping[str, MemberActor]
    #: portraits by name, for members and the bot
    faces: Mapping[str, bytes]
    #: the language of everybody's Discord
    texts: Texts
    #: held by whoever acts: SimCord refuses two actions at once
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    #: set at every event of the gateway, for `until`
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    #: the same, for whoever keeps a page fresh
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def locale(self) -> str:
        """The language as Discord calls it."""
        return discord.Locale(_LOCALES[self.texts.language]).value

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Act alone, at the present time of day."""
        async with self.lock:
            await self.catch_up()
            yield

    async def catch_up(self) -> None:
        """Bring SimCord's clock, which stands still by itself, to the host's."""
        behind_s = time.time() - self.env.now().timestamp()
        if behind_s > 0:
            await self.env.advance_time(behind_s)

    async def until(self, look: Callable[[], _Found | None], *, wait_s: float, what: str) -> _Found:
        """Look again after every event of the gateway, until there is something.

        Raises TimeoutError, which says `what` did not come.
        """
        try:
            async with asyncio.timeout(wait_s):
                while True:
                    self.moved.clear()
                    if (found := look()) is not None:
                        return found
                    await self.moved.wait()
        except TimeoutError:
            raise TimeoutError(f"waited {wait_s:.0f} s for {what}") from None

    @contextmanager
    def nobody_listens(self) -> Generator[None]:
        """Let things happen that no bot hears of: it is away."""
        listeners = self.env.backend.subscribers
        kept = listeners[:]
        listeners.clear()
        try:
            yield
        finally:
            listeners[:] = kept

    def messages(self) -> list[discord.Message]:
        """Return everything in the channel as it is now, oldest first."""
        return self.channel.history()

    def message(self, message_id: int) -> discord.Message:
        """Return one message of the channel as it is now."""
        found = discord.utils.get(self.messages(), id=message_id)
        if found is None:
            raise LookupError(f"no message {message_id}")
        return found

    def offered(self, message_id: int) -> tuple[str, ...]:
        """Return the reactions that the bot put under a message itself, in its order.

        (SimCord leaves `Reaction.me` false.)
        """
        stored = self.env.backend.get_message(self.channel.id, message_id)
        me = self.env.backend.bot_user.id
        return tuple(item.emoji for item in stored.reactions if me in item.user_ids)

    def portraits(self) -> dict[str, tuple[str, bytes]]:
        """Return the faces by the addresses under which Discord's clients look for them."""
        users = {BOT: self.env.backend.bot_user.id}
        users |= {name: member.id for name, member in self.members.items()}
        return {
            f"{CDN_BASE}/avatars/{users[name]}/{_face(name, self.faces)}.png": ("face.png", data)
            for name, data in self.faces.items()
            if name in users
        }

    def name_of(self, user_id: int) -> str:
        """Return what a member or the bot is called."""
        user = self.env.backend.users[user_id]
        return user.global_name or user.name


def is_answer(error: BaseException) -> bool:
    """Tell whether an error is one that a person was answered with, as it should be."""
    return isinstance(error, UserError) or isinstance(error.__cause__, UserError)


def _face(name: str, faces: Mapping[str, bytes]) -> str | None:
    return name.lower() if name in faces else None


@asynccontextmanager
async def open_world(
    bot: discord.Client,
    names: Sequence[str],
    texts: Texts,
    *,
    check_errors: bool,
    faces: Mapping[str, bytes] | None = None,
) -> AsyncGenerator[World]:
    """Log the bot in to a new server with these members, at the present time, in this language.

    The bot's application must have been started before: SimCord waits for every task that the
    client starts, and lets those that were there before alone.
    """
    run = simcord.run(bot, settle_timeout=ACTION_S, check_errors=check_errors)
    async with run as env:
        env.backend.advance_clock(max(0.0, time.time() - env.now().timestamp()))
        faces = faces or {}
        env.backend.bot_user.avatar = _face(BOT, faces)
        env.backend.edit_bot_profile(BOT)
        guild = env.create_guild(BOT)
        channel = guild.create_text_channel(
            texts.say("playground.channel"), topic=texts.say("playground.topic")
        )
        members = {
            name: guild.add_member(
                env.create_user(name.lower(), global_name=name, avatar=_face(name, faces))
            )
            for name in names
        }
        world = World(
            env=env, guild=guild, channel=channel, members=members, faces=faces, texts=texts
        )

        def moved(_event: str, _payload: Mapping[str, Any]) -> None:
            world.moved.set()
            world.changed.set()

        def speak(event: str, payload: Mapping[str, Any]) -> None:
            # SimCord's people speak English: before the bot hears of an act, this corrects it.
            if event == "INTERACTION_CREATE":
                cast("dict[str, Any]", payload)["locale"] = world.locale

        env.backend.subscribers.append(moved)
        env.backend.subscribers.insert(0, speak)
        yield world
