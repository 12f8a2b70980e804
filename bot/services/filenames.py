"""What a style's file is called: plain letters that every system and LoRA loader takes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from data.models import Style

#: Cyrillic letters as people spell them in Latin ones.
_PAIRS: Final = (
    "а=a б=b в=v г=g д=d е=e ё=yo ж=zh з=z и=i й=y к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f "
    "х=kh ц=ts ч=ch ш=sh щ=shch ъ= ы=y ь= э=e ю=yu я=ya і=i ї=yi є=ye ґ=g ў=u"
)
_LETTERS: Final = {pair[0]: pair[2:] for pair in _PAIRS.split()}
_LATIN: Final = str.maketrans(
    _LETTERS | {letter.upper(): latin.capitalize() for letter, latin in _LETTERS.items()}
)
#: A name of 32 letters, some of which become four, would fill the commands that join its parts.
_MOST_CHARS: Final = 40


def file_stem(style: Style, siblings: Sequence[Style]) -> str:
    """Spell a style's name for a file; of `siblings`, its owner's styles, no two are alike.

    Where two read alike, the later one carries its id; so does a name that nothing is left of.
    """
    stem = _spelled(style.name)
    if not stem:
        return f"style-{style.id}"
    for other in siblings:
        is_earlier = (other.created_ms, other.id) < (style.created_ms, style.id)
        # Many file systems know no difference between large and small letters.
        if is_earlier and _spelled(other.name).lower() == stem.lower():
            return f"{stem}-{style.id}"
    return stem


def _spelled(name: str) -> str:
    latin = unicodedata.normalize("NFC", name).translate(_LATIN)
    bare = "".join(
        mark for mark in unicodedata.normalize("NFKD", latin) if not unicodedata.combining(mark)
    )
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", bare).strip("-.")[:_MOST_CHARS].rstrip("-.")
