"""The child: reads files from descriptor 0, answers on descriptor 1, inside hard limits."""

from __future__ import annotations

import os
import sys
from typing import BinaryIO

from bot.decode.desk import Desk
from bot.decode.verdict import HEAD, pack, read_question
from bot.platform.limits import limit_this_process

MEMORY_BYTES = 2 * 1024**3
CPU_SECONDS = 600


def _read(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise EOFError
    return data


def main() -> int:
    """Judge file after file until the parent closes the pipe."""
    limit_this_process(memory_bytes=MEMORY_BYTES, cpu_seconds=CPU_SECONDS)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not break a frame
    questions = sys.stdin.buffer
    desk = Desk()
    while True:
        try:
            text_size, data_size = HEAD.unpack(_read(questions, HEAD.size))
        except EOFError:
            return 0
        question = read_question(_read(questions, text_size))
        verdict, data = desk.answer(question, _read(questions, data_size))
        answers.write(pack(verdict, data))
        answers.flush()


if __name__ == "__main__":
    raise SystemExit(main())
