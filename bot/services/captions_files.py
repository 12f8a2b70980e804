"""Captions as `.txt` files named like the drawings, as trainers' tools have them: out and in."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Final

from bot.decode.archive import members_of, unpack_begin
from bot.decode.refusal import RefusedError
from bot.errors import UserError
from data.models import Drawing, DrawingId

#: In one zip.
MAX_FILES: Final = 2000
#: Of one text; a caption is cut to far less.
MAX_TEXT_BYTES: Final = 20_000
MAX_ZIP_BYTES: Final = 5_000_000
_UNSAFE: Final = re.compile(r"[^\w .()\[\]-]")


def file_stems(drawings: Sequence[Drawing]) -> dict[DrawingId, str]:
    """Name each drawing, and its text, after its file; no two alike.

    Where two files are called alike, the drawing's own number goes before, which it keeps when
    others are taken out.
    """
    stems = {one.id: _stem(one.file_name) for one in drawings}
    often = Counter(stem.casefold() for stem in stems.values())
    taken = {stem for stem, count in often.items() if count == 1}
    for one in drawings:
        if often[stems[one.id].casefold()] > 1:
            stems[one.id] = _numbered(one)
            while stems[one.id].casefold() in taken:  # another file has just this name
                stems[one.id] += "_"
            taken.add(stems[one.id].casefold())
    return stems


def pack(drawings: Sequence[Drawing]) -> bytes:
    """Put the captions of all drawings into a zip."""
    stems = file_stems(drawings)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for drawing in drawings:
            archive.writestr(f"{stems[drawing.id]}.txt", drawing.caption + "\n")
    return packed.getvalue()


def read_files(files: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    """Read texts, and the texts inside zips: caption by file name.

    UserError captions.zip_bad, captions.too_many. A text is read no further than a caption can be
    long, and what systems put beside files is left out.
    """
    texts: dict[str, str] = {}
    for name, data in files:
        if name.lower().endswith(".zip"):
            texts.update(_unpacked(name, data))
        elif name.lower().endswith(".txt"):
            texts[PurePath(name).name] = _text(data)
    return texts


def matched(
    drawings: Sequence[Drawing], texts: Mapping[str, str]
) -> tuple[dict[DrawingId, str], tuple[str, ...]]:
    """Find whose caption each text is; also tell the names that are no drawing's."""
    # What was called alike may be alone by now, and its text of before is still its own.
    wanted = {_numbered(one).casefold(): one.id for one in drawings}
    wanted |= {stem.casefold(): drawing_id for drawing_id, stem in file_stems(drawings).items()}
    found: dict[DrawingId, str] = {}
    unknown: list[str] = []
    for name, text in texts.items():
        drawing_id = wanted.get(_stem(name).casefold())
        if drawing_id is None:
            unknown.append(name)
        else:
            found[drawing_id] = text
    return found, tuple(unknown)


def _unpacked(name: str, data: bytes) -> dict[str, str]:
    if len(data) > MAX_ZIP_BYTES:
        raise UserError("captions.zip_bad", file=name)
    try:
        inside = [
            one for one in members_of(data, most=MAX_FILES) if one.name.lower().endswith(".txt")
        ]
        return {one.name: _text(unpack_begin(data, one, MAX_TEXT_BYTES)) for one in inside}
    except RefusedError as error:
        if error.verdict.key == "intake.zip_many":
            raise UserError("captions.too_many", most=MAX_FILES) from error
        raise UserError("captions.zip_bad", file=name) from error


def _text(data: bytes) -> str:
    return data[:MAX_TEXT_BYTES].decode("utf-8-sig", errors="replace")


def _numbered(drawing: Drawing) -> str:
    return f"{drawing.ordinal:03}_{_stem(drawing.file_name)}"


def _stem(name: str) -> str:
    stem = PurePath(name.replace("\\", "/")).stem
    return _UNSAFE.sub("_", stem).strip(" .") or "drawing"
