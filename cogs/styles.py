"""`/style`: the styles that one may draw with, and what an artist does with their own."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.client import OwnhandBot
from bot.errors import UserError
from bot.i18n import Texts
from bot.services.numbering import split_number, with_number
from bot.services.styles import Undrawable
from bot.translator import named
from bot.tree import answer, texts_of
from cogs.characters import CharacterGroup
from cogs.ui.buttons import BotInteraction
from cogs.ui.collection_buttons import show_page
from cogs.ui.file_handing import FILE_BUTTONS, hand_out
from cogs.ui.importing import Given, suggest_files, take_in
from cogs.ui.place import server_name
from cogs.ui.style_care import DeleteStyleButton, StyleCare
from cogs.ui.suggesting import (
    suggest_bases,
    suggest_own_styles,
    suggest_sets,
    suggest_shared_styles,
)
from cogs.ui.wording import listed, mention, plain
from data.models import OwnerId, Style, StyleCard, VersionId

#: What `/style share` takes for `with`.
_WITH_SERVER = "guild"
_WITH_NOBODY = "private"
#: Of a file's name, so many are shown.
_FILE_CHARS = 60


class StylesCog(
    StyleCare,
    group_name=named("command.style.name"),
    group_description=named("command.style.about"),
):
    """Lists, shares and hands out styles."""

    character = CharacterGroup()

    def __init__(self, bot: OwnhandBot) -> None:
        self.bot = bot
        bot.add_dynamic_items(*FILE_BUTTONS, DeleteStyleButton)

    @app_commands.command(
        name=named("command.style.list"), description=named("command.style.list_about")
    )
    async def list_styles(self, interaction: discord.Interaction[OwnhandBot]) -> None:
        """List what the person may draw with here, own ones first, then what cannot be."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        texts, viewer = texts_of(interaction), OwnerId(interaction.user.id)
        usable = await self.bot.app.styles.usable(viewer, interaction.guild_id)
        others = await self.bot.app.styles.undrawable(viewer, interaction.guild_id)
        lines: list[str] = []
        for card in usable:
            bases = await self.bot.app.styles.bases_of(card.style, viewer, interaction.guild_id)
            on_bases = texts.say("style.on_bases", bases=plain(", ".join(bases))) if bases else ""
            state = ", ".join(filter(None, (_state(interaction, card), on_bases)))
            lines.append(_line(interaction, card.style, state, _numbers(texts, card)))
        lines += [_line(interaction, one.style, _reason(texts, one)) for one in others]
        if not lines:
            await answer(interaction, texts.say("style.none_yet"))
            return
        await answer(interaction, f"**{texts.say('style.list_title')}**\n{listed(texts, lines)}")

    @app_commands.command(
        name=named("command.style.file"), description=named("command.style.file_about")
    )
    @app_commands.rename(style=named("command.style.which"))
    @app_commands.describe(style=named("command.style.which_about"))
    async def file(self, interaction: discord.Interaction[OwnhandBot], style: str) -> None:
        """Hand the artist their file."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await hand_out(interaction, *await self._own(interaction, style))

    @app_commands.command(
        name=named("command.style.share"), description=named("command.style.share_about")
    )
    @app_commands.rename(style=named("command.style.which"), visibility=named("command.style.with"))
    @app_commands.describe(
        style=named("command.style.which_about"), visibility=named("command.style.with_about")
    )
    @app_commands.choices(
        visibility=[
            app_commands.Choice(name=named("command.style.with_server"), value=_WITH_SERVER),
            app_commands.Choice(name=named("command.style.with_nobody"), value=_WITH_NOBODY),
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
        own, version_id = await self._own(interaction, style)
        owner_id, sharing = OwnerId(interaction.user.id), self.bot.app.sharing
        if visibility is not None and visibility.value == _WITH_NOBODY:
            await sharing.keep_private(own.id, owner_id, version_id=version_id)
            key = "style.unshared"
        else:
            here = interaction.guild_id
            await sharing.publish(own.id, owner_id, guild_id=here, version_id=version_id)
            key = "style.shared"
        server = plain(server_name(interaction, own.guild_id))
        name = with_number(own.name, split_number(style)[1])
        facts = {"style": plain(name), "server": server}
        await answer(interaction, texts_of(interaction).say(key, **facts))

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
        chosen = await self.bot.app.styles.set_channel_default(
            interaction.channel_id, style, OwnerId(interaction.user.id), interaction.guild_id
        )
        texts = texts_of(interaction)
        if chosen is None:
            await answer(interaction, texts.say("style.default_gone"))
        else:
            await answer(interaction, texts.say("style.default_set", style=plain(chosen.name)))

    @app_commands.command(
        name=named("command.style.drawings"), description=named("command.style.drawings_about")
    )
    @app_commands.rename(which=named("command.style.set"))
    @app_commands.describe(which=named("command.style.set_about"))
    async def drawings(
        self, interaction: discord.Interaction[OwnhandBot], which: str | None = None
    ) -> None:
        """Show a set of the person's drawings, page by page."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        found = await self.bot.app.collection.find(OwnerId(interaction.user.id), which)
        await show_page(interaction, found.dataset.id)

    @app_commands.command(
        name=named("command.style.import"), description=named("command.style.import_about")
    )
    @app_commands.rename(
        file=named("command.style.import_file"),
        listed=named("command.style.import_from"),
        name=named("command.style.import_name"),
        base=named("command.draw.base"),
    )
    @app_commands.describe(
        file=named("command.style.import_file_about"),
        listed=named("command.style.import_from_about"),
        name=named("command.style.import_name_about"),
        base=named("command.style.import_base_about"),
    )
    async def take_in(
        self,
        interaction: discord.Interaction[OwnhandBot],
        file: discord.Attachment | None = None,
        listed: str | None = None,
        name: app_commands.Range[str, 1, 32] | None = None,
        base: str | None = None,
    ) -> None:
        """Make a style of a LoRA file that others made."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await take_in(interaction, Given(attachment=file, listed=listed, name=name, base=base))

    @take_in.autocomplete("listed")
    async def suggest_files(
        self, interaction: discord.Interaction[OwnhandBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the files of the host's folder."""
        return await suggest_files(interaction, typed)

    @take_in.autocomplete("base")
    async def suggest_bases(
        self, interaction: discord.Interaction[OwnhandBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the host's bases."""
        return suggest_bases(interaction, typed)

    @drawings.autocomplete("which")
    async def suggest_sets(
        self, interaction: discord.Interaction[OwnhandBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the person's drafts and sealed sets."""
        return await suggest_sets(interaction, typed)

    @default.autocomplete("style")
    async def suggestions(
        self, interaction: discord.Interaction[OwnhandBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer what is shared with this server."""
        return await suggest_shared_styles(interaction, typed)

    @file.autocomplete("style")
    @share.autocomplete("style")
    async def own_suggestions(
        self, interaction: discord.Interaction[OwnhandBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the person's own styles."""
        return await suggest_own_styles(interaction, typed)

    async def _own(self, interaction: BotInteraction, style: str) -> tuple[Style, VersionId | None]:
        """Find one of the person's own styles, and the version if one is named."""
        return await self.bot.app.styles.own_version(
            style, OwnerId(interaction.user.id), interaction.guild_id
        )


def _line(interaction: BotInteraction, style: Style, *state: str) -> str:
    """Word whose a style is, and its state."""
    texts = texts_of(interaction)
    if style.owner_id != interaction.user.id:
        whose = texts.say("style.by", person=mention(style.owner_id))
    elif style.guild_id == interaction.guild_id or style.guild_id is None:
        whose = texts.say("style.yours")
    else:
        server = plain(server_name(interaction, style.guild_id))
        whose = texts.say("style.yours_from", server=server)
    origin = ""
    if style.source_file is not None:
        origin = texts.say("style.imported", file=plain(style.source_file[:_FILE_CHARS]))
    return f"**{plain(style.name)}**: {', '.join(filter(None, (whose, origin, *state)))}"


def _reason(texts: Texts, one: Undrawable) -> str:
    """Word why a style cannot be drawn with."""
    if one.base is None:
        return texts.say("style.untrained")
    return texts.say("style.for_base", base=plain(one.base))


def _numbers(texts: Texts, card: StyleCard) -> str:
    """Say how the versions are called, where there are several to choose from."""
    if len(card.numbers) < 2:
        return ""
    names = ", ".join(f"`{with_number(card.style.name, number)}`" for number in card.numbers)
    return texts.say("style.numbers", names=names)


def _state(interaction: BotInteraction, card: StyleCard) -> str:
    """Tell the artist who draws with it, and in which version; others need not know."""
    texts, shared = texts_of(interaction), card.shared_number
    if card.style.owner_id != interaction.user.id:
        return ""
    if shared is None or card.version is None:
        return texts.say("style.private")
    if shared != card.version.number:
        return texts.say("style.versions", own=card.version.number, shared=shared)
    here = card.style.guild_id == interaction.guild_id
    return texts.say("style.shared_here" if here else "style.shared_there")


async def setup(bot: OwnhandBot) -> None:
    """Load the extension."""
    await bot.add_cog(StylesCog(bot))
