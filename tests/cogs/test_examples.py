"""What newcomers are told to type must work on the base that they try it on."""

from __future__ import annotations

import re

import pytest

from bot.i18n import LANGUAGES, catalogue
from bot.services.inline import parse_inline
from cogs.welcome import PROMPTS
from engine.base.tokens import KnownWords
from engine.builtin.vocabulary import all_tags
from tests.sources import ROOT

SUBJECTS = ("1girl", "1boy", "cat", "pony", "house", "boat")


def unknown(prompt: str) -> list[str]:
    known = KnownWords(tags=frozenset(all_tags()), words=frozenset())
    return [word for word, _ in known.unknown_words(parse_inline(prompt).prompt)]


@pytest.mark.parametrize("prompt", PROMPTS)
def test_the_welcome_cards_prompts_are_known_words(prompt: str) -> None:
    assert unknown(prompt) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_examples_in_sentences_are_known_words(language: str) -> None:
    sentences = [entry for entry in catalogue(language).values() if isinstance(entry, str)]
    quoted = [part for entry in sentences for part in re.findall(r"`([^`]+)`", entry)]
    quoted.append(str(catalogue(language)["modal.words_example"]))
    examples = [part for part in quoted if part.split(",")[0] in SUBJECTS]
    assert len(examples) >= 4
    assert [example for example in examples if unknown(example)] == []


def test_the_readmes_examples_are_known_words() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    examples = re.findall(r'bot draw "([^"]+)"', readme)
    assert examples
    assert [example for example in examples if unknown(example)] == []
