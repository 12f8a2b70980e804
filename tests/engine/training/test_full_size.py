"""SDXL's whole U-Net learns on a CPU: names, shapes, gradients, memory and the file's size."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.platform.memory import total_memory_bytes

pytestmark = pytest.mark.slow


@pytest.mark.timeout(1200)
@pytest.mark.skipif((total_memory_bytes() or 0) < 20e9, reason="takes 17 GB of memory")
def test_one_step_of_the_whole_unet() -> None:
    # A process of its own gives the memory back.
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.full_size"], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr[-2000:]
