"""Which Russian words are known, in every case and gender, and what each is drawn as."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Final, NamedTuple

_TABLE: Final = Path(__file__).resolve().parents[3] / "data" / "assets" / "words" / "ru.tsv"
_NOUN_ENDINGS: Final = (
    *("а", "я", "о", "е", "и", "ы", "у", "ю", "ь", "й"),
    *("ой", "ей", "ою", "ею", "ом", "ем", "ам", "ям", "ах", "ях", "ов", "ев", "ами", "ями"),
)
_ADJECTIVE_ENDINGS: Final = (
    *("ый", "ий", "ой", "ая", "яя", "ое", "ее", "ые", "ие", "ую", "юю", "ою", "ею", "ей"),
    *("ым", "им", "ом", "ем", "ых", "их", "ого", "его", "ому", "ему", "ыми", "ими"),
)
#: What a noun ends in before it is declined.
_NOMINATIVE: Final = ("а", "я", "о", "е", "и", "ы", "ь", "й")
_LEAST_ROOT: Final = 2
_NEAR: Final = 0.75


class Standing(StrEnum):
    """How a word stands among others; the values are the table's third column."""

    NOUN = ""  #: says something by itself
    BEFORE = "a"  #: belongs to the noun that follows
    JOINING = "-"  #: joins, and is left out


class Entry(NamedTuple):
    """A line of the table."""

    tag: str
    standing: Standing


class Found(NamedTuple):
    """An entry, and how many words it took."""

    entry: Entry
    length: int


@dataclass(frozen=True)
class Lexicon:
    """The table; words are lower-case, without the dots of ё."""

    forms: dict[tuple[str, ...], Entry]

    def find(self, words: Sequence[str], at: int) -> Found | None:
        """Find the longest phrase that begins at a word, else the word."""
        readings = [_readings(word) for word in words[at : at + self._longest]]
        for phrase in self._phrases.get(words[at][:1], ()):
            roots = self._roots[phrase]
            if len(roots) <= len(readings) and _alike(readings, roots):
                return Found(self.forms[phrase], len(phrase))
        entry = self._word(words[at])
        return None if entry is None else Found(entry, 1)

    def nearest(self, word: str) -> str | None:
        """Find the known word that is spelled most like this one; None when none is near."""
        near = difflib.get_close_matches(word, self._singles, n=1, cutoff=_NEAR)
        return near[0] if near else None

    def _word(self, word: str) -> Entry | None:
        """Read a word as it is listed, else as an adjective, else as a noun."""
        if (listed := self.forms.get((word,))) is not None:
            return listed
        for root in _cut(word.removesuffix("ся"), _ADJECTIVE_ENDINGS):
            if root in self._adjectives:
                return self._adjectives[root]
        roots = (root for cut in _cut(word, _NOUN_ENDINGS) for root in (cut, cut.rstrip("ь")))
        return next((self._nouns[root] for root in roots if root in self._nouns), None)

    @cached_property
    def _singles(self) -> list[str]:
        return [form[0] for form in self.forms if len(form) == 1]

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self.forms))

    @cached_property
    def _phrases(self) -> dict[str, list[tuple[str, ...]]]:
        """List phrases by their first letter, which no ending changes; the longest first."""
        found: dict[str, list[tuple[str, ...]]] = {}
        for form in sorted(self.forms, key=len, reverse=True):
            if len(form) > 1:
                found.setdefault(form[0][0], []).append(form)
        return found

    @cached_property
    def _roots(self) -> dict[tuple[str, ...], list[frozenset[str]]]:
        return {form: [_roots(word) for word in form] for form in self.forms if len(form) > 1}

    @cached_property
    def _nouns(self) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for form, entry in self.forms.items():
            if len(form) == 1 and entry.standing is not Standing.JOINING:
                found.setdefault(_noun_root(form[0]), entry)
        return found

    @cached_property
    def _adjectives(self) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for form, entry in self.forms.items():
            word = form[0].removesuffix("ся")
            if len(form) == 1 and word.endswith(("ый", "ий", "ой")):
                found.setdefault(word[:-2], entry)
        return found


@cache
def lexicon() -> Lexicon:
    """Read the shipped table."""
    forms: dict[tuple[str, ...], Entry] = {}
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        spellings, tag, *standing = line.split("\t")
        entry = Entry(tag, Standing(standing[0] if standing else ""))
        for spelling in spellings.split(","):
            forms[tuple(undotted(spelling).split())] = entry
    return Lexicon(forms)


def undotted(text: str) -> str:
    """Spell a word as the table is searched: people seldom write ё."""
    return text.lower().replace("ё", "е")


def _alike(readings: Sequence[frozenset[str]], roots: Sequence[frozenset[str]]) -> bool:
    return all(reading & root for reading, root in zip(readings, roots, strict=False))


def _cut(word: str, endings: Iterable[str]) -> list[str]:
    """Cut off every ending that leaves a root, the shortest first, none before all."""
    cuts = [word[: -len(end)] for end in endings if word.endswith(end)]
    return [word, *(cut for cut in cuts if len(cut) >= _LEAST_ROOT)]


def _noun_root(word: str) -> str:
    root = word[:-1] if word.endswith(_NOMINATIVE) and len(word) > _LEAST_ROOT else word
    return root.rstrip("ь")


def _roots(word: str) -> frozenset[str]:
    """List what a phrase's word may be cut down to."""
    return frozenset({_noun_root(word), *_cut(word, _ADJECTIVE_ENDINGS)})


def _readings(word: str) -> frozenset[str]:
    """List what a typed word may be cut down to."""
    cuts = {*_cut(word, _NOUN_ENDINGS), *_cut(word, _ADJECTIVE_ENDINGS)}
    return frozenset(cuts | {cut.rstrip("ь") for cut in cuts})
