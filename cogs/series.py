"""`/series`: several prompts in, one poster out."""

from __future__ import annotations

from enum import StrEnum

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import OwnhandBot
from bot.services.drawing.checks import MAX_SEED
from bot.services.orders import NOTHING
from bot.translator import named
from bot.tree import texts_of
from cogs.ui.series_window import SeriesWindow, Typed
from cogs.ui.suggesting import suggest_styles
from data.models import OwnerId

_WHO_CHARS = 300


class _Kind(StrEnum):
    LINES = "lines"
    CHARACTERS = "characters"
    PORTRAIT = "portrait"


class SeriesCog(commands.Cog):
    """Opens the window for a series, filled in where it is a ready-made one."""

    def __init__(self, bot: OwnhandBot) -> None:
        self.bot = bot

    @app_commands.command(
        name=named("command.series.name"), description=named("command.series.about")
    )
    @app_commands.guild_only()
    @app_commands.rename(
        kind=named("command.series.kind"),
        who=named("command.series.who"),
        style=named("command.draw.style"),
        score=named("command.draw.score"),
        seed=named("command.draw.seed"),
        spoiler=named("command.draw.spoiler"),
    )
    @app_commands.describe(
        kind=named("command.series.kind_about"),
        who=named("command.series.who_about"),
        style=named("command.draw.style_about"),
        score=named("command.draw.score_about"),
        seed=named("command.draw.seed_about"),
        spoiler=named("command.draw.spoiler_about"),
    )
    @app_commands.choices(
        kind=[
            app_commands.Choice(name=named(f"command.series.with_{kind}"), value=kind.value)
            for kind in _Kind
        ]
    )
    async def series(
        self,
        interaction: discord.Interaction[OwnhandBot],
        kind: app_commands.Choice[str] | None = None,
        who: app_commands.Range[str, 1, _WHO_CHARS] | None = None,
        style: str | None = None,
        score: app_commands.Range[int, 1, 9] | None = None,
        seed: app_commands.Range[int, 0, MAX_SEED] | None = None,
        spoiler: bool = False,
    ) -> None:
        """Show the window; what is sent in is drawn."""
        me, series = OwnerId(interaction.user.id), self.bot.app.series
        lines: tuple[str, ...] = ()
        match _Kind(kind.value) if kind else _Kind.LINES:
            case _Kind.CHARACTERS:
                lines = await series.of_characters(me)
            case _Kind.PORTRAIT:
                lines = await series.self_portrait(me, who)
            case _Kind.LINES:
                pass
        typed = Typed(lines=lines, style=style, score=score, seed=seed, spoiler=spoiler)
        await interaction.response.send_modal(SeriesWindow(texts_of(interaction), typed))

    @series.autocomplete("style")
    async def style_suggestions(
        self, interaction: discord.Interaction[OwnhandBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer what this person may draw with here, and drawing without."""
        return await suggest_styles(interaction, typed, also=(NOTHING,))


async def setup(bot: OwnhandBot) -> None:
    """Load the extension."""
    await bot.add_cog(SeriesCog(bot))
