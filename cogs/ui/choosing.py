"""The artist chooses which checkpoint the style is, and which others are kept as versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord

from bot.i18n import Texts
from bot.services.choice import Candidate
from bot.services.jobs import JobView
from bot.services.numbering import with_number
from bot.services.sharing import KEPT_MOST
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction, CardButton
from cogs.ui.card import Card, Part, card
from cogs.ui.card_menu import CardMenu
from cogs.ui.style_buttons import bring_up_to_date, trained
from cogs.ui.taking import put
from cogs.ui.tasks import train_task
from cogs.ui.wording import plain
from data.models import CheckpointId, JobId, OwnerId


class ChooseButton(CardButton, verb="choose"):
    """Show the choice to the artist alone."""

    async def press(self, interaction: BotInteraction) -> None:
        """Answer with the menus of the checkpoints."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        app = interaction.client.app
        view = await app.jobs.view(JobId(self.target))
        candidates = await app.choice.candidates(view, OwnerId(interaction.user.id))
        await interaction.followup.send(
            view=choice_card(texts_of(interaction), view, candidates).view, ephemeral=True
        )


class ChooseMenu(CardMenu, verb="pick"):
    """What the style is drawn with."""

    async def take(self, interaction: BotInteraction, chosen: Sequence[str]) -> None:
        """Make it so."""
        owner_id = OwnerId(interaction.user.id)
        sharing = interaction.client.app.sharing
        await sharing.choose_checkpoint(CheckpointId(chosen[0]), owner_id)
        await _show(interaction, self.target)


class KeepMenu(CardMenu, verb="pickmore"):
    """What is kept beside it, each as a version."""

    async def take(self, interaction: BotInteraction, chosen: Sequence[str]) -> None:
        """Keep those, and no others."""
        _, version = await trained(interaction, self.target)
        kept = [CheckpointId(one) for one in chosen]
        await interaction.client.app.sharing.keep_checkpoints(
            version.id, kept, OwnerId(interaction.user.id)
        )
        await _show(interaction, self.target)


async def _show(interaction: BotInteraction, job_id: str) -> None:
    app = interaction.client.app
    view = await app.jobs.view(JobId(job_id))
    candidates = await app.choice.candidates(view, OwnerId(interaction.user.id))
    await put(interaction, choice_card(texts_of(interaction), view, candidates))
    await bring_up_to_date(interaction, view)


def choice_card(texts: Texts, view: JobView, candidates: Sequence[Candidate]) -> Card:
    """Lay out the menus, and say what is drawn with now and what is kept."""
    style = plain(view.style_name or train_task(view).style_name)
    now = next((one for one in candidates if one.is_chosen), None)
    return card(
        texts.say("choice.ask", style=style),
        ""
        if now is None
        else texts.say("choice.now", style=style, number=now.number, step=now.checkpoint.step),
        discord.ui.ActionRow[Any](ChooseMenu(view.job.id, _one_of(texts, candidates))),
        *_keeping(texts, view, candidates),
    )


def _one_of(texts: Texts, candidates: Sequence[Candidate]) -> discord.ui.Select[Any]:
    options = [_option(texts, one, default=one.is_chosen) for one in candidates]
    return discord.ui.Select(options=options)


def _keeping(texts: Texts, view: JobView, candidates: Sequence[Candidate]) -> list[Part]:
    """Offer what is not drawn with anyway."""
    offered = [one for one in candidates if one.kept_as is not None or not one.is_chosen]
    if not offered:
        return []
    style = view.style_name or train_task(view).style_name
    kept = [
        texts.say("choice.kept", version=with_number(style, one.kept_as), number=one.number)
        for one in offered
        if one.kept_as is not None
    ]
    select = discord.ui.Select[Any](
        options=[_option(texts, one, default=one.kept_as is not None) for one in offered],
        placeholder=texts.say("choice.keep_none"),
        min_values=0,
        max_values=min(KEPT_MOST, len(offered)),
    )
    about = texts.say("choice.keep", style=plain(style), most=KEPT_MOST)
    return [
        "\n".join([about, *kept]),
        discord.ui.ActionRow[Any](KeepMenu(view.job.id, select)),
    ]


def _option(texts: Texts, one: Candidate, *, default: bool) -> discord.SelectOption:
    return discord.SelectOption(
        label=texts.say("choice.option", number=one.number, step=one.checkpoint.step),
        description=texts.say("count.votes", count=one.votes),
        value=one.checkpoint.id,
        default=default,
    )
