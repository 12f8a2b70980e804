"""Random prompts, as both cut them into tokens with weights."""

# Another program, whose types are not ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

from engine.base.encoding import tokenize_with
from engine.base.prompt_weights import runs
from engine.base.windows import Window, windows
from engine.errors import JobFailed
from scripts.compare_comfyui.bases import Base
from scripts.compare_comfyui.table import Report

COUNT: Final = 3000
#: Marks, halves of marks, and words of every kind.
_PIECES: Final = (
    *("fox", "red hair", ", ", "forest, ", "a_very_long_word_indeed_", " score_9, ", "1girl"),
    *("(", ")", "((", "))", "\\(", "\\)", "\\", "()", "(fox:1.2)", "(a:b:1.1)", "(:1.2)", "(  )"),
    *(":", ":1.2", ":0.5", ": 1.3 ", ":-1", ":.5)", ":1e0)", ":1_0)", "[x]", "{a|b}", "<b>"),
    *("\n", "\t", " ", "  ", "\N{NO-BREAK SPACE}", "кот", "é", "日本語", "😀", "'s it's", "BREAK_"),
    *("<|startoftext|>", "<|endoftext|>"),
)
_ROOM: Final = 75


def compare(base: Base, report: Report) -> None:
    """Cut every prompt that our engine takes with both tokenizers of both programs."""
    import comfy.sdxl_clip

    theirs = comfy.sdxl_clip.SDXLTokenizer()
    pairs = [
        (tokenize_with(base.ours.text.encoders.tokenizer), theirs.clip_l),
        (tokenize_with(base.ours.text.encoders.tokenizer_2), theirs.clip_g),
    ]
    taken = unlike = 0
    for prompt in random_prompts(COUNT):
        try:
            said = runs(prompt)
        except JobFailed:  # a weight or a depth that is not offered
            continue
        taken += 1
        for own, other in pairs:
            rows = padded(windows(own, said, room=_ROOM), other)
            unlike += rows != other.tokenize_with_weights(prompt)
    report.title("Random prompts, in tokens with weights")
    report.head("prompts", "cut otherwise")
    report.row(str(taken), str(unlike))
    report.check("prompts", met=taken > COUNT // 2 and not unlike)


def random_prompts(count: int) -> list[str]:
    """Make short ones, and every third time one that may take several windows."""
    chance = random.Random(5)
    lengths = (chance.randint(1, 8 if n % 3 else 60) for n in range(count))
    return ["".join(chance.choices(_PIECES, k=length)) for length in lengths]


def padded(cut: Sequence[Window], tokenizer: object) -> list[Window]:
    """Open, close and fill windows with the tokens of ComfyUI's tokenizer."""
    start, end, pad = (
        (getattr(tokenizer, f"{name}_token"), 1.0) for name in ("start", "end", "pad")
    )
    return [[start, *window, end] + [pad] * (_ROOM - len(window)) for window in cut]
