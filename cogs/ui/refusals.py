"""What is said about files: which were not taken and why, and what was done to the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.i18n import Texts
from bot.services.intake import Note, Refused
from cogs.ui.wording import in_code, small

#: So many files with the same to say are named; of the rest that there are more.
_NAMED_MOST: Final = 6
#: Of what was done to drawings, which is no trouble, fewer.
_NOTED_MOST: Final = 2
_FILE_CHARS: Final = 32


def refused_said(texts: Texts, refused: Sequence[Refused], room: int) -> str:
    """Say every reason once with its files, in `room` characters; of the rest the number."""
    if not refused:
        return ""
    lines = [f"**{texts.say('train.refused', count=len(refused))}**"]
    files_of = _by_reason(texts, refused)
    left = len(refused)
    room -= len(lines[0]) + 1 + len(_rest(texts, left))
    for reason, files in files_of.items():
        line = "- " + texts.say("train.refused_line", files=_some(files), reason=reason)
        room -= 1 + len(line)
        if room < 0:
            break
        lines.append(line)
        left -= len(files)
    return "\n".join([*lines, _rest(texts, left)] if left else lines)


def notes_said(texts: Texts, notes: Sequence[Note]) -> str:
    """Tell what was done to drawings, one line per thing done."""
    by_key: dict[str, list[str]] = {}
    for note in notes:
        by_key.setdefault(note.key, []).append(note.file_name)
    lines = [
        small(f"{_some(files, _NOTED_MOST)}: {texts.say(key)}") for key, files in by_key.items()
    ]
    return "\n".join(lines)


def _by_reason(texts: Texts, refused: Sequence[Refused]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in refused:
        found.setdefault(texts.say(each.key, **each.facts), []).append(each.file_name)
    return found


def _some(files: Sequence[str], most: int = _NAMED_MOST) -> str:
    named = ", ".join(f"`{in_code(name, _FILE_CHARS)}`" for name in files[:most])
    return f"{named} … ({len(files)})" if len(files) > most else named


def _rest(texts: Texts, count: int) -> str:
    return texts.say("train.and_more", files=texts.say("count.files", count=count))
