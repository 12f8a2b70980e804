"""The artist chooses which checkpoint the style is, and which others are kept as versions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import discord

from bot.i18n import Texts
from bot.services.choice import Candidate
from bot.services.jobs import JobView
from bot.services.numbering import with_number
from bot.services.sharing import KEPT_MOST
from bot.tree import report, texts_of
from cogs.ui.buttons import BotInteraction, CardButton, custom_id
from cogs.ui.card import Card, Part, card
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


class _Menu(discord.ui.DynamicItem[discord.ui.Select[Any]], template=r"^oh:-$"):
    """Takes a choice, however old the menu is."""

    verb: ClassVar[str]

    def __init__(self, job_id: str, select: discord.ui.Select[Any] | None = None) -> None:
        self.target = job_id
        select = select or discord.ui.Select(options=[discord.SelectOption(label="·")])
        select.custom_id = custom_id(self.verb, job_id)
        super().__init__(select)

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
        """Take the choice, show what is so now, and report what goes wrong."""
        try:
            await interaction.response.defer()
            await self._take(interaction, [CheckpointId(one) for one in self.item.values])
            await self._show(interaction)
        except Exception as error:  # noqa: BLE001 - the loop top of a choice: reported with an id
            await report(interaction, error)

    async def _take(self, interaction: BotInteraction, chosen: Sequence[CheckpointId]) -> None:
        raise NotImplementedError

    async def _show(self, interaction: BotInteraction) -> None:
        app = interaction.client.app
        view = await app.jobs.view(JobId(self.target))
        candidates = await app.choice.candidates(view, OwnerId(interaction.user.id))
        await put(interaction, choice_card(texts_of(interaction), view, candidates))
        await bring_up_to_date(interaction, view)


class ChooseMenu(_Menu, template=r"^oh:pick:(?P<target>[0-9A-Za-z]{1,24})$"):
    """What the style is drawn with."""

    verb = "pick"

    async def _take(self, interaction: BotInteraction, chosen: Sequence[CheckpointId]) -> None:
        owner_id = OwnerId(interaction.user.id)
        await interaction.client.app.sharing.choose_checkpoint(chosen[0], owner_id)


class KeepMenu(_Menu, template=r"^oh:pickmore:(?P<target>[0-9A-Za-z]{1,24})$"):
    """What is kept beside it, each as a version."""

    verb = "pickmore"

    async def _take(self, interaction: BotInteraction, chosen: Sequence[CheckpointId]) -> None:
        _, version = await trained(interaction, self.target)
        await interaction.client.app.sharing.keep_checkpoints(
            version.id, chosen, OwnerId(interaction.user.id)
        )


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
