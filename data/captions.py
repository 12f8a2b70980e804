"""The values around captions: whose words they are, and what was done to them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CaptionSource(StrEnum):
    """Whose words a caption is."""

    ARTIST = "artist"  #: typed, or carried by the picture itself
    SIDECAR = "sidecar"  #: a `.txt` file beside the drawing
    TAGGER = "tagger"
    BLIP = "blip"


class CaptionChange(StrEnum):
    """What a person did to captions."""

    EDIT = "edit"  #: of one drawing
    ADD = "add"  #: a tag, over the set
    REMOVE = "remove"
    REPLACE = "replace"
    IMPORT = "import"
    UNDO = "undo"  #: took back the operation before


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionSettings:
    """What a training makes of a dataset's captions."""

    #: put before every caption; "" for none
    trigger: str = ""
    #: whether score tags in captions are trained on
    keeps_scores: bool = False
    #: whether the style's file says how often each tag was there
    tells_tags: bool = False
