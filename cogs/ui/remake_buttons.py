"""More of a picture that one likes: larger, varied, the same again."""

from __future__ import annotations

from typing import ClassVar

from bot.services.drawing.remakes import Remake
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction, CardButton
from cogs.ui.numbered import NumberedButton
from cogs.ui.opening import opened
from cogs.ui.place import is_private, place_of
from data.models import JobId, OwnerId


async def remake(interaction: BotInteraction, job_id: JobId, number: int, what: Remake) -> None:
    """Answer with the message that the new pictures will be in."""
    app, locale = interaction.client.app, interaction.locale.value
    async with opened(interaction, texts_of(interaction).say("draw.starting")) as message_id:
        interaction.client.lend(message_id, interaction)
        plan = await app.remakes.plan(
            job_id,
            number,
            what,
            OwnerId(interaction.user.id),
            guild_id=interaction.guild_id,
            channel_id=interaction.channel_id,
            locale=locale,
        )
        place, quiet = place_of(interaction, message_id), is_private(interaction)
        await app.draws.request(plan, place=place, locale=locale, quiet=quiet)


class _RemakeButton(NumberedButton, verb="remake"):
    what: ClassVar[Remake]

    async def press(self, interaction: BotInteraction) -> None:
        """Draw, for whoever may draw with the style."""
        await remake(interaction, self.job_id, self.number, self.what)


class LargerButton(_RemakeButton, verb="larger"):
    """Draw the picture over at twice its size."""

    what = Remake.LARGER


class SubtleButton(_RemakeButton, verb="subtle"):
    """Draw four that differ in details."""

    what = Remake.SUBTLE


class StrongButton(_RemakeButton, verb="strong"):
    """Draw four that keep the layout."""

    what = Remake.STRONG


class ExactButton(CardButton, verb="exact"):
    """Draw the same grid again, seeds and all."""

    async def press(self, interaction: BotInteraction) -> None:
        """Draw, for whoever may draw with the style."""
        await remake(interaction, JobId(self.target), 1, Remake.EXACT)
