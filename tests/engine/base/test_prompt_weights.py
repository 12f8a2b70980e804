"""A prompt's marks are read as ComfyUI reads them, and nothing else means anything."""

from __future__ import annotations

import pytest

from engine.base.prompt_weights import check_prompt, literal, parts, plain, respelled, runs
from engine.errors import JobFailed

SQUARE = 1.1 * 1.1


@pytest.mark.parametrize(
    ("prompt", "read"),
    [
        ("a cat, red", [("a cat, red", 1.0)]),
        ("(cat)", [("cat", 1.1)]),
        ("a (cat:1.25), red", [("a ", 1.0), ("cat", 1.25), (", red", 1.0)]),
        ("((cat))", [("cat", SQUARE)]),
        ("(a (cat) dog)", [("a ", 1.1), ("cat", SQUARE), (" dog", 1.1)]),
        # A number is the weight, whatever the parentheses around it say.
        ("(a (cat:0.5):1.4)", [("a ", 1.4), ("cat", 0.5)]),
        ("((a:1.5) b)", [("a", 1.5), (" b", 1.1)]),
        ("(cat:-0.5)", [("cat", -0.5)]),
        ("(cat: .5 )", [("cat", 0.5)]),
        ("(red:cat)", [("red:cat", 1.1)]),
        ("(a:b:1.3)", [("a:b", 1.3)]),
        ("(:1.3)", [(":1.3", 1.1)]),
        ("()", []),
        (r"fox \(animal\)", [("fox (animal)", 1.0)]),
        (r"(fox \(animal\):1.2)", [("fox (animal)", 1.2)]),
        (r"(fox \)", [("(fox )", 1.0)]),
        ("(cat", [("(cat", 1.0)]),
        ("cat)", [("cat)", 1.0)]),
        # ComfyUI counts what was never opened, and pairs no parentheses after it.
        ("cat) (dog) (fox)", [("cat) (dog) (fox)", 1.0)]),
        ("(cat (dog)", [("cat ", 1.1), ("(dog", 1.1)]),
        ("[cat|dog]", [("[cat|dog]", 1.0)]),
        ("[cat:dog:0.5]", [("[cat:dog:0.5]", 1.0)]),
        ("{cat}", [("{cat}", 1.0)]),
    ],
)
def test_weights_are_comfyuis(prompt: str, read: list[tuple[str, float]]) -> None:
    assert runs(prompt) == [(text, pytest.approx(weight)) for text, weight in read]


@pytest.mark.parametrize(
    ("prompt", "split"),
    [
        ("cat BREAK dog", ["cat", "dog"]),
        ("cat,\nBREAK\ndog", ["cat,", "dog"]),
        ("BREAK dog", ["", "dog"]),
        ("cat break BREAKFAST", ["cat break BREAKFAST"]),
        ("(cat BREAK dog)", ["(cat", "dog)"]),
    ],
)
def test_break_splits_a_prompt(prompt: str, split: list[str]) -> None:
    assert parts(prompt) == split


@pytest.mark.parametrize("prompt", ["(cat:1.2) BREAK (a) \\(b\\)", "cat) (dog)", "a (b", ":)"])
def test_a_literal_text_is_read_as_it_stands(prompt: str) -> None:
    assert runs(literal(prompt)) == [(prompt.replace("BREAK", "break"), 1.0)]
    assert len(parts(literal(prompt))) == 1


def test_plain_words_lose_their_marks() -> None:
    assert plain(r"a (cat:1.2) BREAK fox \(b\)") == "a , cat, fox (b)"
    assert plain("a cat, red") == "a cat, red"


@pytest.mark.parametrize(
    ("prompt", "spelled"),
    [
        ("a cat", "A CAT"),
        ("a (cat:1.25), fox BREAK (((b)))", "A , (CAT:1.25), , FOX BREAK (((B)))"),
        (r"fox \(b\)", r"FOX \(B\)"),
        ("cat) (dog)", r"CAT\) \(DOG\)"),
    ],
)
def test_marks_stay_where_words_are_spelled_anew(prompt: str, spelled: str) -> None:
    assert respelled(prompt, str.upper) == spelled


@pytest.mark.parametrize(
    ("prompt", "key"),
    [
        ("cat <lora:other:1>", "draw.prompt_tag"),
        ("cat <LYCO:other:1>", "draw.prompt_tag"),
        ("<hypernet:x:1>", "draw.prompt_tag"),
        ("cat, embedding:bad-hands", "draw.prompt_tag"),
        ("(cat:5.5)", "draw.prompt_weight"),
        ("(cat:nan)", "draw.prompt_weight"),
        ("(cat:1e9)", "draw.prompt_weight"),
        ("(" * 18 + "cat" + ")" * 18, "draw.prompt_weight"),
        ("(" * 700 + "cat" + ":1)" * 700, "draw.prompt_nested"),
        ("cat BREAK " * 8, "draw.prompt_breaks"),
    ],
    ids=lambda text: text[:20],
)
def test_what_cannot_be_obeyed_is_refused(prompt: str, key: str) -> None:
    with pytest.raises(JobFailed) as refused:
        check_prompt(prompt)
    assert refused.value.key == key


@pytest.mark.parametrize("prompt", ["", "a <3 cat", "the embedding of it", "(cat:5)", ":) (:"])
def test_ordinary_prompts_are_not_refused(prompt: str) -> None:
    check_prompt(prompt)
