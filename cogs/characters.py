"""`/style character`: words that `@name` in a prompt stands for."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.client import OwnhandBot
from bot.errors import UserError
from bot.i18n import Texts
from bot.services.drawing.characters import MAX_NAME_CHARS, MAX_WORDS_CHARS
from bot.translator import named
from bot.tree import answer, texts_of
from cogs.ui.buttons import BotInteraction
from cogs.ui.job_buttons import is_moderator
from cogs.ui.wording import listed, mention, plain
from data.characters import Character
from data.models import OwnerId

_WITH_SERVER = "guild"
_WITH_NOBODY = "private"
_CHOICES = 25


class CharacterGroup(app_commands.Group):
    """Keeps, lists and removes characters; a part of `/style`."""

    def __init__(self) -> None:
        super().__init__(
            name=named("command.style.character"),
            description=named("command.style.character_about"),
        )

    @app_commands.command(
        name=named("command.style.character_add"),
        description=named("command.style.character_add_about"),
    )
    @app_commands.rename(
        name=named("command.style.character_name"),
        words=named("command.style.character_words"),
        visibility=named("command.style.character_with"),
    )
    @app_commands.describe(
        name=named("command.style.character_name_about"),
        words=named("command.style.character_words_about"),
        visibility=named("command.style.character_with_about"),
    )
    @app_commands.choices(
        visibility=[
            app_commands.Choice(name=named("command.style.with_server"), value=_WITH_SERVER),
            app_commands.Choice(name=named("command.style.with_nobody"), value=_WITH_NOBODY),
        ]
    )
    async def add(
        self,
        interaction: discord.Interaction[OwnhandBot],
        name: app_commands.Range[str, 1, MAX_NAME_CHARS + 1],
        words: app_commands.Range[str, 1, MAX_WORDS_CHARS],
        visibility: app_commands.Choice[str] | None = None,
    ) -> None:
        """Keep one."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        is_shared = visibility is not None and visibility.value == _WITH_SERVER
        if is_shared and interaction.guild_id is None:
            raise UserError("character.no_server")
        character = await interaction.client.app.characters.add(
            OwnerId(interaction.user.id),
            name,
            words,
            guild_id=interaction.guild_id if is_shared else None,
        )
        key = "character.added_shared" if is_shared else "character.added"
        facts = {"name": plain(character.name), "words": plain(character.words)}
        await answer(interaction, texts_of(interaction).say(key, **facts))

    @app_commands.command(
        name=named("command.style.character_list"),
        description=named("command.style.character_list_about"),
    )
    async def list_characters(self, interaction: discord.Interaction[OwnhandBot]) -> None:
        """List what the person may call here, own ones first."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        texts, me = texts_of(interaction), OwnerId(interaction.user.id)
        usable = await interaction.client.app.characters.usable(me, interaction.guild_id)
        if not usable:
            await answer(interaction, texts.say("character.none_yet"))
            return
        lines = [_line(texts, one, me) for one in usable]
        title = texts.say("character.list_title")
        await answer(interaction, f"**{title}**\n{listed(texts, lines)}")

    @app_commands.command(
        name=named("command.style.character_remove"),
        description=named("command.style.character_remove_about"),
    )
    @app_commands.rename(name=named("command.style.character_name"))
    @app_commands.describe(name=named("command.style.character_which_about"))
    async def remove(self, interaction: discord.Interaction[OwnhandBot], name: str) -> None:
        """Forget one, or take a shared one out of the server."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        removed = await interaction.client.app.characters.remove(
            OwnerId(interaction.user.id),
            name,
            interaction.guild_id,
            is_moderator=is_moderator(interaction),
        )
        key = "character.taken_out" if removed.is_kept else "character.removed"
        said = texts_of(interaction).say(key, name=plain(removed.character.name))
        await answer(interaction, said)

    @remove.autocomplete("name")
    async def suggest(
        self, interaction: discord.Interaction[OwnhandBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer what this person may remove."""
        return await _removable(interaction, typed)


async def _removable(interaction: BotInteraction, typed: str) -> list[app_commands.Choice[str]]:
    me, all_of_them = OwnerId(interaction.user.id), is_moderator(interaction)
    usable = await interaction.client.app.characters.usable(me, interaction.guild_id)
    names = (one.name for one in usable if all_of_them or one.owner_id == me)
    fitting = [name for name in dict.fromkeys(names) if typed.lower().lstrip("@") in name]
    return [app_commands.Choice(name=name, value=name) for name in fitting[:_CHOICES]]


def _line(texts: Texts, one: Character, viewer_id: OwnerId) -> str:
    facts = {"name": plain(one.name), "words": plain(one.words)}
    if one.owner_id != viewer_id:
        return texts.say("character.line_theirs", person=mention(one.owner_id), **facts)
    key = "character.line_own" if one.guild_id is None else "character.line_shared"
    return texts.say(key, **facts)
