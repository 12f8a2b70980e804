"""A folder of the host in which files of ours follow a list, and all others stay as they are."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from data.durable import sync_file, sync_folder

log = logging.getLogger(__name__)

#: What of the folder is ours, name → sha256.
LIST_NAME: Final = ".ownhand.json"
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,150}\.safetensors")
_PIECE: Final = 1 << 20


class Mirror:
    """Blocking. Every name is checked: nothing is ever written or removed outside the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def follow(self, wanted: Mapping[str, str], sources: Mapping[str, Path]) -> None:
        """Write what is missing, each file whole or not at all; remove what is not wanted.

        `wanted` maps names to sha256, `sources` to where the content lies. OSError from the disk.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        for left in self._folder.glob(".ownhand-*.part"):  # a death in the middle of a copy
            left.unlink(missing_ok=True)
        ours = self._listed()
        for name in sorted(set(ours) - set(wanted)):
            self._remove(name, ours.pop(name))
            self._list(ours)
        for name, sha256 in sorted(wanted.items()):
            if _NAME.fullmatch(name) is None:
                raise ValueError(f"{name!r} is no name for a file")
            if self._put(name, sha256, sources[name], ours.get(name)):
                ours[name] = sha256
                self._list(ours)

    def _put(self, name: str, sha256: str, source: Path, listed: str | None) -> bool:
        """Make the file; False when it is there already, or another one of the host's is."""
        target = self._folder / name
        if target.exists():
            if listed == sha256:
                return False
            found = _hash_of(target)
            if found == sha256:  # written just before a death
                return True
            if found != listed:
                log.warning("%s is not ours: the style of that name is not exported", target)
                return False
        part = self._folder / f".ownhand-{uuid.uuid4().hex}.part"
        try:
            if _copy(source, part) != sha256:
                log.error("the file of %s is damaged: it is not exported", name)
                return False
            sync_file(part)
            part.replace(target)
            sync_folder(self._folder)
        finally:
            part.unlink(missing_ok=True)
        return True

    def _remove(self, name: str, sha256: str) -> None:
        """Remove a file of ours, unless the host put another in its place."""
        target = self._folder / name
        if target.is_file() and _hash_of(target) == sha256:
            target.unlink()

    def _listed(self) -> dict[str, str]:
        """Read what is ours; of a list that somebody changed, only what can be a name of ours."""
        try:
            found: Any = json.loads((self._folder / LIST_NAME).read_bytes())
        except FileNotFoundError:
            return {}
        except ValueError:
            log.warning("%s cannot be read; what it listed stays", self._folder / LIST_NAME)
            return {}
        listed = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
        return {
            name: sha256
            for name, sha256 in listed.items()
            if isinstance(sha256, str) and _NAME.fullmatch(name)
        }

    def _list(self, ours: Mapping[str, str]) -> None:
        part = self._folder / f".ownhand-{uuid.uuid4().hex}.part"
        part.write_text(json.dumps(ours, indent=1, sort_keys=True) + "\n")
        sync_file(part)
        part.replace(self._folder / LIST_NAME)
        sync_folder(self._folder)


def _copy(source: Path, target: Path) -> str:
    """Copy a file; return its sha256."""
    digest = hashlib.sha256()
    with source.open("rb") as file, target.open("xb") as copy:
        while piece := file.read(_PIECE):
            digest.update(piece)
            copy.write(piece)
    return digest.hexdigest()


def _hash_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
