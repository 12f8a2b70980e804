"""The list of tags beside a WD tagger: `selected_tags.csv`, one row per output in order."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Final, NoReturn

from engine.errors import JobFailed

COLUMNS: Final = ("tag_id", "name", "category", "count")
#: The largest list in use has 31,000 tags in 1 MB.
MAX_BYTES: Final = 16 * 1024 * 1024
MAX_TAGS: Final = 200_000
#: `^_^`, `o_o`, `(o)_(o)`: faces have no two letters or digits side by side, words have.
WORD: Final = re.compile(r"[^\W_]{2}")


class Category(IntEnum):
    """What kind of a tag a row is, by the numbers of the file."""

    #: what a picture shows
    GENERAL = 0
    #: whom it shows
    CHARACTER = 4
    #: general, sensitive, questionable, explicit; exactly one of them holds
    RATING = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class WdTag:
    """One output of the tagger."""

    #: as people write it: with blanks for underscores, except in faces
    name: str
    category: Category
    #: pictures of the training set that have it
    count: int


def refuse(path: Path, reason: str) -> NoReturn:
    """Give up on a tagger's file in words."""
    raise JobFailed("tagger.unreadable", file=path.name, reason=reason)


def spelled(name: str) -> str:
    """Write blanks for underscores, but leave faces alone."""
    return name.replace("_", " ") if WORD.search(name) else name


def read_tags(path: Path) -> list[WdTag]:
    """Read the whole list; JobFailed `tagger.unreadable` when it is none."""
    try:
        if path.stat().st_size > MAX_BYTES:
            refuse(path, f"more than {MAX_BYTES} bytes")
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            if tuple(rows.fieldnames or ()) != COLUMNS:
                refuse(path, f"its first line is not {','.join(COLUMNS)}")
            tags = [_tag(path, number, row) for number, row in enumerate(rows, start=2)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        refuse(path, str(error))
    if not 0 < len(tags) <= MAX_TAGS:
        refuse(path, f"{len(tags)} tags")
    return tags


def _tag(path: Path, line: int, row: dict[str, str | None]) -> WdTag:
    try:
        name, category, count = row["name"] or "", row["category"] or "", row["count"] or ""
        return WdTag(name=spelled(name), category=Category(int(category)), count=int(count))
    except ValueError as error:
        refuse(path, f"line {line}: {error}")
