"""The one kind of button we have: it lives as long as its message, through every restart.

Cards show plain buttons named `oh:<verb>:<target>`; what a press does is found by the verb, in a
class that the bot registers once. So a card knows nothing of what its buttons do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

import discord

from bot.client import OwnhandBot
from bot.i18n import Texts
from bot.tree import report

BotInteraction = discord.Interaction[OwnhandBot]

#: What a button is about: the id of a job, a dataset or a person.
TARGET: Final = r"(?P<target>[0-9A-Za-z]{1,24})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """How a button looks."""

    label_key: str
    style: discord.ButtonStyle = discord.ButtonStyle.secondary
    emoji: str | None = None


_PRIMARY, _GOOD, _BAD = (
    discord.ButtonStyle.primary,
    discord.ButtonStyle.success,
    discord.ButtonStyle.danger,
)

FACES: Final = {
    "train": Face(label_key="button.train", style=_PRIMARY, emoji="🖌️"),
    "more": Face(label_key="button.add_more"),
    "start": Face(label_key="button.start", style=_GOOD),
    "aside": Face(label_key="button.train_on_all"),
    "discard": Face(label_key="button.discard"),
    "open": Face(label_key="button.in_the_open", style=_PRIMARY),
    "quiet": Face(label_key="button.quietly"),
    "draft": Face(label_key="button.back"),
    "captions": Face(label_key="button.captions"),
    "course": Face(label_key="button.course"),
    "kinds": Face(label_key="button.kinds"),
    "kindguess": Face(label_key="button.suggest_kinds", style=_PRIMARY, emoji="✨"),
    "kindclear": Face(label_key="button.no_kinds", emoji="↩️"),
    # Each kind's, labelled with its name; without one it makes another.
    "kind": Face(label_key="button.new_kind"),
    # Each drawing's, labelled with its number.
    "capedit": Face(label_key="button.captions", emoji="✏️"),
    "capall": Face(label_key="button.all_captions", style=_PRIMARY),
    "capundo": Face(label_key="button.undo", emoji="↩️"),
    "captags": Face(label_key="button.tags"),
    "capout": Face(label_key="button.export"),
    "capin": Face(label_key="button.import"),
    "capscores": Face(label_key="button.keep_scores"),
    "captell": Face(label_key="button.tell_tags"),
    "capdrop": Face(label_key="button.leave_out"),
    "captrig": Face(label_key="button.make_trigger"),
    # Each is labelled with what it does about one trouble.
    "mend": Face(label_key="mend.do_alike"),
    "uncut": Face(label_key="mend.do_cut"),
    "paper": Face(label_key="mend.do_paper"),
    "lay": Face(label_key="mend.lay_white"),
    "hex": Face(label_key="mend.lay_other"),
    "page": Face(label_key="button.back"),
    "drop": Face(label_key="drawings.drop"),
    "zip": Face(label_key="drawings.get_zip"),
    "anew": Face(label_key="drawings.train_anew", style=_PRIMARY),
    "cancel": Face(label_key="button.cancel"),
    "again": Face(label_key="button.again", emoji="🎲"),
    "recipe": Face(label_key="button.recipe", emoji="📜"),
    "delete": Face(label_key="button.delete", emoji="🗑️"),
    "larger": Face(label_key="button.larger"),
    "panel": Face(label_key="button.panel"),
    "subtle": Face(label_key="button.larger"),
    "strong": Face(label_key="button.larger"),
    "ownhand": Face(label_key="button.larger"),
    "exact": Face(label_key="button.exact"),
    "change": Face(label_key="button.change", emoji="✏️"),
    "report": Face(label_key="button.report", emoji="🚩"),
    "share": Face(label_key="button.share", style=_GOOD),
    "private": Face(label_key="button.keep_private"),
    "file": Face(label_key="button.get_file"),
    "parts": Face(label_key="button.in_parts"),
    "smaller": Face(label_key="button.smaller"),
    "upload": Face(label_key="button.upload"),
    "choose": Face(label_key="button.choose"),
    "weights": Face(label_key="button.weights"),
    "erase": Face(label_key="button.erase", style=_BAD),
    "mine": Face(label_key="button.mine", emoji="🖌️"),
    "unstyle": Face(label_key="button.delete_style", style=_BAD),
    "keep": Face(label_key="button.keep"),
    "setmine": Face(label_key="button.my_settings"),
    "setserver": Face(label_key="button.server_settings"),
    "setstyles": Face(label_key="button.style_settings"),
    "setmore": Face(label_key="button.more_settings"),
    "setforget": Face(label_key="button.forget_settings", style=_BAD),
    # The playground's examples, each labelled with its prompt.
    "try": Face(label_key="button.again", style=_PRIMARY),
    "restart": Face(label_key="welcome.restart_button", emoji="🔌"),
}


def custom_id(verb: str, target: str | int) -> str:
    """Name a button: what it does, and to what."""
    return f"oh:{verb}:{target}"


def button(
    verb: str,
    target: str | int,
    texts: Texts,
    *,
    disabled: bool = False,
    label: str | None = None,
) -> discord.ui.Button[Any]:
    """Make a button for a card."""
    face = FACES[verb]
    return discord.ui.Button(
        label=label or texts.say(face.label_key),
        style=face.style,
        emoji=face.emoji,
        disabled=disabled,
        custom_id=custom_id(verb, target),
    )


def row(*buttons: discord.ui.Button[Any]) -> discord.ui.ActionRow[Any]:
    """Put up to five buttons side by side."""
    return discord.ui.ActionRow(*buttons)


class CardButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"oh:!"):
    """What happens when a button with this verb is pressed, on whatever message.

    discord.py 2.7.1 only logs what a dynamic item raises; here it is reported like a command's
    error. Who may press is decided by the service that `press` calls.
    """

    verb: ClassVar[str]

    def __init_subclass__(cls, *, verb: str) -> None:
        super().__init_subclass__(template=f"^oh:{re.escape(verb)}:{TARGET}$")
        cls.verb = verb

    def __init__(self, target: str) -> None:
        self.target = target
        super().__init__(discord.ui.Button(label="·", custom_id=custom_id(self.verb, target)))

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """Make the item again from its id, as discord.py asks for it when it is pressed."""
        return cls(match["target"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do it, and report what goes wrong."""
        try:
            await self.press(interaction)
        except Exception as error:  # noqa: BLE001 - the loop top of a press: reported with an id
            await report(interaction, error)

    async def press(self, interaction: BotInteraction) -> None:
        """Answer within three seconds, then call one service."""
        raise NotImplementedError
