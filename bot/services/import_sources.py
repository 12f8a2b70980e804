"""Where LoRA files come from, on the disk or in the hub's cache, and what lies beside them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.errors import UserError
from engine.lora.foreign.about import MOST_PREVIEW_BYTES, MOST_SIDECAR_BYTES

_SUFFIX: Final = ".safetensors"
#: Larger folders are offered in part.
_MOST_LISTED: Final = 5_000
_HUB: Final = re.compile(r"hf:([\w.-]{1,96}/[\w.-]{1,96})(?:/([\w./-]{1,200}))?")
#: What ComfyUI and A1111 show for a file.
_PREVIEWS: Final = (".preview.png", ".png", ".preview.jpg", ".jpg", ".webp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What lies beside a LoRA file; None where nothing does."""

    a1111: bytes | None = None
    civitai: bytes | None = None
    peft: bytes | None = None
    preview: bytes | None = None


def list_folder(folder: Path | None) -> tuple[str, ...]:
    """Name the LoRA files of the host's folder and its folders, by name; links are not followed."""
    if folder is None:
        return ()
    found: list[str] = []
    for place, _, names in os.walk(folder):
        for name in names:
            if name.lower().endswith(_SUFFIX):
                found.append((Path(place) / name).relative_to(folder).as_posix())
        if len(found) >= _MOST_LISTED:
            break
    return tuple(sorted(found[:_MOST_LISTED], key=str.lower))


def in_folder(folder: Path | None, name: str) -> Path:
    """Find one of the listed files; UserError import.unknown_file for everything else."""
    if folder is None or name not in list_folder(folder):
        raise UserError("import.unknown_file", file=name[:100])
    return folder / name


def on_host(source: str) -> Path:
    """Find what the host names: a path, or `hf:owner/repo[/file]` among what was downloaded.

    UserError cli.no_file, import.hub_missing, import.hub_several.
    """
    if source.startswith("hf:"):
        return _in_cache(source)
    path = Path(source)
    if not path.is_file():
        raise UserError("cli.no_file", file=source)
    return path


def read_beside(path: Path) -> Beside:
    """Read the small files beside a LoRA; what cannot be read is as if it were not there."""
    stem = path.with_suffix("")
    previews = (_read(Path(f"{stem}{end}"), MOST_PREVIEW_BYTES) for end in _PREVIEWS)
    return Beside(
        a1111=_read(Path(f"{stem}.json"), MOST_SIDECAR_BYTES),
        civitai=_read(Path(f"{stem}.civitai.info"), MOST_SIDECAR_BYTES),
        peft=_read(path.with_name("adapter_config.json"), MOST_SIDECAR_BYTES),
        preview=next((data for data in previews if data is not None), None),
    )


def _read(path: Path, most_bytes: int) -> bytes | None:
    try:
        if path.is_file() and path.stat().st_size <= most_bytes:
            return path.read_bytes()
    except OSError:
        pass
    return None


def _in_cache(source: str) -> Path:
    match = _HUB.fullmatch(source)
    if match is None:
        raise UserError("import.hub_missing", name=source[:100])
    repository, wanted = match[1], match[2]
    snapshot = _snapshot(repository)
    files = list_folder(snapshot)
    if wanted is not None:
        if snapshot is None or wanted not in files:
            raise UserError("import.hub_missing", name=source)
        return snapshot / wanted
    if snapshot is None or not files:
        raise UserError("import.hub_missing", name=source)
    first, *others = files
    if others:
        raise UserError("import.hub_several", name=source, files=", ".join(files[:10]))
    return snapshot / first


def _snapshot(repository: str) -> Path | None:
    """Find what of a repository was downloaded last: the hub's library links files by commit."""
    from huggingface_hub.constants import HF_HUB_CACHE  # slow to import

    place = Path(HF_HUB_CACHE) / f"models--{repository.replace('/', '--')}"
    try:
        commit = (place / "refs" / "main").read_text().strip()
    except OSError:
        return None
    snapshot = place / "snapshots" / commit
    return snapshot if re.fullmatch(r"[0-9a-f]{40}", commit) and snapshot.is_dir() else None
