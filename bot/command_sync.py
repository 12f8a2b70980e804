"""Sends the commands to Discord: to all servers, or to one alone while developing."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import Any

import discord
from discord import app_commands

from bot.translator import CommandTranslator
from data.repos.meta import MetaRepo

log = logging.getLogger(__name__)

#: Remembered in a server's place when the commands were sent to all.
_EVERYWHERE = "all"


class CommandSync:
    """Remembers what was sent where, so that a start sends only what changed."""

    def __init__(
        self, tree: app_commands.CommandTree[Any], meta: MetaRepo, guild_id: int | None
    ) -> None:
        self._tree = tree
        self._meta = meta
        self._guild = discord.Object(guild_id) if guild_id else None

    async def run(self) -> bool:
        """Send the commands when they differ from those sent last; True when sent.

        Where an earlier setting sent them, they are taken back: there, every command would be
        shown twice. A server that the bot is not in costs a line in the log, and nothing changes.
        """
        if self._guild is not None:
            self._tree.copy_global_to(guild=self._guild)
        name, digest = self._sent_to(self._place), await self._digest()
        is_new = await self._meta.get(name) != digest
        if is_new:
            if not await self._send():
                return False
            await self._meta.put(name, digest)
        await self._take_back_from_others()
        return is_new

    @property
    def _place(self) -> str:
        return _EVERYWHERE if self._guild is None else str(self._guild.id)

    def _sent_to(self, place: str) -> str:
        """Name what is remembered of the commands that were sent to this place."""
        return f"commands:{self._tree.client.application_id}:{place}"

    async def _send(self) -> bool:
        try:
            synced = await self._tree.sync(guild=self._guild)
        except (discord.Forbidden, discord.NotFound) as error:
            if self._guild is None:
                raise
            log.warning("the bot is not in DISCORD_GUILD %s yet: %s", self._place, error)
            return False
        log.info("sent %d commands to Discord", len(synced))
        return True

    async def _take_back_from_others(self) -> None:
        for name in await self._meta.keys(self._sent_to("")):
            if name != self._sent_to(self._place):
                await self._take_back(name.removeprefix(self._sent_to("")))
                await self._meta.remove(name)

    async def _take_back(self, place: str) -> None:
        if place == _EVERYWHERE:
            self._tree.clear_commands(guild=None)
            await self._tree.sync()
            return
        try:
            await self._tree.sync(guild=discord.Object(int(place)))
        except (discord.Forbidden, discord.NotFound) as error:
            log.info("the commands of server %s stay; it let the bot go: %s", place, error)

    async def _digest(self) -> str:
        payloads = [
            await command.get_translated_payload(self._tree, CommandTranslator())
            for command in self._tree.get_commands(guild=self._guild)
        ]
        return hashlib.sha256(json.dumps(payloads, sort_keys=True).encode()).hexdigest()
