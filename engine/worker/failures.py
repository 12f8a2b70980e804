"""Exceptions of runners and loaders, as keys and facts for a person."""

from __future__ import annotations

import traceback

from engine.errors import JobFailed, facts_of
from engine.memory.shortage import is_shortage


def describe(error: BaseException) -> tuple[str, dict[str, str]]:
    """Word an exception as `(key, facts)`."""
    if isinstance(error, JobFailed):
        return error.key, facts_of(error)
    if is_shortage(error):
        return "engine.no_memory", {}
    return "engine.internal", {"error": type(error).__name__}


def forget_frames(error: BaseException) -> None:
    """Drop the locals of the frames that an exception came through: tensors, after running out."""
    chain = [error]
    for link in chain:  # grows while it is walked
        traceback.clear_frames(link.__traceback__)
        for earlier in (link.__cause__, link.__context__):
            if earlier is not None and earlier not in chain:
                chain.append(earlier)
