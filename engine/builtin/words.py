"""The vocabulary of both tokenizers: byte-level BPE whose merges spell out our own words."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, Final

from transformers import CLIPTokenizer

from engine.builtin.vocabulary import all_tags

START, END = "<|startoftext|>", "<|endoftext|>"
CONTEXT = 77
# Words of captions that are no drawable tags: the ladder, ratings and sources of Pony.
EXTRA: Final = (
    "score",
    "up",
    "rating",
    "safe",
    "source",
    "anime",
    "furry",
    "pony",
    "anthro",
    "solo",
)


def known_words() -> tuple[str, ...]:
    """Every word of two letters or more that the base has seen in captions."""
    words = {word for tag in (*all_tags(), *EXTRA) for word in re.findall(r"[a-z]+", tag)}
    return tuple(sorted(word for word in words if len(word) > 1))


def byte_letters() -> list[str]:
    """List the 256 printable stand-ins for bytes, in the order of CLIP's vocabulary."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    other = [byte for byte in range(256) if byte not in plain]
    return [chr(byte) for byte in plain] + [chr(256 + index) for index in range(len(other))]


def learn_merges(words: tuple[str, ...]) -> list[tuple[str, str]]:
    """Merge the most frequent pair until every word is one token; ties go by spelling."""
    spelled = [(*word[:-1], word[-1] + "</w>") for word in words]
    merges: list[tuple[str, str]] = []
    while any(len(word) > 1 for word in spelled):
        pairs = Counter(pair for word in spelled for pair in itertools.pairwise(word))
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        spelled = [_merged(word, best) for word in spelled]
    return merges


def _merged(word: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    out: list[str] = []
    for letter in word:
        if out and (out[-1], letter) == pair and out[-1] != "":
            out[-1] += letter
        else:
            out.append(letter)
    return tuple(out)


def build_vocabulary() -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Give bytes, bytes that end a word, merges, start and end their numbers, as CLIP does.

    `!` is 0 and the end of text has the highest number, which is how CLIP finds the pooled token.
    """
    letters = byte_letters()
    merges = learn_merges(known_words())
    tokens = [
        *letters,
        *(letter + "</w>" for letter in letters),
        *(a + b for a, b in merges),
        START,
        END,
    ]
    return {token: number for number, token in enumerate(dict.fromkeys(tokens))}, merges


def new_tokenizer(pad: str) -> CLIPTokenizer:
    """Build a tokenizer; SDXL's first pads with the end of text, its second with `!`."""
    vocab, merges = build_vocabulary()
    pairs: Any = merges  # the class reads pairs, its annotation says strings
    return CLIPTokenizer(
        vocab=vocab,
        merges=pairs,
        unk_token=END,
        bos_token=START,
        eos_token=END,
        pad_token=pad,
        model_max_length=CONTEXT,
    )


def write_vocabulary(folder: Path) -> None:
    """Keep `vocab.json` and `merges.txt` beside, for readers without transformers."""
    vocab, merges = build_vocabulary()
    (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(f"{a} {b}" for a, b in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
