"""A recipe in words fits one message, whatever was typed."""

import pytest

from bot.i18n import Texts
from bot.services.tasks import DrawTask
from cogs.ui.recipe_text import recipe_text
from engine.pictures.recipe import Recipe


@pytest.mark.parametrize("prompt", ["*" * 1500, "long_hair, " * 130, "a" * 1500])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_recipe_fits_a_message(prompt: str, language: str) -> None:
    recipe = Recipe(prompt=prompt, positive=f"score_7, {prompt}", negative=prompt, seed=2**32 - 4)
    assert len(recipe_text(Texts(language), DrawTask(recipes=(recipe,) * 4))) <= 2000
