"""What refusing a malformed LoRA file costs: `python -m benchmarks.malformed` lists every file.

Each is refused in a process of its own, as its memory at most can be told of a whole process only.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.errors import JobFailed
from engine.lora.foreign.anatomy import read_anatomy
from engine.lora.foreign.converting import convert
from tests.engine.lora.malformed import FILES

if TYPE_CHECKING:
    from benchmarks.table import Measured

BUILTIN: Final = Path(__file__).parents[1] / "data/assets/builtin"
MOST_S, MOST_MB = 1.0, 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """How one file was refused."""

    name: str
    key: str
    seconds: float
    peak_mb: float


def refusals() -> list[Refusal]:
    """Make every file, and let a process refuse it."""
    found: list[Refusal] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, (_, make) in FILES.items():
            source = Path(folder) / f"{name}.safetensors"
            make(source)
            command = [sys.executable, "-m", "benchmarks.malformed", str(source)]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            found.append(Refusal(name=name, **json.loads(said)))
            source.unlink()
    return found


def measure() -> list[Measured]:
    """Tell the slowest and the largest."""
    from benchmarks.table import Measured  # loads torch, which no refusal may be charged with

    found = refusals()
    slowest, largest = max(one.seconds for one in found), max(one.peak_mb for one in found)
    count = len(found)
    return [
        Measured(name=f"{count} malformed files: slowest refusal, s", value=slowest, goal=MOST_S),
        Measured(name=f"{count} malformed files: memory at most, MB", value=largest, goal=MOST_MB),
    ]


def refuse(source: Path) -> Refusal:
    """Refuse one file in this process."""
    anatomy = read_anatomy(BUILTIN)
    begun = time.perf_counter()
    try:
        convert(source, source.with_suffix(".ours"), anatomy, {})
    except JobFailed as why:
        key = why.key
    else:
        key = "taken"
    seconds = time.perf_counter() - begun
    told = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    peak = float(told[1]) / 1024 if told else float("nan")
    return Refusal(name=source.stem, key=key, seconds=seconds, peak_mb=peak)


def _main(arguments: list[str]) -> int:
    if arguments:
        one = refuse(Path(arguments[0]))
        print(json.dumps({"key": one.key, "seconds": one.seconds, "peak_mb": one.peak_mb}))
        return 0
    found = refusals()
    for one in sorted(found, key=lambda one: -one.seconds):
        print(f"{one.seconds:7.3f} s {one.peak_mb:6.1f} MB  {one.key:22} {one.name}")
    good = [
        one.seconds < MOST_S and one.peak_mb < MOST_MB and one.key == FILES[one.name][0]
        for one in found
    ]
    print(f"{sum(good)} of {len(good)} refused as listed in {MOST_S} s and {MOST_MB} MB")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
