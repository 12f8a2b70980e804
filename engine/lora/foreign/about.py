"""What a LoRA file, and the files beside it, say about themselves, in short printable texts."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

#: A text file beside a LoRA may be so large.
MOST_SIDECAR_BYTES: Final = 1 << 20
#: A preview is decoded elsewhere, within that place's own limits; larger ones are not even read.
MOST_PREVIEW_BYTES: Final = 8 << 20
_MOST_WORDS: Final = 10
_MOST_CHARS: Final = 300
_NAME_CHARS: Final = 100
#: A tag that is in so many of the captions calls the style.
_EVERYWHERE: Final = 0.95
_MOST_TAGS: Final = 3
#: Who made it and under what terms goes on with the file.
_KEPT: Final = ("modelspec.author", "modelspec.license", "modelspec.usage_hint")


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is known of a file; empty where nothing is said."""

    #: what its maker calls it
    title: str = ""
    #: what calls it in a prompt
    trigger: str = ""
    #: a picture as its file holds it, decoded by nobody yet
    preview: bytes | None = None
    #: of its metadata, what stays with it
    kept: Mapping[str, str] | None = None

    def metadata(self, name: str, source: str) -> dict[str, str]:
        """Spell it for our own file."""
        told = {
            **(self.kept or {}),
            "ss_base_model_version": "sdxl_base_v1-0",
            "ss_v2": "False",
            "ss_output_name": name,
            "modelspec.sai_model_spec": "1.0.1",
            "modelspec.architecture": "stable-diffusion-xl-v1-base/lora",
            "modelspec.implementation": "https://github.com/Stability-AI/generative-models",
            "modelspec.title": self.title or name,
            "ownhand.imported": source,
        }
        return told | ({"modelspec.trigger_phrase": self.trigger} if self.trigger else {})


def about(metadata: Mapping[str, str]) -> About:
    """Read a file's own metadata; what cannot be read is as if it were not there."""
    title = metadata.get("modelspec.title") or metadata.get("ss_output_name") or ""
    trigger = metadata.get("modelspec.trigger_phrase") or ", ".join(_everywhere(metadata))
    return About(
        title=tidy(title, _NAME_CHARS),
        trigger=tidy(trigger),
        preview=_preview(metadata),
        kept={key: tidy(metadata[key]) for key in _KEPT if metadata.get(key)},
    )


def with_sidecars(said: About, a1111: bytes | None, civitai: bytes | None) -> About:
    """Add what A1111's `name.json` and `name.civitai.info` say; they win, a person wrote them."""
    words = tidy(_text(_object(a1111), "activation text"))
    model = _object(civitai)
    trained = model.get("trainedWords")
    if not words and isinstance(trained, list):
        texts = [word for word in cast("list[Any]", trained) if isinstance(word, str)]
        words = tidy(", ".join(texts[:_MOST_WORDS]))
    title = tidy(_text(cast("dict[str, Any]", model.get("model") or {}), "name"), _NAME_CHARS)
    return replace(said, title=title or said.title, trigger=words or said.trigger)


def tidy(text: str, most: int = _MOST_CHARS) -> str:
    """Leave one line of what can be printed."""
    printable = "".join(c if c.isprintable() else " " for c in text[: 4 * most])
    return " ".join(printable.split())[:most]


def _everywhere(metadata: Mapping[str, str]) -> Iterable[str]:
    """Find tags that nearly every drawing of a folder had, the most frequent first."""
    folders = _object(metadata.get("ss_dataset_dirs"))
    found: dict[str, int] = {}
    for folder, tags in _object(metadata.get("ss_tag_frequency")).items():
        told = folders.get(folder)
        drawings = cast("dict[str, Any]", told).get("img_count") if isinstance(told, dict) else None
        if isinstance(tags, dict) and isinstance(drawings, int) and drawings > 1:
            for tag, count in cast("dict[str, Any]", tags).items():
                if isinstance(count, int) and count >= _EVERYWHERE * drawings:
                    found[tag.strip()] = found.get(tag.strip(), 0) + count
    return sorted(found, key=lambda tag: (-found[tag], tag))[:_MOST_TAGS]


def _preview(metadata: Mapping[str, str]) -> bytes | None:
    thumbnail = metadata.get("modelspec.thumbnail", "")
    if thumbnail.startswith("data:image/"):
        return _decoded(thumbnail.partition(";base64,")[2])
    covers = _parsed(metadata.get("ssmd_cover_images"))
    if isinstance(covers, list) and covers and isinstance(covers[0], str):
        return _decoded(covers[0].rpartition(";base64,")[2])
    return None


def _decoded(text: str) -> bytes | None:
    if not 0 < len(text) <= MOST_PREVIEW_BYTES:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _text(found: Mapping[str, Any], key: str) -> str:
    said = found.get(key) if isinstance(cast("object", found), dict) else None
    return said if isinstance(said, str) else ""


def _object(text: str | bytes | None) -> dict[str, Any]:
    found = _parsed(text)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _parsed(text: str | bytes | None) -> object:
    try:
        return json.loads(text or "null")
    except (ValueError, RecursionError):
        return None
