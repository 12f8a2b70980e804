"""Gives an artist the file of their style: whole, by link, in parts or smaller."""

from __future__ import annotations

import asyncio
import io

import discord

from bot.files_page.tickets import LIFE_S, FileTicket
from bot.services.files.delivery import Guide
from bot.services.files.parts import Part, in_messages, read_part, split
from bot.services.files.style_file import StyleFile
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction, CardButton, button
from cogs.ui.file_text import joining, megabytes, names_beside, usage
from cogs.ui.wording import plain
from data.models import OwnerId, Style, VersionId


async def hand_out(
    interaction: BotInteraction, style: Style, version_id: VersionId | None = None
) -> None:
    """Give the owner the LoRA file, or the ways to it when Discord will not carry it.

    The answer was deferred before, for the owner alone.
    """
    file = await interaction.client.app.sharing.style_file(
        style.id, OwnerId(interaction.user.id), version_id=version_id
    )
    if file.size_bytes <= interaction.filesize_limit:
        await _give_whole(interaction, file)
    elif interaction.client.app.files_page.is_open:
        await _give_link(interaction, file)
    else:
        await _ask_how(interaction, file)


async def _give_whole(interaction: BotInteraction, file: StyleFile) -> None:
    texts = texts_of(interaction)
    said = texts.say("style.file_here", style=plain(file.style.name))
    await _send(interaction, said, file, [discord.File(file.path, file.file_name)])


async def _give_link(interaction: BotInteraction, file: StyleFile) -> None:
    texts = texts_of(interaction)
    url = interaction.client.app.files_page.offer_file(
        FileTicket(
            owner_id=OwnerId(interaction.user.id),
            path=file.path,
            file_name=file.file_name,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            locale=interaction.locale.value,
        )
    )
    said = texts.say(
        "file.by_link",
        style=plain(file.style.name),
        size=megabytes(file.size_bytes),
        minutes=LIFE_S // 60,
    )
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label=texts.say("button.open_page"), url=url))
    await _send(interaction, said, file, [], view=_stopped(view))


async def _ask_how(interaction: BotInteraction, file: StyleFile) -> None:
    """Let the artist choose: the same file in parts, or less of it in one."""
    texts, limit = texts_of(interaction), interaction.filesize_limit
    sizes = {"size": megabytes(file.size_bytes), "limit": megabytes(limit)}
    lines = [
        texts.say("file.too_big", style=plain(file.style.name), **sizes),
        "- " + texts.say("file.choose_parts", count=len(split(file, limit))),
    ]
    view = discord.ui.View(timeout=None)
    view.add_item(button("parts", file.version.id, texts))
    if await interaction.client.app.deliveries.can_shrink(file, limit):
        lines.append("- " + texts.say("file.choose_smaller"))
        view.add_item(button("smaller", file.version.id, texts))
    await interaction.followup.send("\n".join(lines), view=_stopped(view), ephemeral=True)


async def _give_parts(interaction: BotInteraction, file: StyleFile) -> None:
    texts = texts_of(interaction)
    parts = split(file, interaction.filesize_limit)
    guide = await interaction.client.app.deliveries.guide(file, file.file_name)
    beside = _beside(guide, file.file_name)
    weight = len(guide.workflow) + len(guide.cover or b"")
    first, *others = in_messages(parts, beside_bytes=weight, beside=len(beside))

    async def read(some: tuple[Part, ...]) -> list[discord.File]:
        data = [await asyncio.to_thread(read_part, file.path, part) for part in some]
        named = zip(data, some, strict=True)
        return [discord.File(io.BytesIO(one), part.file_name) for one, part in named]

    await _send(interaction, joining(texts, file, parts), file, await read(first), guide=guide)
    for some in others:
        await interaction.followup.send(files=await read(some), ephemeral=True)


async def _give_smaller(interaction: BotInteraction, file: StyleFile) -> None:
    texts, deliveries = texts_of(interaction), interaction.client.app.deliveries
    # Nobody documents whether a file of exactly the limit still passes.
    async with deliveries.smaller(file, interaction.filesize_limit - 1024) as smaller:
        guide = await deliveries.guide(file, smaller.file_name)
        said = texts.say(
            "file.smaller_here",
            style=plain(file.style.name),
            size=megabytes(smaller.size_bytes),
            whole=megabytes(file.size_bytes),
            kept=_percent(smaller.kept),
        )
        await _send(
            interaction,
            said,
            file,
            [discord.File(smaller.path, smaller.file_name)],
            guide=guide,
            name=smaller.file_name,
        )


async def _send(
    interaction: BotInteraction,
    said: str,
    file: StyleFile,
    files: list[discord.File],
    *,
    guide: Guide | None = None,
    name: str = "",
    view: discord.ui.View | None = None,
) -> None:
    """Send one answer with how to use the file; a ready workflow and a picture come with it."""
    name = name or file.file_name
    guide = guide or await interaction.client.app.deliveries.guide(file, name)
    text = f"{said}\n{usage(texts_of(interaction), guide, name)}"
    await interaction.followup.send(
        text,
        files=[*files, *_beside(guide, name)],
        view=view or discord.utils.MISSING,
        ephemeral=True,
    )


def _beside(guide: Guide, file_name: str) -> list[discord.File]:
    """Make the uploads of what comes with the file."""
    workflow_name, cover_name = names_beside(file_name)
    files = [discord.File(io.BytesIO(guide.workflow), workflow_name)]
    if guide.cover is not None:
        files.append(discord.File(io.BytesIO(guide.cover), cover_name))
    return files


def _stopped(view: discord.ui.View) -> discord.ui.View:
    """Let discord.py forget a view whose buttons are found by their class, or are links."""
    view.stop()
    return view


def _percent(share: float) -> str:
    """Round down: never claim that all was kept."""
    return f"{int(share * 1000) / 10:g}"


class PartsButton(CardButton, verb="parts"):
    """Give a version's file in numbered parts."""

    async def press(self, interaction: BotInteraction) -> None:
        """Send them, if the presser may have the file; whole where it fits after all."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        file = await _file_of(interaction, self.target)
        fits = file.size_bytes <= interaction.filesize_limit
        await (_give_whole if fits else _give_parts)(interaction, file)


class SmallerButton(CardButton, verb="smaller"):
    """Give a version's file with less rank."""

    async def press(self, interaction: BotInteraction) -> None:
        """Make and send it, if the presser may have the file; whole where it fits after all."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        file = await _file_of(interaction, self.target)
        fits = file.size_bytes <= interaction.filesize_limit
        await (_give_whole if fits else _give_smaller)(interaction, file)


async def _file_of(interaction: BotInteraction, version_id: str) -> StyleFile:
    owner_id = OwnerId(interaction.user.id)
    return await interaction.client.app.deliveries.of_version(VersionId(version_id), owner_id)


FILE_BUTTONS = (PartsButton, SmallerButton)
