"""Limit the memory and the processor time of the process that reads files from strangers."""

from __future__ import annotations

import sys


def limit_this_process(*, memory_bytes: int, cpu_seconds: int) -> frozenset[str]:
    """Limit this process for the rest of its life; a child calls it before it reads anything.

    Past the memory limit allocations fail (`MemoryError`); past the time limit the system ends
    the process. Returns which of "memory" and "cpu" are in force: macOS refuses a memory limit.
    """
    return _limit(memory_bytes, cpu_seconds)


if sys.platform == "win32":
    from bot.platform import job_object

    def _limit(memory_bytes: int, cpu_seconds: int) -> frozenset[str]:
        limited = job_object.limit(memory_bytes=memory_bytes, cpu_seconds=cpu_seconds)
        return frozenset({"memory", "cpu"}) if limited else frozenset()

else:
    import resource

    def _limit(memory_bytes: int, cpu_seconds: int) -> frozenset[str]:
        wanted = {
            "memory": (resource.RLIMIT_AS, memory_bytes),
            "cpu": (resource.RLIMIT_CPU, cpu_seconds),
        }
        in_force = {name for name, (kind, value) in wanted.items() if _lower(kind, value)}
        _lower(resource.RLIMIT_CORE, 0)
        return frozenset(in_force)

    def _lower(kind: int, value: int) -> bool:
        """Lower one limit, the hard one too; a stricter one that is set already stays."""
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        try:
            resource.setrlimit(kind, (value, value))
        except (OSError, ValueError):
            return False
        return True
