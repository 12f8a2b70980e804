"""How many tokens a text has and what a training leaves out, exactly, without torch.

CLIP's tokenizer is put together from a base's files as transformers 5 does it for the engine.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from tokenizers import AddedToken, Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import BPE

from engine.base.prompt_weights import Run, literal, parts, runs
from engine.base.windows import CAPTION_WINDOWS, Tokenize, windows

#: What SDXL's two text encoders have theirs in.
_FOLDERS: Final = ("tokenizer", "tokenizer_2")
_START, _END = "<|startoftext|>", "<|endoftext|>"
_SPECIAL: Final = {"bos_token": _START, "eos_token": _END, "unk_token": _END, "pad_token": _END}
_PIECES: Final = (
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
)
#: Texts that are remembered: both a card and its window ask for a set's captions.
_REMEMBERED: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How a text is read."""

    tokens: int
    #: what they are read in, each by itself
    windows: int
    #: tokens that one window takes
    room: int


class TokenCounter:
    """Counts as one base's text encoders read; where the two differ, the longer reading counts."""

    def __init__(self, tokenizers: Sequence[Tokenize], *, room: int) -> None:
        self._tokenizers = tokenizers
        self.room = room

    def count(self, prompt: str) -> Count:
        """Count a prompt's tokens without its marks; JobFailed as in `check_prompt`."""
        read = [runs(part) for part in parts(prompt)]
        cuts = [[windows(one, said, room=self.room) for said in read] for one in self._tokenizers]
        return Count(
            tokens=max(sum(len(cut) for of_part in cut_up for cut in of_part) for cut_up in cuts),
            windows=sum(max(map(len, of_part)) for of_part in zip(*cuts, strict=True)),
            room=self.room,
        )

    def unread(self, caption: str) -> str:
        """Return the end of a caption that a training does not read whole; "" when it reads all."""
        words = caption.split(" ")
        fits, does_not = 0, len(words) + 1
        while does_not - fits > 1:
            middle = (fits + does_not) // 2
            if self._is_read(" ".join(words[:middle])):
                fits = middle
            else:
                does_not = middle
        return " ".join(words[fits:])

    def _is_read(self, caption: str) -> bool:
        if caption.isascii() and len(caption) <= CAPTION_WINDOWS * self.room:  # a letter a token
            return True
        said: list[Run] = runs(literal(caption))
        return all(
            len(windows(one, said, room=self.room)) <= CAPTION_WINDOWS for one in self._tokenizers
        )


def read_counter(config: Path) -> TokenCounter:
    """Read both tokenizers of a base's folder; OSError, KeyError, ValueError for unusual ones."""
    told = json.loads((config / _FOLDERS[0] / "tokenizer_config.json").read_text("utf-8"))
    read = [_remembering(read_tokenizer(config / folder)) for folder in _FOLDERS]
    return TokenCounter(read, room=int(told["model_max_length"]) - 2)


def read_tokenizer(folder: Path) -> Tokenizer:
    """Put CLIP's tokenizer together; errors as in `read_counter`."""
    told: dict[str, Any] = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    vocabulary, merges = _words_of(folder)
    special = [_added(told.get(name) or usual) for name, usual in _SPECIAL.items()]
    tokenizer = Tokenizer(_model(vocabulary, merges, unknown=special[2].content))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PIECES), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.add_special_tokens(special)
    return tokenizer


def _model(vocabulary: dict[str, int], merges: list[tuple[str, str]], *, unknown: str) -> BPE:
    try:
        return BPE(
            vocab=vocabulary,
            merges=merges,
            continuing_subword_prefix="",
            end_of_word_suffix="</w>",
            fuse_unk=False,
            unk_token=unknown,
        )
    except Exception as error:  # tokenizers raises nothing narrower
        raise ValueError(f"no vocabulary: {error}") from error


def _words_of(folder: Path) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Read vocabulary and merges from whichever of the two layouts is there."""
    whole = folder / "tokenizer.json"
    if whole.is_file():
        model = json.loads(whole.read_text("utf-8"))["model"]
        lines = [one if isinstance(one, str) else " ".join(one) for one in model["merges"]]
        vocabulary = model["vocab"]
    else:
        vocabulary = json.loads((folder / "vocab.json").read_text("utf-8"))
        lines = (folder / "merges.txt").read_text("utf-8").splitlines()
        lines = [line for line in lines if line and not line.startswith("#version")]
    merges = (line.split(" ") for line in lines)
    return vocabulary, [(first, second) for first, second in merges]


def _added(told: str | dict[str, Any]) -> AddedToken:
    """Read a token with a meaning of its own, spelled as a text or as older versions do."""
    if isinstance(told, str):
        return AddedToken(told, special=True, normalized=False)
    flags = {name: bool(told.get(name)) for name in ("single_word", "lstrip", "rstrip")}
    normalized = bool(told.get("normalized"))
    return AddedToken(told["content"], special=True, normalized=normalized, **flags)


def _remembering(tokenizer: Tokenizer) -> Tokenize:
    @lru_cache(maxsize=_REMEMBERED)
    def tokenize(text: str) -> tuple[int, ...]:
        return tuple(tokenizer.encode(text, add_special_tokens=False).ids)

    return tokenize
