"""The tokenizer's vocabulary and the captions that are trained on."""

from __future__ import annotations

import numpy as np
import pytest

from engine.builtin.captions import ladder, training_caption
from engine.builtin.drawing import draw
from engine.builtin.words import END, build_vocabulary, known_words, new_tokenizer


def test_ladder_is_cut_from_the_left() -> None:
    assert ladder(7) == "score_7, score_6_up, score_5_up, score_4_up"
    assert ladder(4) == "score_4"


def test_end_of_text_has_the_highest_number() -> None:
    vocab, _ = build_vocabulary()
    assert vocab[END] == len(vocab) - 1 == max(vocab.values())
    assert vocab["!"] == 0


@pytest.mark.parametrize("pad", [END, "!"], ids=["first", "second"])
def test_every_known_word_is_one_token(pad: str) -> None:
    tokenizer = new_tokenizer(pad)
    assert [word for word in known_words() if len(tokenizer(word).input_ids) != 3] == []


def test_unknown_word_is_spelled_not_lost() -> None:
    tokenizer = new_tokenizer(END)
    tokens = tokenizer("zebra").input_ids[1:-1]
    assert len(tokens) > 1
    assert tokenizer.decode(tokens) == "zebra"


def test_captions_start_with_the_ladder_and_fit() -> None:
    tokenizer = new_tokenizer(END)
    rng = np.random.default_rng(0)
    drawings = [draw(seed) for seed in range(60)]
    captions = [training_caption(each.tags, each.score, rng) for each in drawings]
    laddered = sum(caption.startswith("score_") for caption in captions)
    fitting = sum(len(tokenizer(caption).input_ids) <= 77 for caption in captions)
    assert 0.6 < laddered / len(captions) < 0.92
    assert fitting / len(captions) > 0.9
    assert "" in captions
