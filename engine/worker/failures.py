"""Exceptions of runners and loaders, as keys and facts for a person."""

from __future__ import annotations

from engine.errors import JobFailed, facts_of


def describe(error: BaseException) -> tuple[str, dict[str, str]]:
    """Word an exception as `(key, facts)`."""
    if isinstance(error, JobFailed):
        return error.key, facts_of(error)
    # torch.OutOfMemoryError by name: the scripted worker runs without torch
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return "engine.no_memory", {}
    return "engine.internal", {"error": type(error).__name__}
