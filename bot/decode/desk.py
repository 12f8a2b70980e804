"""The child's desk: answers question after question, with one archive at hand."""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

from bot.decode.archive import Member, members_of, unpack
from bot.decode.formats import archive_format
from bot.decode.picture import judge
from bot.decode.refusal import RefusedError, millions
from bot.decode.verdict import Question, Task, Verdict

#: Of a caption, more than anybody's.
_TEXT_BYTES: Final = 20_000


class Desk:
    """Judges pictures, and what lies in the archive that was handed in last."""

    def __init__(self) -> None:
        self._archive = b""
        self._members: tuple[Member, ...] = ()

    def answer(self, question: Question, data: bytes) -> tuple[Verdict, bytes]:
        """Never raises for anything that a file can contain; see `verdict` for what comes back."""
        try:
            match question.task:
                case Task.PICTURE:
                    return judge(question, data)
                case Task.ARCHIVE:
                    return self._open(data), b""
                case Task.MEMBER:
                    return self._member(question)
        except RefusedError as refusal:
            return refusal.verdict, b""
        except MemoryError:
            return Verdict(key="intake.too_heavy"), b""

    def _open(self, data: bytes) -> Verdict:
        self._archive, self._members = data, members_of(data)
        return Verdict(members=tuple(member.path for member in self._members))

    def _member(self, question: Question) -> tuple[Verdict, bytes]:
        member = self._members[question.member]
        if member.size_bytes > question.most_bytes:
            size, most = millions(member.size_bytes, 1), millions(question.most_bytes)
            raise RefusedError("intake.file_too_big", size=size, most=most)
        data = unpack(self._archive, member)
        if PurePath(member.name).suffix.lower() == ".txt":
            return Verdict(), data[:_TEXT_BYTES]
        if archive_format(member.name, data) is not None:
            raise RefusedError("intake.zip_nested")
        return judge(question, data)
