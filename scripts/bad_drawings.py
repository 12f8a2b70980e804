"""Write 36 files with every kind of trouble, to be handed over in the playground.

    python scripts/bad_drawings.py bad
    python scripts/screenshots.py --files bad --out shots hand_over

They are the files of `tests/cogs/test_every_bad_drawing.py`. None of them can harm the machine that
they lie on: the archives are only dangerous to a program that unpacks them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.bot.decode.every_kind import every_kind


def main() -> None:
    """Write them, and say what the card should say about each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for number, file in enumerate(every_kind(), 1):
        name = f"{number:02}-{file.name}"  # so that they are handed over in this order
        (folder / name).write_bytes(file.data)
        print(f"{name:20} {file.said.replace('{n}', 'its number') or 'taken, nothing to say'}")


if __name__ == "__main__":
    main()
