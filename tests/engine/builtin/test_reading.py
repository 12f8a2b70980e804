"""The text encoders are taught which word stood before each word."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from engine.builtin import reading
from engine.builtin.gallery import Gallery
from engine.builtin.model import TEXT_WIDTH, TextEncoders
from engine.builtin.reading import Reader, teach_reading

CAPTIONS = ["1girl, green dress, brown hair", "pony, pink mane, white fur, grass"]


@pytest.fixture(scope="module")
def text() -> TextEncoders:
    torch.manual_seed(0)
    return TextEncoders()


def test_heads_that_know_nothing_cost_the_logarithm_of_the_vocabulary(text: TextEncoders) -> None:
    reader, tokens = Reader(text), text.tokenize(CAPTIONS)[0]
    for part in reader.parameters():
        torch.nn.init.zeros_(part)
    loss = reader(torch.randn(2, 77, 2 * TEXT_WIDTH), tokens)
    assert loss.item() == pytest.approx(math.log(text.first.config.vocab_size), rel=1e-5)


def test_only_words_count_not_what_pads_the_caption(text: TextEncoders) -> None:
    reader, tokens = Reader(text), text.tokenize(CAPTIONS)[0]
    states = torch.randn(2, 77, 2 * TEXT_WIDTH)
    ends = (tokens == reader.end).int().argmax(dim=1)
    beyond, inside = states.clone(), states.clone()
    for row, end in enumerate(ends):
        beyond[row, end:] += 1
        inside[row, end - 1] += 1
    assert reader(beyond, tokens).item() == reader(states, tokens).item()
    assert reader(inside, tokens).item() != reader(states, tokens).item()


def test_encoders_learn_to_read(monkeypatch: pytest.MonkeyPatch, text: TextEncoders) -> None:
    monkeypatch.setattr(reading, "BATCH", 4)
    gallery = Gallery(
        np.zeros((2, 1, 1, 3), np.uint8),
        tags=[tuple(c.split(", ")) for c in CAPTIONS],
        scores=[9, 4],
        faces=[None, None],
    )
    tokens = text.tokenize(CAPTIONS)
    fresh = Reader(text)(text(tokens)[0], tokens[0]).item()
    taught = teach_reading(text, gallery, steps=40)(text(tokens)[0], tokens[0]).item()
    assert taught < 0.8 * fresh
