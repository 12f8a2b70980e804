"""An answer at once, which is filled when the work behind it is done."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import discord

from cogs.ui.buttons import BotInteraction
from cogs.ui.card import card


@asynccontextmanager
async def opened(
    interaction: BotInteraction, sentence: str, *, alone: bool = False
) -> AsyncGenerator[int]:
    """Answer with a message, for the asker `alone` or for all; give its id.

    It is taken away again when the work fails. A message instead of Discord's "thinking": the
    bot's token edits it at once, and a further answer may be for others than this one, so that
    what goes wrong is told to the asker alone.
    """
    view = card(sentence).view
    answer = await interaction.response.send_message(view=view, ephemeral=alone)
    message_id = answer.message_id or (await interaction.original_response()).id
    try:
        yield message_id
    except Exception:
        with contextlib.suppress(discord.NotFound):
            await interaction.delete_original_response()
        raise
