"""A limited process cannot take more memory or time than it was given."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

from bot.platform import job_object

LIMIT = "from bot.platform.limits import limit_this_process as limit\n"


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LIMIT + code], capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no limit on address space")
def test_memory_limit_fails_the_allocation() -> None:
    done = run(
        "in_force = limit(memory_bytes=512 * 1024**2, cpu_seconds=60)\n"
        "assert 'memory' in in_force\n"
        "small = bytes(10 * 1024**2)\n"
        "try:\n"
        "    bytes(1024**3)\n"
        "except MemoryError:\n"
        "    print('refused')\n"
    )
    assert done.stdout.strip() == "refused", done.stderr


def test_cpu_limit_ends_the_process() -> None:
    done = run(
        "assert 'cpu' in limit(memory_bytes=1024**3, cpu_seconds=1)\nwhile True:\n    pass\n"
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr


def test_second_limit_can_only_be_stricter() -> None:
    done = run(
        "limit(memory_bytes=1024**3, cpu_seconds=1)\n"
        "limit(memory_bytes=1024**3, cpu_seconds=600)\n"
        "while True:\n"
        "    pass\n"
    )
    assert done.returncode != 0


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="the sizes are those of 64 bit")
def test_job_object_structure_has_the_size_windows_expects() -> None:
    wanted = job_object.limits(memory_bytes=5, cpu_seconds=2)
    assert ctypes.sizeof(wanted) == 144
    assert wanted.process_memory_limit == 5
    assert wanted.basic.per_process_user_time_limit == 20_000_000
