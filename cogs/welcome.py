"""The playground's first message: what this is, and six things to press."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import discord
from discord.ext import commands
from PIL import Image, ImageOps

from bot.client import OwnhandBot
from bot.i18n import Texts
from bot.services.orders import DrawOrder
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction, CardButton, button, row
from cogs.ui.card import Card, Shown, card, gallery
from cogs.ui.lettering import GROUND
from cogs.ui.ordering import draw_order
from cogs.ui.pictures import GAP, as_png, read
from cogs.ui.wording import plain, small
from data.models import OwnerId

#: What the six buttons draw; words that the built-in base knows.
PROMPTS: Final = (
    "1girl, red hair, smile",
    "cat, orange fur, grass",
    "pony, pink mane, sunset",
    "1boy, glasses, city",
    "house, red roof, snow",
    "boat, yellow sail, beach",
)
SCORE: Final = 7
#: The side of a drawing on the card, pixels.
CELL: Final = 256
#: Which of the sample artist's drawings the card shows: people, a fox, a pony, a cat.
SHOWN: Final = (3, 11, 22, 26, 28)
ACCENT: Final = discord.Colour(0x5865F2)


class TryButton(CardButton, verb="try"):
    """Draws one of the six examples for whoever presses it."""

    async def press(self, interaction: BotInteraction) -> None:
        """Draw it as if typed; `3none` is the fourth example without a style."""
        number = int(self.target[0])
        order = DrawOrder(
            owner_id=OwnerId(interaction.user.id),
            guild_id=interaction.guild_id,
            channel_id=interaction.channel_id,
            prompt=PROMPTS[number % len(PROMPTS)],
            score=SCORE,
            style=self.target[1:] or None,
            locale=texts_of(interaction).language,
        )
        await draw_order(interaction, order)


class RestartButton(CardButton, verb="restart"):
    """Restarts the playground's bot, so that one sees what stays."""

    async def press(self, interaction: BotInteraction) -> None:
        """Say so, and leave the rest to whoever runs the playground."""
        texts = texts_of(interaction)
        await interaction.response.send_message(texts.say("welcome.restarting"), ephemeral=True)
        cog = interaction.client.get_cog("Welcome")
        if isinstance(cog, WelcomeCog):
            cog.on_restart()


def welcome_card(
    texts: Texts,
    *,
    style: str | None,
    words: int,
    folder: Path,
    drawings: int,
    members: Sequence[str],
    pictures: Sequence[Shown],
) -> Card:
    """Lay out the card; without a sample `style` its buttons draw with the base alone."""
    suffix = "" if style else "none"
    buttons = [
        button("try", f"{n}{suffix}", texts, label=prompt) for n, prompt in enumerate(PROMPTS)
    ]
    laid_out = card(
        f"# {texts.say('welcome.title')}",
        texts.say("welcome.about"),
        *([gallery(pictures)] if pictures else []),
        texts.say("welcome.try_style", style=plain(style))
        if style
        else texts.say("welcome.try_none"),
        row(*buttons[:3]),
        row(*buttons[3:]),
        texts.say("welcome.or_type"),
        discord.ui.Separator[discord.ui.LayoutView](),
        f"{texts.say('welcome.artist', count=drawings)}\n```\n{folder}\n```",
        row(button("train", "new", texts)),
        texts.say("welcome.members", members=", ".join(members)),
        texts.say("welcome.restart"),
        row(button("restart", "bot", texts)),
        small(texts.say("welcome.toy", words=words)),
        colour=ACCENT,
    )
    return dataclasses.replace(laid_out, pictures=tuple(pictures))


def side_by_side(drawings: Sequence[bytes]) -> bytes:
    """Lay a few drawings into one wide picture."""
    pitch = CELL + GAP
    sheet = Image.new("RGB", (len(drawings) * pitch - GAP, CELL), GROUND)
    for column, data in enumerate(drawings):
        sheet.paste(ImageOps.fit(read(data), (CELL, CELL)), (column * pitch, 0))
    return as_png(sheet).data


class WelcomeCog(commands.Cog, name="Welcome"):
    """Posts the card; loaded by the playground alone."""

    def __init__(self, bot: OwnhandBot) -> None:
        self._bot = bot
        #: called when somebody asks for a restart of the bot
        self.on_restart: Callable[[], object] = lambda: None

    async def post(
        self,
        channel_id: int,
        *,
        style: str | None,
        words: int,
        folder: Path,
        drawings: Sequence[Path],
        members: Sequence[str],
        locale: str = "en",
    ) -> None:
        """Say hello in this channel, with the first few of the sample artist's drawings."""
        some = [drawings[number].read_bytes() for number in SHOWN if number < len(drawings)]
        pictures = [Shown(name="drawings.png", data=side_by_side(some))] if some else []
        made = welcome_card(
            Texts(locale),
            style=style,
            words=words,
            folder=folder,
            drawings=len(drawings),
            members=members,
            pictures=pictures,
        )
        channel = self._bot.get_partial_messageable(channel_id)
        await channel.send(view=made.view, files=made.files())

    async def back(self, channel_id: int, *, locale: str = "en") -> None:
        """Say that the bot was restarted."""
        channel = self._bot.get_partial_messageable(channel_id)
        await channel.send(Texts(locale).say("welcome.restarted"))


async def setup(bot: OwnhandBot) -> None:
    """Register the buttons and the cog."""
    bot.add_dynamic_items(TryButton, RestartButton)
    await bot.add_cog(WelcomeCog(bot))
