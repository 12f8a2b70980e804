"""Names offered while somebody types."""

from __future__ import annotations

from typing import Final

from discord import app_commands

from cogs.ui.buttons import BotInteraction
from data.models import OwnerId

#: Discord takes no more choices.
_CHOICES: Final = 25


async def suggest_styles(
    interaction: BotInteraction, typed: str, *, also: tuple[str, ...] = ()
) -> list[app_commands.Choice[str]]:
    """Offer the styles that this person may draw with here, then the words in `also`."""
    names = await interaction.client.app.styles.suggest(
        typed, OwnerId(interaction.user.id), interaction.guild_id, limit=_CHOICES - len(also)
    )
    extra = [word for word in also if word.startswith(typed.lower()) and word not in names]
    return [app_commands.Choice(name=name, value=name) for name in (*names, *extra)]


async def suggest_own_styles(
    interaction: BotInteraction, typed: str
) -> list[app_commands.Choice[str]]:
    """Offer the person's own styles."""
    own = await interaction.client.app.styles.of_owner(OwnerId(interaction.user.id))
    fitting = [style.name for style in own if typed.lower() in style.name.lower()]
    return [app_commands.Choice(name=name, value=name) for name in fitting[:_CHOICES]]
