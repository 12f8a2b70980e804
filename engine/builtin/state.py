"""Where the making of the base keeps what it is not done with: outside the tree."""

from __future__ import annotations

import os
from pathlib import Path


def state_folder() -> Path:
    """Return `$OWNHAND_BUILTIN_STATE`, or `~/.cache/ownhand/builtin`; made when missing."""
    chosen = os.environ.get("OWNHAND_BUILTIN_STATE")
    folder = Path(chosen) if chosen else Path.home() / ".cache" / "ownhand" / "builtin"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def assets_folder() -> Path:
    """Return `data/assets` of this checkout."""
    return Path(__file__).resolve().parents[2] / "data" / "assets"
