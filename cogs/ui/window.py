"""The one kind of window we have: what is typed into it survives a restart of the bot.

Like a button it is made again from its id, `oh:<verb>:<target>`, when it is sent in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final, Self, cast

import discord

from bot.i18n import Texts
from bot.tree import report, texts_of

Field = discord.ui.TextInput[Any] | discord.ui.FileUpload[Any] | discord.ui.Select[Any]

_CUSTOM_ID: Final = re.compile(r"oh:(?P<verb>[a-z]+):(?P<target>.{1,90})")
_TITLE_CHARS: Final = 45


class Window(discord.ui.Modal):
    """Asks for something; `target` says about what. `on_submit` does what it is for."""

    verb: ClassVar[str]

    def __init__(self, texts: Texts, target: str, title: str) -> None:
        super().__init__(title=title[:_TITLE_CHARS], custom_id=f"oh:{self.verb}:{target}")
        # What has stopped is not kept by discord.py, which would keep one window per id and answer
        # only those of this process. `receive` answers all.
        self.stop()
        self.texts = texts
        self.target = target

    @classmethod
    def again(cls, texts: Texts, target: str) -> Self:
        """Make the window that was sent in."""
        raise NotImplementedError

    async def receive(self, interaction: discord.Interaction[Any]) -> None:
        """Read what was put into the window, and do what `on_submit` says."""
        data = cast("dict[str, Any]", interaction.data)
        # discord.py reads a submit only for windows that it keeps; this is how it would.
        await self._dispatch_submit(interaction, data["components"], data.get("resolved") or {})

    async def on_error(self, interaction: discord.Interaction[Any], error: Exception, /) -> None:
        """Report like a command's error."""
        await report(interaction, error)

    def ask(self, key: str, hint_key: str | None, field: Field, **facts: int) -> None:
        """Add a field under its name and a line about it."""
        self.ask_so(key, None if hint_key is None else self.texts.say(hint_key), field, **facts)

    def ask_so(self, key: str, hint: str | None, field: Field, **facts: int) -> None:
        """Add a field with a line that is worded already."""
        name = self.texts.say(key, **facts)
        label: discord.ui.Label[Any] = discord.ui.Label(
            text=name, description=hint, component=field
        )
        self.add_item(label)


def window_sent_in(
    interaction: discord.Interaction[Any], windows: Mapping[str, type[Window]]
) -> Window | None:
    """Make the window again that was sent in, by its verb; None when it is none of these."""
    match = _CUSTOM_ID.fullmatch(cast("dict[str, Any]", interaction.data)["custom_id"])
    if match is None or match["verb"] not in windows:
        return None
    return windows[match["verb"]].again(texts_of(interaction), match["target"])
