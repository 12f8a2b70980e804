"""The window that takes drawings: thirty at the first opening, forty at every further one."""

from __future__ import annotations

import secrets
from typing import Any, Final

import discord

from bot.i18n import Texts
from bot.tree import report
from cogs.ui.taking import HandOver, take_drawings
from data.models import DatasetId

#: A window has five parts, an upload takes ten files.
_PARTS: Final = 5
_FILES: Final = 10
_NAME_CHARS: Final = 32
_WORDS_CHARS: Final = 500
#: Discord does not tell of a window that was dismissed; after so long it is forgotten.
_OPEN_MOST_S: Final = 6 * 3600.0


class DrawingsModal(discord.ui.Modal):
    """Asks for a name (of a new style), words for all, and files; every part may stay empty."""

    def __init__(
        self, texts: Texts, *, dataset_id: DatasetId | None = None, name: str | None = None
    ) -> None:
        title = "modal.title" if dataset_id is None else "modal.title_more"
        # discord.py keeps one window per id, and forgets it when it is sent in: every opening needs
        # an id of its own, or one artist's window ends another's.
        opening = f"{dataset_id or 'new'}:{secrets.token_hex(4)}"
        super().__init__(
            title=texts.say(title), timeout=_OPEN_MOST_S, custom_id=f"oh:drawings:{opening}"
        )
        self._dataset_id = dataset_id
        self._name = _name_input(texts, name) if dataset_id is None else None
        self._words = _words_input(texts)
        if self._name is not None:
            self.add_item(_label(texts, "modal.name", "modal.name_hint", self._name))
        self.add_item(_label(texts, "modal.words", "modal.words_hint", self._words))
        self._uploads = self._add_uploads(texts, _PARTS - len(self.children))

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
            ),
        )

    async def on_error(self, interaction: discord.Interaction[Any], error: Exception, /) -> None:
        """Report like a command's error."""
        await report(interaction, error)


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
