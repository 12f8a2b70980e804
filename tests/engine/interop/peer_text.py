"""ComfyUI's reading of a prompt, restated letter by letter: weights, windows, vectors."""

# transformers exports lazily and annotates loosely.
# pyright: reportPrivateImportUsage=false, reportArgumentType=false

from __future__ import annotations

import itertools
from typing import Any

import torch
from torch import Tensor

Token = tuple[int, float]


def weighted_letters(text: str) -> list[tuple[str, float]]:
    """Give every letter of a text with balanced parentheses its weight."""
    said: list[tuple[str, float]] = []
    opened: list[int] = []  # where in `said` each open parenthesis began
    at = 0
    while at < len(text):
        letter = text[at]
        if letter == "\\" and text[at + 1 : at + 2] in ("(", ")"):
            at += 1
            said.append((text[at], 1.0))
        elif letter == "(":
            opened.append(len(said))
        elif letter == ")":
            begin = opened.pop()
            said[begin:] = _closed(said[begin:])
        else:
            said.append((letter, 1.0))
        at += 1
    return [(letter, _product(weight)) for letter, weight in said]


def _closed(inner: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Put what stood in parentheses under their weight; inner numbers, marked by a tuple, stay."""
    text = "".join(letter for letter, _ in inner)
    head, colon, tail = text.rpartition(":")
    try:
        number = float(tail) if colon and head else None
    except ValueError:
        number = None
    if number is not None:
        return [(c, w if isinstance(w, tuple) else (number, w)) for c, w in inner[: len(head)]]
    return [(c, w if isinstance(w, tuple) else w * 1.1) for c, w in inner]


def _product(weight: float | tuple[float, float]) -> float:
    """Multiply what parentheses inside a numbered pair added to its number."""
    return weight[0] * weight[1] if isinstance(weight, tuple) else weight


def tokens_of(tokenizer: Any, text: str, room: int = 75) -> list[list[Token]]:
    """Fill windows with letters of one weight in a row; under 8 tokens of these stay whole."""
    rows = [
        ("".join(letter for letter, _ in row), weight)
        for weight, row in itertools.groupby(weighted_letters(text), key=lambda one: one[1])
    ]
    full: list[list[Token]] = [[]]
    for words, weight in rows:
        ids = tokenizer(words, verbose=False)["input_ids"][1:-1]
        if len(ids) < 8 and len(full[-1]) + len(ids) > room:
            full.append([])
        while ids:
            take = room - len(full[-1])
            full[-1] += [(token, weight) for token in ids[:take]]
            ids = ids[take:]
            if ids:
                full.append([])
    return full


@torch.no_grad()
def encoded(encoder: Any, tokenizer: Any, text: str, pad: int | None) -> tuple[Tensor, Tensor]:
    """Encode every window by itself, (1, 77·n, width), and the first one's pooled output."""
    start, end = tokenizer("")["input_ids"][:2]
    fill = end if pad is None else pad
    empty = _row(encoder, [start, end] + [fill] * 75).hidden_states[-2][0]
    vectors: list[Tensor] = []
    pooled = None
    for window in tokens_of(tokenizer, text):
        ids = [start, *(token for token, _ in window), end]
        out = _row(encoder, ids + [fill] * (77 - len(ids)))
        vector = out.hidden_states[-2][0].clone()
        for place, (_, weight) in enumerate(window, start=1):
            if weight != 1:
                # A number of float32, as ComfyUI multiplies there.
                scale = torch.tensor(weight).to(vector)
                vector[place] = (vector[place] - empty[place]) * scale + empty[place]
        vectors.append(vector)
        pooled = getattr(out, "text_embeds", None) if pooled is None else pooled
    return torch.cat(vectors)[None], torch.zeros(1, 1) if pooled is None else pooled


def _row(encoder: Any, ids: list[int]) -> Any:
    return encoder(torch.tensor([ids]), output_hidden_states=True)
