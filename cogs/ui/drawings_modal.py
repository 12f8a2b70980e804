"""The window that takes drawings: thirty at the first opening, forty at every further one."""

from __future__ import annotations

import re
from typing import Any, Final, Self, cast

import discord

from bot.i18n import Texts
from bot.tree import report, texts_of
from cogs.ui.taking import HandOver, take_drawings
from data.models import DatasetId

#: A window has five parts, an upload takes ten files.
_PARTS: Final = 5
_FILES: Final = 10
_NAME_CHARS: Final = 32
_WORDS_CHARS: Final = 500
#: What takes the place of a draft's id in the window of a new style.
_NEW: Final = "new"
#: After the second colon is the base of a new style, as the host calls it.
_CUSTOM_ID: Final = re.compile(r"oh:drawings:(?P<draft>[0-9a-z]{1,24})(?::(?P<base>.{1,60}))?")


class DrawingsModal(discord.ui.Modal):
    """Asks for a name (of a new style), words for all, and files; only the name has to be given.

    Like a button it is made again from its id when it is sent in, so that a restart of the bot
    costs nobody what they put into it.
    """

    def __init__(
        self,
        texts: Texts,
        *,
        dataset_id: DatasetId | None = None,
        name: str | None = None,
        base: str | None = None,
    ) -> None:
        title = "modal.title" if dataset_id is None else "modal.title_more"
        custom_id = f"oh:drawings:{dataset_id or _NEW}{f':{base}' if base else ''}"
        super().__init__(title=texts.say(title), custom_id=custom_id)
        # What has stopped is not kept by discord.py, which would keep one window per id and answer
        # only those of this process. `receive` answers all.
        self.stop()
        self._dataset_id = dataset_id
        self._base = base
        self._name = _name_input(texts, name) if dataset_id is None else None
        self._words = _words_input(texts)
        if self._name is not None:
            self.add_item(_label(texts, "modal.name", "modal.name_hint", self._name))
        self.add_item(_label(texts, "modal.words", "modal.words_hint", self._words))
        self._uploads = self._add_uploads(texts, _PARTS - len(self.children))

    @classmethod
    def sent_in(cls, interaction: discord.Interaction[Any]) -> Self | None:
        """Make the window again that was sent in; None when it is not one of ours."""
        match = _CUSTOM_ID.fullmatch(_submitted(interaction)["custom_id"])
        if match is None:
            return None
        draft = None if match["draft"] == _NEW else DatasetId(match["draft"])
        return cls(texts_of(interaction), dataset_id=draft, base=match["base"])

    async def receive(self, interaction: discord.Interaction[Any]) -> None:
        """Read what was put into the window, and do what `on_submit` says."""
        data = _submitted(interaction)
        # discord.py reads a submit only for windows that it keeps; this is how it would.
        await self._dispatch_submit(interaction, data["components"], data.get("resolved") or {})

    def _add_uploads(self, texts: Texts, count: int) -> list[discord.ui.FileUpload[Any]]:
        uploads: list[discord.ui.FileUpload[Any]] = []
        for number in range(1, count + 1):
            upload: discord.ui.FileUpload[Any] = discord.ui.FileUpload(
                custom_id=f"files{number}", required=False, min_values=0, max_values=_FILES
            )
            label: discord.ui.Label[Any] = discord.ui.Label(
                text=texts.say("modal.files", number=number, of=count),
                description=texts.say("modal.files_hint") if number == 1 else None,
                component=upload,
            )
            self.add_item(label)
            uploads.append(upload)
        return uploads

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Keep what arrived, and show the card."""
        await take_drawings(
            interaction,
            HandOver(
                attachments=tuple(file for upload in self._uploads for file in upload.values),
                name=self._name.value if self._name is not None else None,
                words=self._words.value or None,
                dataset_id=self._dataset_id,
                base=self._base,
            ),
        )

    async def on_error(self, interaction: discord.Interaction[Any], error: Exception, /) -> None:
        """Report like a command's error."""
        await report(interaction, error)


def _submitted(interaction: discord.Interaction[Any]) -> dict[str, Any]:
    return cast("dict[str, Any]", interaction.data)


def _name_input(texts: Texts, name: str | None) -> discord.ui.TextInput[Any]:
    return discord.ui.TextInput(
        custom_id="name", default=name, min_length=1, max_length=_NAME_CHARS, required=True
    )


def _words_input(texts: Texts) -> discord.ui.TextInput[Any]:
    return discord.ui.TextInput(
        custom_id="words",
        placeholder=texts.say("modal.words_example"),
        max_length=_WORDS_CHARS,
        required=False,
    )


def _label(
    texts: Texts, text_key: str, hint_key: str, component: discord.ui.TextInput[Any]
) -> discord.ui.Label[Any]:
    return discord.ui.Label(
        text=texts.say(text_key), description=texts.say(hint_key), component=component
    )
