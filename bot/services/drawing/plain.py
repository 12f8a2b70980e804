"""Words that are kept for later prompts say nothing but what they show."""

from __future__ import annotations

import re
from typing import Final

from bot.services.inline import check_marks, parse_inline

#: Characters that `@name` may call.
NAME: Final = re.compile(r"[a-zа-яё0-9_-]+", re.IGNORECASE)
#: Neither an address nor one of Discord's own mentions.
CALL: Final = re.compile(rf"(?<![\w<@])@({NAME.pattern})", re.IGNORECASE)


def tidied(text: str) -> str:
    """Leave single spaces, and no commas around it."""
    return " ".join(text.split()).strip(" ,")


def is_plain(tidy: str) -> bool:
    """Say whether it has no options, no BREAK, no `@name`, and every parenthesis closed.

    UserError draw.prompt_* for marks in it that nothing obeys.
    """
    check_marks(tidy)
    says_options = parse_inline(tidy).prompt != tidy
    return not (says_options or "BREAK" in tidy or CALL.search(tidy)) and _is_closed(tidy)


def _is_closed(text: str) -> bool:
    """Say whether every parenthesis has its partner, so that none reaches into the prompt."""
    depth = 0
    for mark in re.findall(r"\\[()]|[()]", text):
        depth += {"(": 1, ")": -1}.get(mark, 0)
        if depth < 0:
            return False
    return depth == 0
