"""`/style`: the styles that one may draw with, and what an artist does with their own."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import OwnhandBot
from bot.errors import UserError
from bot.i18n import Texts
from bot.translator import named
from bot.tree import answer, texts_of
from cogs.ui.buttons import BotInteraction
from cogs.ui.style_buttons import hand_out
from cogs.ui.suggesting import suggest_own_styles, suggest_styles
from cogs.ui.wording import is_shared, mention, plain
from data.models import OwnerId, Style, StyleCard, Visibility

#: Of the 2,000 characters that Discord takes in one answer.
_LISTED_CHARS = 1700


class StylesCog(
    commands.GroupCog,
    group_name=named("command.style.name"),
    group_description=named("command.style.about"),
):
    """Lists, shares and hands out styles."""

    def __init__(self, bot: OwnhandBot) -> None:
        self.bot = bot

    @app_commands.command(
        name=named("command.style.list"), description=named("command.style.list_about")
    )
    async def list_styles(self, interaction: discord.Interaction[OwnhandBot]) -> None:
        """List what the person may draw with here, own ones first."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        texts, viewer = texts_of(interaction), OwnerId(interaction.user.id)
        usable = await self.bot.app.styles.usable(viewer, interaction.guild_id)
        own = await self.bot.app.styles.of_owner(viewer)
        lines = _lines(texts, viewer, usable, own)
        if not lines:
            await answer(interaction, texts.say("style.none_yet"))
            return
        await answer(interaction, f"**{texts.say('style.list_title')}**\n{_list(texts, lines)}")

    @app_commands.command(
        name=named("command.style.file"), description=named("command.style.file_about")
    )
    @app_commands.rename(style=named("command.style.which"))
    @app_commands.describe(style=named("command.style.which_about"))
    async def file(self, interaction: discord.Interaction[OwnhandBot], style: str) -> None:
        """Hand the artist their file."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await hand_out(interaction, await self._own(interaction, style))

    @app_commands.command(
        name=named("command.style.share"), description=named("command.style.share_about")
    )
    @app_commands.rename(style=named("command.style.which"), visibility=named("command.style.with"))
    @app_commands.describe(
        style=named("command.style.which_about"), visibility=named("command.style.with_about")
    )
    @app_commands.choices(
        visibility=[
            app_commands.Choice(
                name=named("command.style.with_server"), value=Visibility.GUILD.value
            ),
            app_commands.Choice(
                name=named("command.style.with_nobody"), value=Visibility.PRIVATE.value
            ),
        ]
    )
    async def share(
        self,
        interaction: discord.Interaction[OwnhandBot],
        style: str,
        visibility: app_commands.Choice[str] | None = None,
    ) -> None:
        """Let the server draw with a style, or stop it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        own = await self._own(interaction, style)
        owner_id, trainings = OwnerId(interaction.user.id), self.bot.app.trainings
        if visibility is not None and visibility.value == Visibility.PRIVATE:
            await trainings.keep_private(own.id, owner_id)
            key = "style.unshared"
        else:
            await trainings.publish(own.id, owner_id, guild_id=interaction.guild_id)
            key = "style.shared"
        await answer(interaction, texts_of(interaction).say(key, style=plain(own.name)))

    @app_commands.command(
        name=named("command.style.default"), description=named("command.style.default_about")
    )
    @app_commands.guild_only()
    @app_commands.rename(style=named("command.style.which"))
    @app_commands.describe(style=named("command.style.default_style_about"))
    async def default(
        self, interaction: discord.Interaction[OwnhandBot], style: str | None = None
    ) -> None:
        """Choose what this channel draws with when nobody names a style."""
        if not interaction.permissions.manage_channels or interaction.channel_id is None:
            raise UserError("error.not_allowed")
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self.bot.app.styles.set_channel_default(
            interaction.channel_id, style, OwnerId(interaction.user.id), interaction.guild_id
        )
        key = "style.default_gone" if style is None else "style.default_set"
        await answer(interaction, texts_of(interaction).say(key, style=plain(style or "")))

    @default.autocomplete("style")
    async def suggestions(
        self, interaction: discord.Interaction[OwnhandBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer what one may draw with here."""
        return await suggest_styles(interaction, typed)

    @file.autocomplete("style")
    @share.autocomplete("style")
    async def own_suggestions(
        self, interaction: discord.Interaction[OwnhandBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the person's own styles."""
        return await suggest_own_styles(interaction, typed)

    async def _own(self, interaction: BotInteraction, name: str) -> Style:
        """Find a style by name among the person's own; UserError when it is another's."""
        app, viewer = self.bot.app, OwnerId(interaction.user.id)
        for style in await app.styles.of_owner(viewer):
            if style.name.casefold() == name.strip().casefold():
                return style
        await app.styles.find(name, viewer, interaction.guild_id)
        raise UserError("style.not_yours")


def _lines(
    texts: Texts, viewer: OwnerId, usable: tuple[StyleCard, ...], own: tuple[Style, ...]
) -> list[str]:
    lines = [_line(texts, viewer, card.style) for card in usable]
    known = {card.style.id for card in usable}
    untrained = [style for style in own if style.id not in known]
    return lines + [
        texts.say("style.line_untrained", style=plain(style.name)) for style in untrained
    ]


def _list(texts: Texts, lines: list[str]) -> str:
    """Put as many lines under each other as an answer takes; of the rest the number is told."""
    shown: list[str] = []
    left = _LISTED_CHARS
    for line in lines:
        left -= len(line) + len("- \n")
        if left < 0:
            break
        shown.append(f"- {line}")
    if len(shown) < len(lines):
        shown.append(texts.say("style.more", count=len(lines) - len(shown)))
    return "\n".join(shown)


def _line(texts: Texts, viewer: OwnerId, style: Style) -> str:
    if style.owner_id != viewer:
        return texts.say(
            "style.line_other", style=plain(style.name), person=mention(style.owner_id)
        )
    key = "style.line_own_shared" if is_shared(style) else "style.line_own_private"
    return texts.say(key, style=plain(style.name))


async def setup(bot: OwnhandBot) -> None:
    """Load the extension."""
    await bot.add_cog(StylesCog(bot))
