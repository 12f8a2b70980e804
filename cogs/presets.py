"""`/preset`: choices that are kept under a name."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import OwnhandBot
from bot.i18n import Texts
from bot.services.drawing.checks import MAX_COUNT, MAX_GUIDANCE, MAX_STEPS, MAX_WEIGHT
from bot.services.drawing.choices import MAX_TEXT_CHARS, Choices
from bot.services.drawing.presets import MAX_NAME_CHARS, NamedChoices
from bot.services.orders import NOTHING
from bot.translator import named
from bot.tree import answer, texts_of
from cogs.ui.choices_words import choices_said
from cogs.ui.place import actor_of
from cogs.ui.suggesting import suggest_shapes, suggest_stack, suggest_styles
from cogs.ui.wording import listed, plain

_CHOICES = 25
_OPTIONS = {
    "score": "command.draw.score",
    "style": "command.draw.style",
    "count": "command.draw.count",
    "negative": "command.draw.negative",
    "weight": "command.draw.weight",
    "stack": "command.draw.with",
    "shape": "command.draw.shape",
}


@app_commands.guild_only()
class PresetsCog(
    commands.GroupCog,
    group_name=named("command.preset.name"),
    group_description=named("command.preset.about"),
):
    """Saves, lists and deletes them."""

    @app_commands.command(
        name=named("command.preset.save"), description=named("command.preset.save_about")
    )
    @app_commands.rename(
        name=named("command.preset.which"),
        words=named("command.preset.words"),
        steps=named("command.preset.steps"),
        cfg=named("command.preset.cfg"),
        sampler=named("command.preset.sampler"),
        server=named("command.preset.server"),
        **{option: named(key) for option, key in _OPTIONS.items()},
    )
    @app_commands.describe(
        name=named("command.preset.which_about"),
        words=named("command.preset.words_about"),
        steps=named("command.preset.steps_about"),
        cfg=named("command.preset.cfg_about"),
        sampler=named("command.preset.sampler_about"),
        server=named("command.preset.server_about"),
        **{option: named(f"{key}_about") for option, key in _OPTIONS.items()},
    )
    async def save(
        self,
        interaction: discord.Interaction[OwnhandBot],
        name: app_commands.Range[str, 1, MAX_NAME_CHARS],
        words: app_commands.Range[str, 1, MAX_TEXT_CHARS] | None = None,
        score: app_commands.Range[int, 1, 9] | None = None,
        style: str | None = None,
        count: app_commands.Range[int, 1, MAX_COUNT] | None = None,
        negative: app_commands.Range[str, 1, MAX_TEXT_CHARS] | None = None,
        weight: app_commands.Range[float, -MAX_WEIGHT, MAX_WEIGHT] | None = None,
        stack: str | None = None,
        shape: str | None = None,
        steps: app_commands.Range[int, 1, MAX_STEPS] | None = None,
        cfg: app_commands.Range[float, 1, MAX_GUIDANCE] | None = None,
        sampler: str | None = None,
        server: bool = False,
    ) -> None:
        """Keep one."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        choices = Choices(
            score=score, shape=shape, count=count, negative=negative, weight=weight, steps=steps,
            guidance=cfg, sampler=sampler, words=words, style=style, stack=stack,
        )  # fmt: skip
        saved = await interaction.client.app.presets.save(
            actor_of(interaction), name, choices, for_server=server
        )
        texts = texts_of(interaction)
        key = "preset.saved_server" if saved.is_servers else "preset.saved"
        said = choices_said(texts, saved.choices)
        await answer(interaction, texts.say(key, name=plain(saved.name), choices=said))

    @app_commands.command(
        name=named("command.preset.list"), description=named("command.preset.list_about")
    )
    async def list_presets(self, interaction: discord.Interaction[OwnhandBot]) -> None:
        """List one's own, then the server's."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        texts, actor = texts_of(interaction), actor_of(interaction)
        stored = await interaction.client.app.presets.usable(actor.id, actor.guild_id)
        if not stored:
            await answer(interaction, texts.say("preset.none_yet"))
            return
        lines = [_line(texts, one) for one in stored]
        title = texts.say("preset.list_title")
        await answer(interaction, f"**{title}**\n{listed(texts, lines)}")

    @app_commands.command(
        name=named("command.preset.delete"), description=named("command.preset.delete_about")
    )
    @app_commands.rename(name=named("command.preset.which"))
    @app_commands.describe(name=named("command.preset.gone_about"))
    async def delete(self, interaction: discord.Interaction[OwnhandBot], name: str) -> None:
        """Forget one's own, else the server's."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        gone = await interaction.client.app.presets.delete(actor_of(interaction), name)
        key = "preset.deleted_server" if gone.is_servers else "preset.deleted"
        await answer(interaction, texts_of(interaction).say(key, name=plain(gone.name)))

    @delete.autocomplete("name")
    async def suggest(
        self, interaction: discord.Interaction[OwnhandBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer what this person may delete."""
        actor = actor_of(interaction)
        stored = await interaction.client.app.presets.usable(actor.id, actor.guild_id)
        names = (one.name for one in stored if actor.is_manager or not one.is_servers)
        fitting = [name for name in dict.fromkeys(names) if typed.strip().lower() in name]
        return [app_commands.Choice(name=name, value=name) for name in fitting[:_CHOICES]]

    @save.autocomplete("style")
    async def style_suggestions(
        self, interaction: discord.Interaction[OwnhandBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer what this person may draw with here, and drawing without."""
        return await suggest_styles(interaction, typed, also=(NOTHING,))

    @save.autocomplete("stack")
    async def stack_suggestions(
        self, interaction: discord.Interaction[OwnhandBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Complete the last of the styles that are being typed."""
        return await suggest_stack(interaction, typed)

    @save.autocomplete("shape")
    async def shape_suggestions(
        self, interaction: discord.Interaction[OwnhandBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the shapes that this base draws well."""
        return suggest_shapes(interaction, typed)


def _line(texts: Texts, one: NamedChoices) -> str:
    key = "preset.line_server" if one.is_servers else "preset.line_own"
    return texts.say(key, name=plain(one.name), choices=choices_said(texts, one.choices))


async def setup(bot: OwnhandBot) -> None:
    """Load the extension."""
    await bot.add_cog(PresetsCog())
