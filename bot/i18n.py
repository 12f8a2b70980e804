"""The catalogues: every sentence a person reads, by key, in English and Russian."""

from __future__ import annotations

import logging
import string
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import cast

from bot.errors import Fact, UserError

log = logging.getLogger(__name__)

LOCALES_DIR = Path(__file__).parent / "locales"
LANGUAGES = ("en", "ru")
DEFAULT_LANGUAGE = "en"
#: The forms that an entry with a `count` has; the last one also serves a count that is unknown.
FORMS: Mapping[str, tuple[str, ...]] = {"en": ("one", "other"), "ru": ("one", "few", "many")}
PLURAL_FORMS = frozenset(form for forms in FORMS.values() for form in forms)
#: What is said when a key is nowhere: better than no answer, and logged as a fault.
UNWORDED_KEY = "error.unworded"

Forms = Mapping[str, str]
Catalogue = Mapping[str, str | Forms]


def plural_en(count: int) -> str:
    """Choose the English form of `count` things."""
    return "one" if count == 1 else "other"


def plural_ru(count: int) -> str:
    """Choose the Russian form of `count` things (CLDR: one, few, many)."""
    tens, ones = abs(count) % 100, abs(count) % 10
    if ones == 1 and tens != 11:
        return "one"
    if 2 <= ones <= 4 and not 12 <= tens <= 14:
        return "few"
    return "many"


PLURALS: Mapping[str, Callable[[int], str]] = {"en": plural_en, "ru": plural_ru}


def language_of(locale: str | None) -> str:
    """Turn Discord's locale (`ru`, `en-GB`, `de`) into a language that we write."""
    language = (locale or DEFAULT_LANGUAGE).split("-")[0].lower()
    return language if language in LANGUAGES else DEFAULT_LANGUAGE


def flatten(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str | Forms]]:
    """Yield dotted keys; a table made of plural forms only is one entry."""
    for name, value in table.items():
        key = f"{prefix}{name}"
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, dict):
            nested = cast("dict[str, object]", value)
            if nested.keys() <= PLURAL_FORMS:
                yield key, {form: str(text) for form, text in nested.items()}
            else:
                yield from flatten(nested, f"{key}.")
        else:
            raise TypeError(f"{key} is neither a sentence nor a table")


@cache
def catalogue(language: str) -> Catalogue:
    """Read one language's sentences, once."""
    text = (LOCALES_DIR / f"{language}.toml").read_text(encoding="utf-8")
    return dict(flatten(tomllib.loads(text)))


def placeholders(entry: str | Forms) -> frozenset[str]:
    """List the facts that an entry asks for, over all its forms."""
    texts = [entry] if isinstance(entry, str) else list(entry.values())
    parsed = (field for text in texts for _, field, _, _ in string.Formatter().parse(text))
    return frozenset(field for field in parsed if field)


class Texts:
    """All sentences in one person's language."""

    def __init__(self, locale: str | None) -> None:
        self.language = language_of(locale)

    def say(self, key: str, /, **facts: Fact) -> str:
        """Word `key`; `count` chooses the plural form.

        A missing sentence or fact is a fault of ours: it is logged, and the person still gets an
        answer, in English or at the very least an apology.
        """
        entry = self._find(key)
        if entry is None:
            return self.say(UNWORDED_KEY, key=key)
        text = entry if isinstance(entry, str) else self._form(key, entry, facts)
        try:
            return text.format_map(facts)
        except (KeyError, ValueError, IndexError):
            log.exception("sentence %s cannot be filled with %s", key, sorted(facts))
            return text

    def error(self, error: UserError) -> str:
        """Word what a person may put right."""
        said = self.say(error.key, **error.facts)
        return said if error.line is None else self.say("series.line", number=error.line, why=said)

    def has(self, key: str) -> bool:
        """Tell whether `key` is worded in this language."""
        return key in catalogue(self.language)

    def _find(self, key: str) -> str | Forms | None:
        entry = catalogue(self.language).get(key)
        if entry is None:
            log.error("no sentence %s in %s", key, self.language)
            entry = catalogue(DEFAULT_LANGUAGE).get(key)
        return entry

    def _form(self, key: str, forms: Forms, facts: Mapping[str, Fact]) -> str:
        # An engine's facts arrive as text from the database.
        raw = str(facts.get("count", ""))
        if not raw.lstrip("-").isdigit():
            log.error("sentence %s needs a whole count, got %r", key, raw)
            return list(forms.values())[-1]
        return forms.get(PLURALS[self.language](int(raw))) or list(forms.values())[-1]
