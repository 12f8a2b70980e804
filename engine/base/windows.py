"""Texts cut into CLIP's windows, as ComfyUI cuts them: for those who encode and those who count."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from engine.base.prompt_weights import Run

#: A text of one weight is split over a window's edge if it has so many tokens; a shorter one goes
#: into the next. Without weights and BREAK a prompt is one such text.
_LONG: Final = 8
#: A training reads so many windows of a caption, as other trainers do; a draw reads all prompts.
CAPTION_WINDOWS: Final = 3

#: A window's tokens with their weights.
Window = list[tuple[int, float]]
#: Gives the tokens of a text.
Tokenize = Callable[[str], Sequence[int]]


def windows(tokenize: Tokenize, said: Sequence[Run], *, room: int) -> list[Window]:
    """Cut texts into windows of `room` tokens, short texts whole; at least one window."""
    cut: list[Window] = [[]]
    for text, weight in said:
        tokens = tokenize(text)
        if len(tokens) + len(cut[-1]) > room and len(tokens) < _LONG:
            cut.append([])
        for token in tokens:
            if len(cut[-1]) == room:
                cut.append([])
            cut[-1].append((token, weight))
    return cut


def by_words(said: Sequence[Run]) -> list[Run]:
    """Let every word be a text of its own, as rules before 4 cut."""
    return [(word, weight) for text, weight in said for word in text.split()]
