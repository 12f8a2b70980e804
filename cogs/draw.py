"""`/draw`: a prompt in, a message with pictures out."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import OwnhandBot
from bot.services.drawing.checks import MAX_COUNT, MAX_SEED, MAX_WEIGHT
from bot.services.drawing.sketches import LEAST_CHANGE
from bot.services.orders import NOTHING, DrawOrder
from bot.services.stacks import parse_stack
from bot.translator import named
from cogs.ui.change_window import ChangeButton
from cogs.ui.draw_buttons import AgainButton, DeleteButton, RecipeButton
from cogs.ui.job_buttons import CancelButton
from cogs.ui.ordering import Sketch, draw_order
from cogs.ui.picture_panel import OwnMarkButton, PanelButton
from cogs.ui.remake_buttons import ExactButton, LargerButton, StrongButton, SubtleButton
from cogs.ui.reporting import ReportButton
from cogs.ui.suggesting import (
    suggest_bases,
    suggest_presets,
    suggest_shapes,
    suggest_stack,
    suggest_styles,
)
from data.models import OwnerId


class DrawCog(commands.Cog):
    """Takes orders for pictures."""

    def __init__(self, bot: OwnhandBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Answer presses on all drawn messages, old ones too."""
        self.bot.add_dynamic_items(AgainButton, RecipeButton, DeleteButton, CancelButton)
        self.bot.add_dynamic_items(LargerButton, PanelButton, SubtleButton, StrongButton)
        self.bot.add_dynamic_items(ExactButton, ChangeButton, OwnMarkButton, ReportButton)

    @app_commands.command(name=named("command.draw.name"), description=named("command.draw.about"))
    @app_commands.guild_only()
    @app_commands.rename(
        prompt=named("command.draw.prompt"),
        score=named("command.draw.score"),
        style=named("command.draw.style"),
        count=named("command.draw.count"),
        seed=named("command.draw.seed"),
        negative=named("command.draw.negative"),
        weight=named("command.draw.weight"),
        stack=named("command.draw.with"),
        shape=named("command.draw.shape"),
        preset=named("command.draw.preset"),
        image=named("command.draw.image"),
        change=named("command.draw.change"),
        base=named("command.draw.base"),
        spoiler=named("command.draw.spoiler"),
    )
    @app_commands.describe(
        prompt=named("command.draw.prompt_about"),
        score=named("command.draw.score_about"),
        style=named("command.draw.style_about"),
        count=named("command.draw.count_about"),
        seed=named("command.draw.seed_about"),
        negative=named("command.draw.negative_about"),
        weight=named("command.draw.weight_about"),
        stack=named("command.draw.with_about"),
        shape=named("command.draw.shape_about"),
        preset=named("command.draw.preset_about"),
        image=named("command.draw.image_about"),
        change=named("command.draw.change_about"),
        base=named("command.draw.base_about"),
        spoiler=named("command.draw.spoiler_about"),
    )
    async def draw(
        self,
        interaction: discord.Interaction[OwnhandBot],
        prompt: str,
        score: app_commands.Range[int, 1, 9] | None = None,
        style: str | None = None,
        count: app_commands.Range[int, 1, MAX_COUNT] | None = None,
        seed: app_commands.Range[int, 0, MAX_SEED] | None = None,
        negative: str | None = None,
        weight: app_commands.Range[float, -MAX_WEIGHT, MAX_WEIGHT] | None = None,
        stack: str | None = None,
        shape: str | None = None,
        preset: str | None = None,
        image: discord.Attachment | None = None,
        change: app_commands.Range[float, LEAST_CHANGE, 1.0] | None = None,
        base: str | None = None,
        spoiler: bool | None = None,
    ) -> None:
        """Order pictures; what is wrong with the order is said to its author alone."""
        self.bot.app.draws.check_choice(base)
        order = DrawOrder(
            owner_id=OwnerId(interaction.user.id),
            prompt=prompt,
            guild_id=interaction.guild_id,
            channel_id=interaction.channel_id,
            score=score,
            style=style,
            count=count,
            seed=seed,
            negative=negative,
            weight=weight,
            stack=None if stack is None else parse_stack(stack),
            shape=shape,
            preset=preset,
            base=base,
            # What is made of a covered picture may show what was covered.
            spoiler=spoiler if spoiler is not None else bool(image and image.is_spoiler()),
            locale=interaction.locale.value,
        )
        await draw_order(interaction, order, image and Sketch(attachment=image, change=change))

    @draw.autocomplete("style")
    async def style_suggestions(
        self, interaction: discord.Interaction[OwnhandBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer what this person may draw with here, and drawing without."""
        return await suggest_styles(interaction, typed, also=(NOTHING,))

    @draw.autocomplete("stack")
    async def stack_suggestions(
        self, interaction: discord.Interaction[OwnhandBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Complete the last of the styles that are being typed."""
        return await suggest_stack(interaction, typed)

    @draw.autocomplete("shape")
    async def shape_suggestions(
        self, interaction: discord.Interaction[OwnhandBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the shapes that this base draws well."""
        return suggest_shapes(interaction, typed)

    @draw.autocomplete("preset")
    async def preset_suggestions(
        self, interaction: discord.Interaction[OwnhandBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the presets that this base has, one's own, and this server's."""
        return await suggest_presets(interaction, typed)

    @draw.autocomplete("base")
    async def base_suggestions(
        self, interaction: discord.Interaction[OwnhandBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the host's bases, where they may be chosen."""
        return suggest_bases(interaction, typed) if self.bot.app.settings.draw_bases else []


async def setup(bot: OwnhandBot) -> None:
    """Load the extension."""
    await bot.add_cog(DrawCog(bot))
