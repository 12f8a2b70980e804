"""The buttons beside a draft's troubles; each acts on what its own card showed, or on nothing."""

from __future__ import annotations

from typing import Any, Final, Self

import discord

from bot.errors import UserError
from bot.i18n import Texts
from bot.services.findings import Trouble
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction, CardButton
from cogs.ui.mend_card import paper_card, paper_name
from cogs.ui.taking import put, show_draft
from cogs.ui.window import Window
from data.models import DatasetId, OwnerId

_MARK_CHARS: Final = 8
_COLOUR_CHARS: Final = 6


async def show_again(interaction: BotInteraction, dataset_id: DatasetId, notice: str) -> None:
    """Put the draft's card back, with what was done above it."""
    owner_id = OwnerId(interaction.user.id)
    again = await interaction.client.app.datasets.report(dataset_id, owner_id)
    await show_draft(interaction, again, notice=notice)


class MendButton(CardButton, verb="mend"):
    """Act on one trouble: cut borders off, or remove drawings."""

    async def press(self, interaction: BotInteraction) -> None:
        """Do it, and show the card again; an old card is only brought up to date."""
        await interaction.response.defer()
        # The trouble's first letter stands last, before it the mark of the drawings.
        dataset_id = DatasetId(self.target[: -_MARK_CHARS - 1])
        mark, letter = self.target[-_MARK_CHARS - 1 : -1], self.target[-1]
        trouble = next(one for one in Trouble if one[0] == letter)
        texts, owner_id = texts_of(interaction), OwnerId(interaction.user.id)
        mending = interaction.client.app.mending
        try:
            if trouble is Trouble.EMPTY:
                count = await mending.cut_borders(dataset_id, owner_id, mark)
                notice = _done(texts, "mend.borders_cut", "mend.borders_cut_none", count)
            else:
                count = await mending.remove(dataset_id, owner_id, trouble, mark)
                notice = texts.say("mend.removed", count=count)
        except UserError as error:
            if error.key != "train.card_old":
                raise
            notice = texts.error(error)
        await show_again(interaction, dataset_id, notice)


class UncutButton(CardButton, verb="uncut"):
    """Put the borders back."""

    async def press(self, interaction: BotInteraction) -> None:
        """Do it, and show the card again."""
        await interaction.response.defer()
        dataset_id = DatasetId(self.target)
        count = await interaction.client.app.mending.put_borders_back(
            dataset_id, OwnerId(interaction.user.id)
        )
        notice = _done(texts_of(interaction), "mend.borders_back", "mend.borders_back_none", count)
        await show_again(interaction, dataset_id, notice)


class PaperButton(CardButton, verb="paper"):
    """Ask which paper."""

    async def press(self, interaction: BotInteraction) -> None:
        """Show the choice, if the draft is the presser's."""
        await interaction.response.defer()
        dataset_id = DatasetId(self.target)
        await interaction.client.app.datasets.report(dataset_id, OwnerId(interaction.user.id))
        await put(interaction, paper_card(texts_of(interaction), dataset_id))


class LayButton(CardButton, verb="lay"):
    """Lay see-through drawings on one paper."""

    async def press(self, interaction: BotInteraction) -> None:
        """Do it, and show the card again."""
        await interaction.response.defer()
        dataset_id = DatasetId(self.target[:-_COLOUR_CHARS])
        await _lay(interaction, dataset_id, self.target[-_COLOUR_CHARS:])


class ColourButton(CardButton, verb="hex"):
    """Ask for a colour of one's own."""

    async def press(self, interaction: BotInteraction) -> None:
        """Show the window."""
        window = PaperModal(texts_of(interaction), DatasetId(self.target))
        await interaction.response.send_modal(window)


class PaperModal(Window):
    """Asks for a colour; like every window of ours it is made again when it is sent in."""

    verb = "paper"

    def __init__(self, texts: Texts, dataset_id: DatasetId) -> None:
        super().__init__(texts, dataset_id, texts.say("mend.paper_title"))
        self._dataset_id = dataset_id
        self._colour: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="colour", min_length=6, max_length=7, required=True
        )
        self.ask("mend.colour_label", "mend.colour_hint", self._colour)

    @classmethod
    def again(cls, texts: Texts, target: str) -> Self:
        """Make the window that was sent in."""
        return cls(texts, DatasetId(target))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Lay the drawings on it, and show the card again."""
        await interaction.response.defer()
        await _lay(interaction, self._dataset_id, self._colour.value)


def _done(texts: Texts, some: str, none: str, count: int, **facts: str) -> str:
    """Say of how many drawings something was done; of none there is another sentence."""
    return texts.say(some, count=count, **facts) if count else texts.say(none, **facts)


async def _lay(interaction: BotInteraction, dataset_id: DatasetId, colour: str) -> None:
    texts, owner_id = texts_of(interaction), OwnerId(interaction.user.id)
    count = await interaction.client.app.mending.lay_on(dataset_id, owner_id, colour)
    named = paper_name(texts, "#" + colour.strip().lower().removeprefix("#"))
    await show_again(
        interaction,
        dataset_id,
        _done(texts, "mend.papered", "mend.papered_none", count, paper=named),
    )


MEND_BUTTONS = (MendButton, UncutButton, PaperButton, LayButton, ColourButton)
