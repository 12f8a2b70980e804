"""What people do under a finished training: choose a checkpoint, try it at other weights."""

from __future__ import annotations

from bot.client import OwnhandBot
from cogs.ui.choosing import ChooseButton, ChooseMenu, KeepMenu
from cogs.ui.theatre.scenes import forget_pictures
from cogs.ui.weights_button import WeightsButton


async def setup(bot: OwnhandBot) -> None:
    """Answer presses and choices on all training messages, old ones too."""
    bot.app.privacy.on_erased(forget_pictures)
    bot.add_dynamic_items(ChooseButton, ChooseMenu, KeepMenu, WeightsButton)
