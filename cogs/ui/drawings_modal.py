"""The window that takes drawings: thirty at the first opening, forty at every further one."""

from __future__ import annotations

from typing import Any, Final, Self

import discord

from bot.i18n import Texts
from cogs.ui.taking import HandOver, take_drawings
from cogs.ui.window import Window
from data.models import DatasetId

#: A window has five parts, an upload takes ten files.
_PARTS: Final = 5
_FILES: Final = 10
_NAME_CHARS: Final = 32
_WORDS_CHARS: Final = 500
#: What takes the place of a draft's id in the window of a new style.
_NEW: Final = "new"
#: After the second colon is the base of a new style, as the host calls it.


class DrawingsModal(Window):
    """Asks for a name (of a new style), words for all, and files; only the name has to be given.

    Like a button it is made again from its id when it is sent in, so that a restart of the bot
    costs nobody what they put into it.
    """

    verb = "drawings"

    def __init__(
        self,
        texts: Texts,
        *,
        dataset_id: DatasetId | None = None,
        name: str | None = None,
        base: str | None = None,
    ) -> None:
        title = "modal.title" if dataset_id is None else "modal.title_more"
        target = f"{dataset_id or _NEW}{f':{base}' if base else ''}"
        super().__init__(texts, target, texts.say(title))
        self._dataset_id = dataset_id
        self._base = base
        self._name = _name_input(texts, name) if dataset_id is None else None
        self._words = _words_input(texts)
        if self._name is not None:
            self.ask("modal.name", "modal.name_hint", self._name)
        self.ask("modal.words", "modal.words_hint", self._words)
        self._uploads = self._add_uploads(_PARTS - len(self.children))

    def _add_uploads(self, count: int) -> list[discord.ui.FileUpload[Any]]:
        uploads: list[discord.ui.FileUpload[Any]] = []
        for number in range(1, count + 1):
            upload: discord.ui.FileUpload[Any] = discord.ui.FileUpload(
                custom_id=f"files{number}", required=False, min_values=0, max_values=_FILES
            )
            hint = "modal.files_hint" if number == 1 else None
            self.ask("modal.files", hint, upload, number=number, of=count)
            uploads.append(upload)
        return uploads

    @classmethod
    def again(cls, texts: Texts, target: str) -> Self:
        """Make the window that was sent in."""
        draft, _, base = target.partition(":")
        dataset_id = None if draft == _NEW else DatasetId(draft)
        return cls(texts, dataset_id=dataset_id, base=base or None)

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
