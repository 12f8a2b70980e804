"""Tokens are counted without torch exactly as the engine's tokenizers read them."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from transformers import CLIPTokenizer

from engine.base.counting import TokenCounter, read_counter, read_tokenizer
from engine.base.encoding import TextEncoding, tokenize_with
from engine.base.loading import LoadedBase
from engine.base.place import SDXL_CONFIG, base_folder
from engine.base.prompt_weights import literal, parts, runs
from engine.base.windows import CAPTION_WINDOWS, windows

FOLDERS = ("tokenizer", "tokenizer_2")
PLACES = {"builtin": base_folder("builtin"), "sdxl": SDXL_CONFIG}

#: Pieces that odd prompts are made of.
ODD = (
    *("fox", "1girl", "long_hair", "score_7_up", "don't", "they're", "CAT", "a" * 40, "zxq" * 9),
    *("лиса", "Ёлка", "ИЗБА", "девочка-волшебница", "猫", "ねこ", "고양이", "قطة", "Straße", "İ"),
    *("🦊", "👩‍🎨", "🇺🇦", "❤️", "👍🏽", "é", "e\u0301", "ﬁ", "\u0958", "x\u200dy", "\u00a0", "½"),
    *("!", "!!", "wow!", "?!?", "...", "…", "—", "^_^", ";)", "2024", "3.14", "$5", "#1", "@mira"),
    *("<|endoftext|>", "<|startoftext|>cat", "<|ENDOFTEXT|>", "</w>", "\\(", "\\)", "a\tb", "\n"),
)


def prompts(count: int, *, marks: bool) -> list[str]:
    """Make prompts of any length from odd pieces, the same ones in every run."""
    chance, made = random.Random(7), ["", " ", ",", "  fox ,, cat  ", "\n"]
    while len(made) < count:
        words: list[str] = []
        for _ in range(chance.choice((1, 3, 10, 40, 160))):
            word = chance.choice(ODD)
            if marks and chance.random() < 0.2:
                word = chance.choice(("({}:1.2)", "({})", "(({}, fox):0.8)")).format(word)
            words.append(word)
            if marks and chance.random() < 0.02:
                words.append("BREAK")
        made.append(chance.choice((" ", ", ", ",")).join(words))
    return made


@pytest.fixture(scope="module", params=PLACES)
def place(request: pytest.FixtureRequest) -> Path:
    return PLACES[request.param]


def theirs(place: Path, folder: str) -> Any:
    return CLIPTokenizer.from_pretrained(place / folder, local_files_only=True)


def counted(place: Path) -> list[Any]:
    """Return the engine's own way to read words, for both encoders."""
    return [tokenize_with(theirs(place, folder)) for folder in FOLDERS]


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_text_has_the_same_tokens(place: Path, folder: str) -> None:
    ours, other = read_tokenizer(place / folder), theirs(place, folder)
    for text in [*ODD, *prompts(300, marks=False)]:
        wanted = other(text, add_special_tokens=False)["input_ids"]
        assert ours.encode(text, add_special_tokens=False).ids == wanted, text


@pytest.mark.parametrize("folder", FOLDERS)
def test_it_is_put_together_alike(place: Path, folder: str) -> None:
    # How tokens become text again, and what opens a window, is not needed for counting.
    ours, other = (
        json.loads(one.to_str())
        for one in (read_tokenizer(place / folder), theirs(place, folder).backend_tokenizer)
    )
    for part in ("added_tokens", "normalizer", "pre_tokenizer", "model"):
        assert ours[part] == other[part]


def test_prompts_are_counted_as_the_engine_cuts_them(place: Path) -> None:
    counter, tokenizers = read_counter(place), counted(place)
    for prompt in prompts(300, marks=True):
        tokens, wanted = [0, 0], 0
        for part in parts(prompt):
            cuts = [windows(one, runs(part), room=75) for one in tokenizers]
            tokens = [n + sum(map(len, cut)) for n, cut in zip(tokens, cuts, strict=True)]
            wanted += max(map(len, cuts))
        count = counter.count(prompt)
        assert (count.tokens, count.windows, count.room) == (max(tokens), wanted, 75), prompt


def test_windows_are_those_that_the_encoders_fill(
    tiny_base: LoadedBase, tiny_base_folder: Path
) -> None:
    counter, encoding = read_counter(tiny_base_folder), TextEncoding(tiny_base.text.encoders)
    for prompt in ["cat", "cat " * 75, "cat " * 76, "(cat:1.3) " * 80, *prompts(40, marks=True)]:
        assert encoding.encode(prompt).text.shape[1] == 77 * counter.count(prompt).windows


def test_marks_cost_nothing_and_break_begins_a_window() -> None:
    counter = read_counter(SDXL_CONFIG)
    plain, weighted = counter.count("red fox, cat"), counter.count("(red fox:1.2), ((cat))")
    assert (plain.tokens, plain.windows) == (weighted.tokens, weighted.windows) == (4, 1)
    assert counter.count("red fox BREAK cat").windows == 2


def captions(count: int) -> list[str]:
    """Make captions around the length that is read: tags, sentences, odd ones."""
    chance, made = random.Random(11), ["", "fox", "fox, " * 120]
    words = ("long hair", "fox", "holding sword", "ultramarine", "лиса", "🦊", "(x)", "BREAK")
    while len(made) < count:
        tags = chance.choices(words, k=chance.randint(10, 130))
        made.append(chance.choice((", ", " ")).join(tags))
    return made


@pytest.mark.parametrize("name", PLACES)
def test_what_a_training_leaves_out_is_the_end_and_no_more(name: str) -> None:
    counter, tokenizers = read_counter(PLACES[name]), counted(PLACES[name])

    def is_read(caption: str) -> bool:
        said = runs(literal(caption))
        return all(len(windows(one, said, room=75)) <= CAPTION_WINDOWS for one in tokenizers)

    cut = 0
    for caption in captions(60):
        end = counter.unread(caption)
        assert caption.endswith(end)
        kept = caption[: len(caption) - len(end)].removesuffix(" ") if end else caption
        assert is_read(kept)
        assert bool(end) is not is_read(caption)
        if end:
            cut += 1
            assert not is_read(f"{kept} {end.split(' ')[0]}")
    assert 10 < cut < 55  # both kinds are among them


def test_older_spellings_of_the_files_are_read(tmp_path: Path) -> None:
    """transformers 4 wrote special tokens with their flags, and no tokenizer.json."""
    folder = shutil.copytree(SDXL_CONFIG / "tokenizer_2", tmp_path / "tokenizer_2")
    file = folder / "tokenizer_config.json"
    told = json.loads(file.read_text())
    flags = {"lstrip": False, "rstrip": False, "single_word": False, "normalized": False}
    told["pad_token"] = {"__type": "AddedToken", "content": "!", **flags}
    file.write_text(json.dumps(told))
    ids = read_tokenizer(folder).encode("wow!!", add_special_tokens=False).ids
    assert ids == theirs(tmp_path, "tokenizer_2")("wow!!", add_special_tokens=False)["input_ids"]


def test_a_merge_of_what_is_no_word_is_a_value_error(tmp_path: Path) -> None:
    folder = shutil.copytree(SDXL_CONFIG, tmp_path / "base")
    with (folder / "tokenizer_2" / "merges.txt").open("a") as merges:
        merges.write("nosuch word\n")
    with pytest.raises(ValueError, match="nosuch"):
        read_counter(folder)


def test_short_captions_are_not_looked_at() -> None:
    def never(_: str) -> list[int]:
        raise AssertionError

    assert TokenCounter([never], room=75).unread("fox, " * 40) == ""
