"""The tokenizers that come with Ownhand are CLIP's, and others are refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import CLIPTokenizer

from engine.base.loading import load_base
from engine.base.place import SDXL_CONFIG
from engine.errors import JobFailed

FOLDERS = ("tokenizer", "tokenizer_2")


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_vocabulary_follows_from_the_merges(folder: str) -> None:
    """CLIP's rule: the bytes' letters, the same ending a word, one token per merge, two more."""
    version, *merges = (SDXL_CONFIG / folder / "merges.txt").read_text("utf-8").splitlines()
    assert version == "#version: 0.2"
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = 256 - len(shown)  # bytes that have no letter of their own get the next free ones
    letters = [chr(code) for code in (*shown, *range(256, 256 + hidden))]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters)]
    tokens += [merge.replace(" ", "") for merge in merges]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    known = json.loads((SDXL_CONFIG / folder / "vocab.json").read_text("utf-8"))
    assert known == {token: number for number, token in enumerate(tokens)}
    assert len(known) == 49408


@pytest.mark.parametrize(("folder", "pad"), [("tokenizer", 49407), ("tokenizer_2", 0)])
def test_they_read_as_clip_does(folder: str, pad: int) -> None:
    tokenizer: Any = CLIPTokenizer.from_pretrained(SDXL_CONFIG / folder)
    assert (len(tokenizer), tokenizer.model_max_length) == (49408, 77)
    assert tokenizer.pad_token_id == pad
    assert tokenizer("a photo of a cat")["input_ids"] == [49406, 320, 1125, 539, 320, 2368, 49407]


def _without_its_words(folder: Path) -> None:
    for name in ("vocab.json", "merges.txt"):
        (folder / "tokenizer" / name).unlink()


def _without_a_length(folder: Path) -> None:
    _tell(folder / "tokenizer", model_max_length=1e30)


def _with_another_filling(folder: Path) -> None:
    _tell(folder / "tokenizer_2", pad_token="<|endoftext|>")


def _tell(tokenizer: Path, **changes: object) -> None:
    file = tokenizer / "tokenizer_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


@pytest.mark.parametrize(
    ("spoil", "part", "reason"),
    [
        (_without_its_words, "tokenizer", "tokens, its encoder 197"),
        (_without_a_length, "tokenizer", "cuts texts at"),
        (_with_another_filling, "tokenizer_2", "instead of !"),
    ],
)
def test_a_wrong_one_is_refused(
    tiny_base_folder: Path, tmp_path: Path, spoil: Callable[[Path], None], part: str, reason: str
) -> None:
    copy = shutil.copytree(tiny_base_folder, tmp_path / "base")
    spoil(copy)
    with pytest.raises(JobFailed) as failed:
        load_base(copy)
    assert (failed.value.key, failed.value.facts["part"]) == ("engine.base_tokenizer", part)
    assert reason in str(failed.value.facts["reason"])
