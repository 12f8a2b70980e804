"""The artist chooses which checkpoint the style is, with the server's votes before their eyes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Self

import discord

from bot.i18n import Texts
from bot.services.choice import Candidate
from bot.services.jobs import JobView
from bot.tree import report, texts_of
from cogs.ui.buttons import BotInteraction, CardButton, custom_id
from cogs.ui.card import Card, card
from cogs.ui.style_buttons import bring_up_to_date
from cogs.ui.taking import put
from cogs.ui.tasks import train_task
from cogs.ui.wording import plain
from data.models import CheckpointId, JobId, OwnerId


class ChooseButton(CardButton, verb="choose"):
    """Show the choice to the artist alone."""

    async def press(self, interaction: BotInteraction) -> None:
        """Answer with a menu of the checkpoints."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        app = interaction.client.app
        view = await app.jobs.view(JobId(self.target))
        candidates = await app.choice.candidates(view, OwnerId(interaction.user.id))
        await interaction.followup.send(
            view=choice_card(texts_of(interaction), view, candidates).view, ephemeral=True
        )


class ChooseMenu(
    discord.ui.DynamicItem[discord.ui.Select[Any]],
    template=r"^oh:pick:(?P<target>[0-9A-Za-z]{1,24})$",
):
    """Takes the choice, however old the menu is."""

    def __init__(self, job_id: str, options: Sequence[discord.SelectOption] = ()) -> None:
        self.target = job_id
        placeholder = [discord.SelectOption(label="·")]
        super().__init__(
            discord.ui.Select(
                custom_id=custom_id("pick", job_id), options=list(options) or placeholder
            )
        )

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """Make the item again from its id, as discord.py asks for it when something is chosen."""
        return cls(match["target"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Take the choice, and report what goes wrong."""
        try:
            await self._choose(interaction, CheckpointId(self.item.values[0]))
        except Exception as error:  # noqa: BLE001 - the loop top of a choice: reported with an id
            await report(interaction, error)

    async def _choose(self, interaction: BotInteraction, checkpoint_id: CheckpointId) -> None:
        await interaction.response.defer()
        app, asker_id = interaction.client.app, OwnerId(interaction.user.id)
        await app.sharing.choose_checkpoint(checkpoint_id, asker_id)
        view = await app.jobs.view(JobId(self.target))
        candidates = await app.choice.candidates(view, asker_id)
        await put(interaction, choice_card(texts_of(interaction), view, candidates))
        await bring_up_to_date(interaction, view)


def choice_card(texts: Texts, view: JobView, candidates: Sequence[Candidate]) -> Card:
    """Lay out the menu, and say what is drawn with now."""
    style = plain(view.style_name or train_task(view).style_name)
    now = next((one for one in candidates if one.is_chosen), None)
    options = [
        discord.SelectOption(
            label=texts.say("choice.option", number=one.number, step=one.checkpoint.step),
            description=texts.say("count.votes", count=one.votes),
            value=one.checkpoint.id,
            default=one.is_chosen,
        )
        for one in candidates
    ]
    return card(
        texts.say("choice.ask", style=style),
        ""
        if now is None
        else texts.say("choice.now", style=style, number=now.number, step=now.checkpoint.step),
        discord.ui.ActionRow[Any](ChooseMenu(view.job.id, options)),
    )
