"""A prompt in Russian, drawn by tags: `девочка с рыжими волосами` → `1girl, orange hair`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from bot.services.drawing.lexicon import Lexicon, Standing, lexicon, undotted
from bot.services.tasks import Translated, UnknownWord

#: Between these a prompt's words stand; commas, marks and weights stay as they are typed.
_SEGMENT: Final = re.compile(r"[^,;:!?()\[\]{}|\\\"«»„“”…\n]+")
_CYRILLIC: Final = re.compile(r"[а-яё]", re.IGNORECASE)
_BREAK: Final = re.compile(r"(\s*\bBREAK\b\s*)")
#: Each of several adjectives is a tag of its own with these: `long hair, red hair`.
_SHARED: Final = frozenset({"hair", "eyes"})
#: So many unknown words are compared with all known ones.
_COMPARED: Final = 8


class Russian(NamedTuple):
    """A text in tags, what was drawn for which words, and the words that nobody taught us."""

    text: str
    translated: tuple[Translated, ...] = ()
    unknown: tuple[UnknownWord, ...] = ()


def is_russian(text: str) -> bool:
    """Say whether there is anything to translate."""
    return _CYRILLIC.search(text) is not None


def translate(text: str, kept: frozenset[str] = frozenset()) -> Russian:
    """Put tags in place of Cyrillic words; all else, unknown words and `kept` ones stay as typed.

    What is `kept` may be phrases, in any case.
    """
    if not is_russian(text):
        return Russian(text)
    translated: dict[Translated, None] = {}
    unknown: dict[str, None] = {}
    untouched = frozenset(tuple(_plain(phrase.split())) for phrase in kept)

    def tagged(found: re.Match[str]) -> str:
        return "".join(map(one, _BREAK.split(found[0])))

    def one(words: str) -> str:
        if not is_russian(words):
            return words
        line = _Line(lexicon(), untouched)
        line.read(words.split())
        translated.update(dict.fromkeys(line.translated))
        unknown.update(dict.fromkeys(line.unknown))
        before = words[: len(words) - len(words.lstrip())]
        return before + line.text + words[len(words.rstrip()) :]

    said = _SEGMENT.sub(tagged, text)
    near = (lexicon().nearest(undotted(word)) for word in list(unknown)[:_COMPARED])
    nearest = dict(zip(unknown, near, strict=False))
    named = (UnknownWord(word=word, nearest=nearest.get(word)) for word in unknown)
    return Russian(_closed(said), tuple(translated), tuple(named))


@dataclass
class _Piece:
    """What becomes one stretch of the text."""

    typed: list[str]
    noun: str = ""
    before: list[str] = field(default_factory=list[str])
    #: stays as typed, close to its neighbours
    is_literal: bool = False
    #: nothing joins what comes before it and what follows
    is_apart: bool = False

    @property
    def tags(self) -> str:
        if self.is_literal:
            return self.typed[0]
        if self.noun in _SHARED and self.before:
            return ", ".join(f"{word} {self.noun}" for word in self.before)
        return " ".join(filter(None, (*self.before, self.noun)))


class _Line:
    """Words between two commas, read from left to right."""

    def __init__(self, known: Lexicon, untouched: frozenset[tuple[str, ...]]) -> None:
        self._known = known
        self._untouched = untouched
        self._pieces: list[_Piece] = []
        #: adjectives that wait for their noun
        self._waiting = _Piece([])
        self._is_apart = False
        self.unknown: list[str] = []

    def read(self, words: list[str]) -> None:
        """Take the longest known phrase at every word."""
        tidy = list(map(_tidy, words))
        plain = _plain(words)
        at = 0
        while at < len(words):
            if length := self._untouched_at(plain, at):
                self._stay(" ".join(words[at : at + length]))
                at += length
                continue
            found = self._known.find(plain, at) if is_russian(words[at]) else None
            length = found.length if found else 1
            typed = " ".join(tidy[at : at + length])
            if found is None:
                self._keep(words[at], tidy[at])
            else:
                self._take(typed, found.entry.tag, found.entry.standing)
            if words[at + length - 1].endswith("."):
                self._part()
            at += length
        self._settle()

    @property
    def text(self) -> str:
        """Spell it in tags."""
        said = ""
        last: _Piece | None = None
        for piece in self._pieces:
            if last is not None:
                close = (last.is_literal or piece.is_literal) and not piece.is_apart
                said += " " if close else ", "
            said += piece.tags
            last = piece
        return said

    @property
    def translated(self) -> list[Translated]:
        """List what was drawn for which words."""
        pieces = (piece for piece in self._pieces if not piece.is_literal)
        return [Translated(typed=" ".join(piece.typed), drawn=piece.tags) for piece in pieces]

    def _take(self, typed: str, tag: str, standing: Standing) -> None:
        if standing is Standing.JOINING:
            self._part()
            return
        self._waiting.typed.append(typed)
        if standing is Standing.BEFORE:
            self._waiting.before.append(tag)
            return
        self._waiting.noun = tag
        self._add(self._waiting)

    def _keep(self, word: str, tidy: str) -> None:
        """Leave a word that is no Russian one, or an unknown one, as it is."""
        if not word.strip("-–—"):
            self._part()
            return
        if is_russian(tidy):
            self.unknown.append(tidy)
        self._stay(word)

    def _stay(self, typed: str) -> None:
        if self._waiting.typed:
            self._add(self._waiting)
        self._add(_Piece([typed], is_literal=True))

    def _untouched_at(self, plain: list[str], at: int) -> int:
        """Count the words of the longest kept phrase that begins here."""
        fits = (one for one in self._untouched if tuple(plain[at : at + len(one)]) == one)
        return max(map(len, fits), default=0)

    def _part(self) -> None:
        self._settle()
        self._is_apart = True

    def _settle(self) -> None:
        """Let adjectives that no noun followed belong to the one before: `волосы рыжие`."""
        waiting, last = self._waiting, self._pieces[-1] if self._pieces else None
        if not waiting.typed:
            return
        if last is None or not last.noun or self._is_apart:
            self._add(waiting)
            return
        last.before += waiting.before
        last.typed += waiting.typed
        self._waiting = _Piece([])

    def _add(self, piece: _Piece) -> None:
        piece.is_apart, self._is_apart = self._is_apart, False
        self._pieces.append(piece)
        if not piece.is_literal:
            self._waiting = _Piece([])


def _tidy(word: str) -> str:
    return word.strip(".'-–—")


def _plain(words: list[str]) -> list[str]:
    """Spell words as they are compared."""
    return [undotted(_tidy(word)) for word in words]


def _closed(text: str) -> str:
    """Close the gaps that joining words leave between commas."""
    return re.sub(r",(?:\s*,)+", ",", text).strip(" ,")
