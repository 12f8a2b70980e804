"""What can be done with drawn pictures beside voting: a panel that only its asker sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord

from bot.i18n import Texts
from bot.services.jobs import JobView
from bot.services.own_marks import is_artist
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction, CardButton, button, row
from cogs.ui.card import Card, card
from cogs.ui.job_buttons import is_moderator
from cogs.ui.numbered import NumberedButton, numbered_button
from cogs.ui.recipe_text import heading
from cogs.ui.tasks import draw_task
from cogs.ui.wording import small
from data.models import JobId, OwnerId


class PanelButton(CardButton, verb="panel"):
    """Open the panel of a message with pictures."""

    async def press(self, interaction: BotInteraction) -> None:
        """Show what this person may do."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        view = await interaction.client.app.jobs.view(JobId(self.target))
        me = OwnerId(interaction.user.id)
        panel = picture_panel(
            texts_of(interaction),
            view,
            may_delete=view.job.owner_id == me or is_moderator(interaction),
            may_mark=is_artist(view, me),
        )
        await interaction.followup.send(view=panel.view, ephemeral=True)


class OwnMarkButton(NumberedButton, verb="ownhand"):
    """The artist of the style says: I could have drawn this."""

    async def press(self, interaction: BotInteraction) -> None:
        """Set the mark or take it back, and say which."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        stands = await interaction.client.app.own_marks.toggle(
            self.job_id, self.number, OwnerId(interaction.user.id)
        )
        said = "draw.own_marked" if stands else "draw.own_unmarked"
        await interaction.followup.send(
            texts_of(interaction).say(said, number=self.number), ephemeral=True
        )


def picture_panel(texts: Texts, view: JobView, *, may_delete: bool, may_mark: bool) -> Card:
    """Lay the panel out; what the asker may not do is not on it."""
    is_series = draw_task(view).is_series
    # A series is no grid of one prompt: there is nothing to change or vary for all of it.
    verbs = ("again", "exact", "recipe") if is_series else ("again", "change", "exact", "recipe")
    job, numbers = view.job, [picture.ordinal + 1 for picture in view.pictures]
    lasting = [button(verb, job.id, texts) for verb in verbs]
    if may_delete:
        lasting.append(button("delete", job.id, texts))
    said = heading(texts, draw_task(view), 200)
    parts: list[discord.ui.Item[Any] | str] = [f"**{said}**"]
    if numbers and not is_series:
        parts += _line(texts, "draw.panel_subtle", "subtle", view, numbers)
        parts += _line(texts, "draw.panel_strong", "strong", view, numbers)
        if may_mark:
            parts += _line(texts, "draw.panel_own", "ownhand", view, numbers)
    return card(*parts, rows=[lasting, [button("report", job.id, texts)]])


def _line(
    texts: Texts, said: str, verb: str, view: JobView, numbers: Sequence[int]
) -> list[discord.ui.Item[Any] | str]:
    buttons = (numbered_button(verb, number, view.job.id, texts) for number in numbers)
    return [small(texts.say(said)), row(*buttons)]
