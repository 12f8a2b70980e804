"""The words that a small base knows, and the nearest known one for each that it does not."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from engine.base.prompt_weights import plain, respelled

#: Words of ordinary sentences that no tag-trained base needs; they are neither known nor missed.
_FILLERS: Final = frozenset(
    {"a", "an", "the", "with", "and", "in", "on", "of", "at", "is", "are", "has", "some"}
    | {"her", "his", "its", "their", "wearing", "having"}
)
#: Everyday words for what a tag says; only where the base has that tag.
_SYNONYMS: Final = {
    "girl": "1girl",
    "woman": "1girl",
    "boy": "1boy",
    "man": "1boy",
    "gray": "grey",
    "kitten": "cat",
    "puppy": "dog",
    "horse": "pony",
    "sea": "beach",
    "jacket": "coat",
    "trousers": "pants",
    "smiling": "smile",
}
_SCORE: Final = re.compile(r"score_[1-9](_up)?")


@dataclass(frozen=True)
class KnownWords:
    """A base's whole vocabulary, lower-case."""

    #: what it was trained on, each of one or more words
    tags: frozenset[str]
    #: single words that its tokenizer holds whole; combined freely they mean something as well
    words: frozenset[str] = frozenset()

    def __len__(self) -> int:
        """Count the tags."""
        return len(self.tags)

    @cached_property
    def _longest(self) -> int:
        return max((tag.count(" ") + 1 for tag in self.tags), default=1)

    def unknown_words(self, prompt: str) -> list[tuple[str, str | None]]:
        """List what the base does not know, each once, with the nearest tag that it does."""
        missed = [text for text, tag in self._pieces(plain(prompt)) if tag is None]
        return [(text, self.nearest(text)) for text in dict.fromkeys(missed)]

    def spelled(self, prompt: str) -> str:
        """Spell a prompt as the tags that the base was trained on; unknown words stay.

        `two cats with (blue eyes:1.2)` → `two, cat, (blue eyes:1.2)`.
        """
        return respelled(prompt, self._spelled)

    def _spelled(self, words: str) -> str:
        return ", ".join(tag or text for text, tag in self._pieces(words))

    def nearest(self, text: str) -> str | None:
        """Find the known tag that is spelled most like `text`; None when none is near."""
        near = difflib.get_close_matches(text, sorted(self.tags), n=1, cutoff=0.6)
        return near[0] if near else None

    def _pieces(self, prompt: str) -> list[tuple[str, str | None]]:
        parts = (part.split() for part in prompt.lower().replace("_", " ").split(","))
        return [piece for words in parts for piece in self._read(_joined_scores(words))]

    def _read(self, words: list[str]) -> Iterable[tuple[str, str | None]]:
        """Take the longest known tag at every word; what lies between is unknown."""
        missed: list[str] = []
        at = 0
        while at < len(words):
            tag, length = self._tag_at(words, at)
            if tag is None and words[at] not in _FILLERS:
                missed.append(words[at])
            else:
                yield from self._missed(missed)
                missed = []
            if tag is not None:
                yield " ".join(words[at : at + length]), tag
            at += length
        yield from self._missed(missed)

    def _missed(self, words: list[str]) -> Iterable[tuple[str, None]]:
        """Keep neighbours together only where they resemble one tag: `crown hair`."""
        together = " ".join(words)
        if 1 < len(words) <= self._longest and self.nearest(together):
            words = [together]
        yield from ((word, None) for word in words)

    def _tag_at(self, words: list[str], at: int) -> tuple[str | None, int]:
        for length in range(min(self._longest, len(words) - at), 0, -1):
            text = " ".join(words[at : at + length])
            for spelling in _spellings(text):
                if spelling in self.tags or _SCORE.fullmatch(spelling):
                    return spelling, length
        if (known := _SYNONYMS.get(words[at])) in self.tags:
            return known, 1
        return next((word for word in _spellings(words[at]) if word in self.words), None), 1


def _joined_scores(words: list[str]) -> list[str]:
    """Undo the loss of underscores in `score_7_up`."""
    text = re.sub(r"\bscore ([1-9])( up\b)?", r"score_\1\2", " ".join(words))
    return re.sub(r"(score_[1-9]) up", r"\1_up", text).split()


def _spellings(text: str) -> Iterable[str]:
    """Yield the text, then its English singulars."""
    yield text
    if text.endswith("ies"):
        yield text[:-3] + "y"
    if text.endswith("ves"):
        yield text[:-3] + "f"
    if text.endswith("es"):
        yield text[:-2]
    if text.endswith("s"):
        yield text[:-1]


def read_words(base: Path) -> KnownWords | None:
    """Read a base folder's `words.json`; None where there is none: it knows language."""
    file = base / "words.json"
    if not file.is_file():
        return None
    spelled = json.loads(file.read_text(encoding="utf-8"))
    tags, words = (frozenset(map(str.lower, spelled.get(key, ()))) for key in ("tags", "words"))
    return KnownWords(tags=tags, words=words)
