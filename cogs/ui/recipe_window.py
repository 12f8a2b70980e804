"""The window in which an artist who knows what they do chooses by what they are trained."""

from __future__ import annotations

from typing import Any, Self

import discord

from bot.i18n import Texts
from bot.services.recipes import NAMES
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction, CardButton
from cogs.ui.mend_buttons import show_again
from cogs.ui.recipe_words import CHANGES_CHARS, spelled
from cogs.ui.window import Window
from data.choices import RecipeChoice
from data.models import DatasetId, OwnerId


class RecipeChoiceButton(CardButton, verb="course"):
    """Open the window for a draft."""

    async def press(self, interaction: BotInteraction) -> None:
        """Show what is chosen now, if the draft is the presser's and still open."""
        app, dataset_id = interaction.client.app, DatasetId(self.target)
        await app.datasets.report(dataset_id, OwnerId(interaction.user.id))
        chosen = await app.recipes.chosen(dataset_id)
        await interaction.response.send_modal(
            RecipeWindow(texts_of(interaction), dataset_id, chosen)
        )


class RecipeWindow(Window):
    """Asks for a recipe and for changes; made again when it is sent in, like all windows."""

    verb = "course"

    def __init__(
        self, texts: Texts, dataset_id: DatasetId, chosen: RecipeChoice | None = None
    ) -> None:
        super().__init__(texts, dataset_id, texts.say("course.title"))
        self._dataset_id = dataset_id
        self._recipe = _menu(texts, chosen)
        self._changes: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="changes",
            default=chosen.changes if chosen else None,
            placeholder="rank=8 learning_rate=2e-4 steps=600",
            max_length=CHANGES_CHARS,
            required=False,
        )
        self.ask("course.recipe", "course.recipe_hint", self._recipe)
        self.ask("course.changes", "course.changes_hint", self._changes)

    @classmethod
    def again(cls, texts: Texts, target: str) -> Self:
        """Make the window that was sent in."""
        return cls(texts, DatasetId(target))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Keep the choice, and show the card again."""
        await interaction.response.defer()
        [recipe] = self._recipe.values or [NAMES[0]]
        choice = RecipeChoice(recipe=recipe, changes=self._changes.value.strip())
        owner_id = OwnerId(interaction.user.id)
        await interaction.client.app.recipes.choose(self._dataset_id, owner_id, choice)
        said = texts_of(interaction).say("course.chosen", recipe=spelled(choice))
        await show_again(interaction, self._dataset_id, said)


def _menu(texts: Texts, chosen: RecipeChoice | None) -> discord.ui.Select[Any]:
    now = chosen.recipe if chosen else NAMES[0]
    options = [
        discord.SelectOption(
            label=name,
            value=name,
            description=texts.say(f"course.about_{name.replace('-', '_')}"),
            default=name == now,
        )
        for name in NAMES
    ]
    return discord.ui.Select(custom_id="recipe", options=options)
