"""`/style import`: fetch the file, hand it on, and say what came in."""

from __future__ import annotations

import asyncio
import logging
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import discord
from aiohttp import ClientError
from discord import app_commands

from bot.errors import UserError
from bot.services.imports import Imported, ImportOrder
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction, button
from cogs.ui.card import card
from cogs.ui.taking import put
from cogs.ui.wording import plain, small
from data.models import OwnerId

log = logging.getLogger(__name__)

#: An attachment is in memory as a whole for a moment; on a server with boosts it has 100 MB.
MOST_ATTACHED_MB: Final = 200
_FETCH_TIMEOUT_S: Final = 300.0
#: Discord takes no more choices, and no longer ones.
_CHOICES: Final = 25
_CHOICE_CHARS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the person said."""

    attachment: discord.Attachment | None
    listed: str | None
    name: str | None
    base: str | None


async def take_in(interaction: BotInteraction, given: Given) -> None:
    """Import what was given, in the answer that was deferred; UserError import.one_source."""
    if (given.attachment is None) == (given.listed is None):
        raise UserError("import.one_source")
    if given.listed is not None:
        path = await interaction.client.app.imports.in_folder(given.listed)
        await _take(interaction, path, given, from_host=True)
    elif given.attachment is not None:
        with tempfile.TemporaryDirectory(prefix="ownhand-", ignore_cleanup_errors=True) as folder:
            path = await _fetched(given.attachment, Path(folder))
            await _take(interaction, path, given, from_host=False)


async def suggest_files(interaction: BotInteraction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer the host's files; those with very long names cannot be chosen here."""
    names = await interaction.client.app.imports.suggest(typed)
    short = [name for name in names if len(name) <= _CHOICE_CHARS]
    return [app_commands.Choice(name=name, value=name) for name in short[:_CHOICES]]


async def _take(interaction: BotInteraction, path: Path, given: Given, *, from_host: bool) -> None:
    order = ImportOrder(
        owner_id=OwnerId(interaction.user.id),
        path=path,
        name=given.name,
        guild_id=interaction.guild_id,
        base=given.base,
        from_host=from_host,
    )
    taken = await interaction.client.app.imports.take(order)
    texts = texts_of(interaction)
    mine = button("mine", taken.style.id, texts)
    said = _said(interaction, taken)
    await put(interaction, card(said, small(texts.say("brought.offer")), buttons=[mine]))


def _said(interaction: BotInteraction, taken: Imported) -> str:
    texts, style = texts_of(interaction), plain(taken.style.name)
    lines = [texts.say("import.done", style=style, count=taken.layers, rank=taken.rank)]
    if taken.text_layers:
        lines[0] += " " + texts.say("import.texts", count=taken.text_layers)
    if interaction.client.app.bases.are_several:
        lines.append(texts.say("import.for_base", base=plain(taken.base)))
    if taken.title and taken.title != taken.style.name:
        lines.append(texts.say("import.title", title=plain(taken.title)))
    if taken.trigger:
        lines.append(texts.say("import.trigger", trigger=taken.trigger.replace("`", "'")))
    return "\n".join([*lines, texts.say("import.next")])


async def _fetched(attachment: discord.Attachment, folder: Path) -> Path:
    """Put an attachment onto the disk, under its own name as far as that is harmless."""
    size = round(attachment.size / 1e6)
    name = re.sub(r"[^\w.-]+", "_", attachment.filename).lstrip(".")[-80:] or "file"
    if size > MOST_ATTACHED_MB:
        raise UserError("import.too_large", file=name, size=size, most=MOST_ATTACHED_MB)
    path = folder / name
    try:
        async with asyncio.timeout(_FETCH_TIMEOUT_S):
            await attachment.save(path)
    except (discord.HTTPException, ClientError, TimeoutError) as error:
        log.warning("a LoRA file did not arrive: %s", error)
        raise UserError("intake.not_arrived") from error
    return path
