"""The buttons and the window of kinds; each acts on what its own card showed, or on nothing."""

from __future__ import annotations

from typing import Any, Final, Self

import discord

from bot.errors import UserError
from bot.i18n import Texts
from bot.services.kinds import MAX_NAME_CHARS, MAX_WORD_CHARS
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction, CardButton
from cogs.ui.kinds_card import kinds_card
from cogs.ui.taking import put
from cogs.ui.window import Window
from data.models import DatasetId, OwnerId

_MARK_CHARS: Final = 8
_NUMBERS_CHARS: Final = 200


class KindsButton(CardButton, verb="kinds"):
    """Show a draft's drawings by their kinds."""

    async def press(self, interaction: BotInteraction) -> None:
        """Put them in place of the card."""
        await interaction.response.defer()
        await _show(interaction, DatasetId(self.target))


class SuggestKindsButton(CardButton, verb="kindguess"):
    """Sort the drawings by how they look."""

    async def press(self, interaction: BotInteraction) -> None:
        """Do it, and say how many kinds there are."""
        await interaction.response.defer()
        texts, dataset_id = texts_of(interaction), DatasetId(self.target)
        kinds = interaction.client.app.kinds
        count = await kinds.suggest(dataset_id, OwnerId(interaction.user.id))
        key = "kinds.suggested" if count > 1 else "kinds.one_kind"
        await _show(interaction, dataset_id, texts.say(key, count=count))


class ClearKindsButton(CardButton, verb="kindclear"):
    """Go back to no kinds."""

    async def press(self, interaction: BotInteraction) -> None:
        """Do it, and show the drawings again."""
        await interaction.response.defer()
        dataset_id = DatasetId(self.target)
        await interaction.client.app.kinds.clear(dataset_id, OwnerId(interaction.user.id))
        await _show(interaction, dataset_id)


class KindButton(CardButton, verb="kind"):
    """Open the window of one kind; the digit behind the mark says which."""

    async def press(self, interaction: BotInteraction) -> None:
        """Show it filled in; a window must be the first answer, so the kind is read before it."""
        dataset_id, _, number = _read(self.target)
        owner_id = OwnerId(interaction.user.id)
        found = await interaction.client.app.kinds.sorted(dataset_id, owner_id)
        kind = found.kind(number)
        window = KindModal(texts_of(interaction), self.target, name=kind.name, word=kind.word)
        await interaction.response.send_modal(window)


class KindModal(Window):
    """Asks for name, word and drawings; made again when it is sent in, like all windows."""

    verb = "kind"

    def __init__(self, texts: Texts, target: str, *, name: str = "", word: str = "") -> None:
        number = _read(target)[2]
        super().__init__(texts, target, texts.say("kinds.title", number=number))
        self._name = _field("name", MAX_NAME_CHARS, name)
        self._word = _field("word", MAX_WORD_CHARS, word)
        self._numbers = _field("numbers", _NUMBERS_CHARS, "")
        self.ask("kinds.name_label", "kinds.name_hint", self._name)
        self.ask("kinds.word_label", "kinds.word_hint", self._word)
        self.ask("kinds.numbers_label", "kinds.numbers_hint", self._numbers)

    @classmethod
    def again(cls, texts: Texts, target: str) -> Self:
        """Make the window that was sent in."""
        return cls(texts, target)

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Keep it, and show the kinds; an old card is only brought up to date."""
        await interaction.response.defer()
        dataset_id, mark, number = _read(self.target)
        notice = ""
        try:
            await interaction.client.app.kinds.change(
                dataset_id,
                OwnerId(interaction.user.id),
                number,
                mark,
                name=self._name.value,
                word=self._word.value,
                numbers=self._numbers.value,
            )
        except UserError as error:
            if error.key != "train.card_old":
                raise
            notice = texts_of(interaction).error(error)
        await _show(interaction, dataset_id, notice)


def _field(name: str, most: int, now: str) -> discord.ui.TextInput[Any]:
    return discord.ui.TextInput(
        custom_id=name, default=now or None, max_length=most, required=False
    )


def _read(target: str) -> tuple[DatasetId, str, int]:
    """Take apart what `kind_target` wrote: set, mark, number of the kind."""
    number = int(target[-1]) if target[-1].isdigit() else 0
    return DatasetId(target[: -_MARK_CHARS - 1]), target[-_MARK_CHARS - 1 : -1], number


async def _show(interaction: BotInteraction, dataset_id: DatasetId, notice: str = "") -> None:
    app, owner_id = interaction.client.app, OwnerId(interaction.user.id)
    found = await app.kinds.sorted(dataset_id, owner_id)
    await put(interaction, await kinds_card(app, texts_of(interaction), found, notice=notice))


KIND_BUTTONS = (KindsButton, SuggestKindsButton, ClearKindsButton, KindButton)
