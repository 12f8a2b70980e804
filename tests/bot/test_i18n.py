"""The catalogues agree with each other, with the code, and with the font."""

import ast
import logging
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from bot.errors import UserError
from bot.i18n import FORMS, LANGUAGES, Texts, catalogue, flatten, language_of, placeholders

ROOT = Path(__file__).parents[2]
FONT = ROOT / "data" / "assets" / "fonts" / "ownhand-sans.otf"
AREAS = {key.split(".")[0] for key in catalogue("en")}
KEY = re.compile(r"^[a-z]+(?:\.[a-z0-9_]+)+$")
FILE_SUFFIXES = {"py", "json", "toml", "txt", "png", "safetensors", "db", "log", "otf"}


def calls_in_code() -> Iterator[tuple[str, ast.Call]]:
    for node, place in nodes_in_code():
        if isinstance(node, ast.Call):
            yield place, node


@cache
def nodes_in_code() -> tuple[tuple[ast.AST, str], ...]:
    """Read the code once; only calls and texts are looked at."""
    paths = [path for name in ("bot", "cogs", "engine") for path in (ROOT / name).rglob("*.py")]
    return tuple(
        (node, f"{path.relative_to(ROOT)}:{node.lineno}")
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call | ast.Constant)
    )


def keys_in_code() -> dict[str, str]:
    """Find string literals that look like keys of an area, with their place."""
    found: dict[str, str] = {}
    for node, place in nodes_in_code():
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        text = node.value
        if not KEY.match(text) or text.split(".")[0] not in AREAS:
            continue
        if text.split(".")[-1] not in FILE_SUFFIXES and not is_module(text):
            found[text] = place
    return found


def is_module(text: str) -> bool:
    path = ROOT / text.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").exists()


def is_worded(key: str, language: str) -> bool:
    """Tell whether there is such a sentence; `area.begin_` is finished by an f-string."""
    if key.endswith("_"):
        return any(known.startswith(key) for known in catalogue(language))
    return Texts(language).has(key)


def test_both_languages_have_the_same_keys() -> None:
    assert set(catalogue("en")) == set(catalogue("ru"))


@pytest.mark.parametrize("key", sorted(catalogue("en")))
def test_both_languages_ask_for_the_same_facts(key: str) -> None:
    assert placeholders(catalogue("en")[key]) == placeholders(catalogue("ru")[key])


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_entries_have_exactly_the_forms_of_their_language(language: str) -> None:
    for key, entry in catalogue(language).items():
        if not isinstance(entry, str):
            assert tuple(entry) == FORMS[language], key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_named_in_the_code_is_worded(language: str) -> None:
    wanted = keys_in_code()
    assert len(wanted) > 150, "the search for keys finds nothing any more"
    assert not {key: place for key, place in wanted.items() if not is_worded(key, language)}


def test_no_sentence_is_left_over() -> None:
    begun = tuple(key for key in keys_in_code() if key.endswith("_"))
    composed = ("cli.", *begun)  # f"cli.{command}_about", f"intake.format_{kind}"
    used = keys_in_code().keys()
    assert not [key for key in catalogue("en") if key not in used and not key.startswith(composed)]


@pytest.mark.parametrize("name", ["UserError", "JobFailed", "say"])
def test_whoever_words_a_key_brings_its_facts(name: str) -> None:
    lacking: dict[str, set[str]] = {}
    seen = 0
    for place, call in calls_in_code():
        called = getattr(call.func, "attr", None) or getattr(call.func, "id", None)
        if called != name or not call.args or not isinstance(call.args[0], ast.Constant):
            continue
        entry = catalogue("en").get(str(call.args[0].value))
        given = {keyword.arg for keyword in call.keywords}
        if entry is None or None in given:
            continue  # no key, or facts that only the running code knows
        seen += 1
        if missing := placeholders(entry) - given:
            lacking[place] = set(missing)
    assert seen > 5, "the search for calls finds nothing any more"
    assert not lacking


@pytest.mark.parametrize(
    ("count", "russian", "english"),
    [
        (0, "0 рисунков", "0 drawings"),
        (1, "1 рисунок", "1 drawing"),
        (2, "2 рисунка", "2 drawings"),
        (5, "5 рисунков", "5 drawings"),
        (11, "11 рисунков", "11 drawings"),
        (12, "12 рисунков", "12 drawings"),
        (21, "21 рисунок", "21 drawings"),
        (24, "24 рисунка", "24 drawings"),
        (111, "111 рисунков", "111 drawings"),
        (112, "112 рисунков", "112 drawings"),
    ],
)
def test_counts_take_the_form_of_their_number(count: int, russian: str, english: str) -> None:
    assert Texts("ru").say("count.drawings", count=count) == russian
    assert Texts("en-US").say("count.drawings", count=count) == english


def test_counts_from_the_database_are_text() -> None:
    assert Texts("ru").say("count.drawings", count="3") == "3 рисунка"


@pytest.mark.parametrize(
    ("locale", "language"),
    [("ru", "ru"), ("en-GB", "en"), ("de", "en"), (None, "en"), ("ru-RU", "ru")],
)
def test_a_locale_gives_a_language_that_we_write(locale: str | None, language: str) -> None:
    assert language_of(locale) == language


def test_a_missing_sentence_is_logged_and_still_answered(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger="bot.i18n"):
        answer = Texts("ru").say("no.such.sentence")
    assert "no.such.sentence" in caplog.text
    assert answer == Texts("ru").say("error.unworded", key="no.such.sentence")


def test_a_missing_fact_is_logged_and_still_answered(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger="bot.i18n"):
        answer = Texts("en").say("draw.score_range")
    assert "draw.score_range" in caplog.text
    assert answer.startswith("The score goes from 1 to 9")


def test_a_sentence_of_a_wrong_type_is_refused() -> None:
    with pytest.raises(TypeError, match=r"a\.b"):
        dict(flatten({"a": {"b": 3}}))


@pytest.mark.parametrize("language", LANGUAGES)
def test_command_texts_obey_discord(language: str) -> None:
    for key, entry in catalogue(language).items():
        if not key.startswith("command."):
            continue
        assert isinstance(entry, str)
        assert len(entry) <= 100, key
        leaf = key.rsplit(".", 1)[1]
        if leaf != "about" and not leaf.endswith("_about") and not leaf.startswith("with_"):
            assert re.fullmatch(r"[\w-]{1,32}", entry), key
            assert entry == entry.lower(), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_fit_their_buttons_and_windows(language: str) -> None:
    for key, entry in catalogue(language).items():
        if not isinstance(entry, str):
            assert not key.startswith(("button.", "modal."))
            continue
        if key.startswith("button."):
            assert len(entry) <= 80, key
        if key.startswith("modal."):
            assert len(entry) <= (100 if key.endswith(("_hint", "_example")) else 45), key


def glyph(font: ImageFont.FreeTypeFont, character: str) -> bytes:
    image = Image.new("L", (64, 64))
    ImageDraw.Draw(image).text((8, 8), character, fill=255, font=font)
    return image.tobytes()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shipped_font_has_every_letter_of_the_catalogues(language: str) -> None:
    font = ImageFont.truetype(FONT, 32)
    missing_glyph = glyph(font, "\U0010fffd")
    entries = catalogue(language).values()
    texts = [t for e in entries for t in ([e] if isinstance(e, str) else e.values())]
    # Discord shows these itself: reactions, and the label of a button.
    elsewhere = set("1️⃣2️⃣3️⃣4️⃣⋯") - set("1234")
    wanted = {c for text in texts for c in text} - set(" \n\u00a0") - elsewhere
    assert len(wanted) > 50
    assert not [c for c in sorted(wanted) if glyph(font, c) == missing_glyph]


def test_the_font_test_can_fail() -> None:
    font = ImageFont.truetype(FONT, 32)
    assert glyph(font, "語") == glyph(font, "\U0010fffd")


@pytest.mark.parametrize(("language", "begins"), [("en", "Line 3: "), ("ru", "Строка 3: ")])
def test_what_is_wrong_with_a_line_names_it(language: str, begins: str) -> None:
    error = UserError("draw.prompt_empty")
    plain = Texts(language).error(error)
    error.line = 3
    assert Texts(language).error(error) == begins + plain
