"""Check uploaded files in a limited child process; see bot/decode."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath

from bot.decode.formats import is_zip
from bot.decode.look import Box, Look
from bot.decode.refusal import millions
from bot.decode.verdict import WHITE, Question, Task, Verdict
from bot.errors import Fact, UserError
from bot.services.decoding import Decoder

#: An archive may be as large as so many single files.
_ARCHIVE_FILES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file as it was handed over; it stays where it is until its turn comes."""

    name: str
    #: what its holder says, before anything is read
    size_bytes: int
    #: may raise UserError, which refuses this file alone
    read: Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A drawing, decoded and written again as our own PNG."""

    file_name: str
    #: a function of the pixels alone: equal drawings, equal bytes
    png: bytes
    width: int
    height: int
    look: Look
    #: the picture's own caption (PNG text chunk `Description`)
    description: str | None = None
    #: what the text file beside it in its archive says
    words: str | None = None
    #: the see-through picture that it was made of, as our own PNG; None for an opaque one
    source: bytes | None = None
    #: what it was laid on, `#rrggbb`; None for an opaque one
    paper: str | None = None
    #: keys of sentences: intake.note_rotated, intake.note_cmyk, intake.note_flattened ...
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A file that was not taken, and why: a sentence's key and its facts."""

    file_name: str
    key: str
    facts: dict[str, Fact]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What was done to an accepted drawing: a sentence's key."""

    file_name: str
    key: str


class IntakeService:
    """Decode uploads where they can do no harm."""

    def __init__(self, *, max_bytes: int, min_edge: Callable[[], int]) -> None:
        self._max_bytes = max_bytes
        self._min_edge = min_edge
        # One picture at a time: decoding must not take the host's memory several times over.
        self._turn = asyncio.Lock()

    async def judge(
        self, uploads: Sequence[Upload], *, room: int = 1_000
    ) -> AsyncGenerator[Accepted | Refused]:
        """Read and judge file after file, in order; iterate inside `aclosing`.

        What lies in an archive is judged in its place. After `room` drawings were accepted, all
        further files are refused unread, as `intake.too_many`.
        """
        async with Decoder(self._turn) as decoder:
            for upload in uploads:
                async with aclosing(self._outcomes(decoder, upload, room=room)) as outcomes:
                    async for outcome in outcomes:
                        room -= isinstance(outcome, Accepted)
                        yield outcome

    async def fetch(self, upload: Upload) -> bytes | Refused:
        """Read a file, but none that says it is too large, or turns out to be."""
        most = self._max_bytes * (_ARCHIVE_FILES if upload.name.lower().endswith(".zip") else 1)
        try:
            _check_size(upload.size_bytes, most)
            data = await upload.read()
            _check_size(len(data), most)
        except UserError as error:
            return Refused(file_name=upload.name, key=error.key, facts=error.facts)
        return data

    async def _outcomes(
        self, decoder: Decoder, upload: Upload, *, room: int
    ) -> AsyncGenerator[Accepted | Refused]:
        if room <= 0:
            yield Refused(file_name=upload.name, key="intake.too_many", facts={})
            return
        data = await self.fetch(upload)
        if isinstance(data, Refused):
            yield data
        elif is_zip(upload.name, data):
            archive = _Archive(decoder, self._question(upload.name), data)
            async with aclosing(archive.outcomes(room)) as outcomes:
                async for outcome in outcomes:
                    yield outcome
        else:
            question = self._question(upload.name)
            yield _outcome(question, *await decoder.ask(question, data))

    async def again(
        self, name: str, png: bytes, *, paper: str = WHITE, crop: Box | None = None
    ) -> Accepted | Refused:
        """Lay one of our own pictures on other paper, or keep another part of it."""
        question = dataclasses.replace(self._question(name), paper=paper, crop=crop)
        async with Decoder(self._turn) as decoder:
            return _outcome(question, *await decoder.ask(question, png))

    def _question(self, name: str) -> Question:
        return Question(name=name, min_edge=self._min_edge(), most_bytes=self._max_bytes)


class _Archive:
    """An archive on the child's desk, which every new child has to be given again."""

    def __init__(self, decoder: Decoder, question: Question, data: bytes) -> None:
        self._decoder = decoder
        self._question = question
        self._data = data
        self._at = 0

    async def outcomes(self, room: int) -> AsyncGenerator[Accepted | Refused]:
        """Judge what is in it, by name; the text beside a drawing becomes its words."""
        listing = await self._open()
        name = self._question.name
        if listing.key:
            yield Refused(file_name=name, key=listing.key, facts=listing.facts)
            return
        words = await self._words(listing.members)
        pictures = [number for number, path in enumerate(listing.members) if not is_text(path)]
        if not pictures:
            yield Refused(file_name=name, key="intake.zip_empty", facts={})
        for number in pictures:
            path = listing.members[number]
            if room <= 0:
                name = path.rpartition("/")[2]
                yield Refused(file_name=name, key="intake.too_many", facts={})
                continue
            outcome = await self._judged(number, path)
            if isinstance(outcome, Accepted):
                outcome = dataclasses.replace(outcome, words=words.get(_without_suffix(path)))
                room -= 1
            yield outcome

    async def _open(self) -> Verdict:
        question = dataclasses.replace(self._question, task=Task.ARCHIVE)
        verdict, _ = await self._decoder.ask(question, self._data)
        self._at = self._decoder.number
        return verdict

    async def _words(self, paths: Sequence[str]) -> dict[str, str]:
        """Read all captions, by the paths of what they describe."""
        found: dict[str, str] = {}
        for number, path in enumerate(paths):
            if is_text(path):
                verdict, text = await self._take(number, path)
                if not verdict.key:
                    found[_without_suffix(path)] = text.decode(errors="replace")
        return found

    async def _judged(self, number: int, path: str) -> Accepted | Refused:
        return _outcome(self._about(number, path), *await self._take(number, path))

    async def _take(self, number: int, path: str) -> tuple[Verdict, bytes]:
        if self._decoder.number != self._at or not self._decoder.is_up:
            await self._open()
        return await self._decoder.ask(self._about(number, path))

    def _about(self, number: int, path: str) -> Question:
        name = path.rpartition("/")[2]
        return dataclasses.replace(self._question, name=name, task=Task.MEMBER, member=number)


def is_text(path: str) -> bool:
    """Tell whether a file is the words for a drawing."""
    return PurePath(path).suffix.lower() == ".txt"


def _without_suffix(path: str) -> str:
    return str(PurePosixPath(path).with_suffix("")).casefold()


def _check_size(size_bytes: int, most_bytes: int) -> None:
    if size_bytes > most_bytes:
        size, most = millions(size_bytes, 1), millions(most_bytes)
        raise UserError("intake.file_too_big", size=size, most=most)


def _outcome(question: Question, verdict: Verdict, data: bytes) -> Accepted | Refused:
    if verdict.key or verdict.look is None:
        return Refused(file_name=question.name, key=verdict.key, facts=verdict.facts)
    source = data[verdict.png_bytes :] or None
    return Accepted(
        file_name=question.name,
        png=data[: verdict.png_bytes],
        width=verdict.width,
        height=verdict.height,
        look=verdict.look,
        description=verdict.description,
        source=source,
        paper=None if source is None else question.paper,
        notes=verdict.notes,
    )
