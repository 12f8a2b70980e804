"""A checkout of ComfyUI: what it is, and how it is brought into this process."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.compare_comfyui.stand_in import StandIns

#: What this script uses of it.
_FILES: Final = ("comfyui_version.py", "execution.py", "nodes.py", "comfy/sd.py")
#: Everything in float32 on the processor, and nothing that others have added.
_OPTIONS: Final = (
    "--cpu", "--fp32-unet", "--fp32-vae", "--fp32-text-enc", "--disable-all-custom-nodes",
)  # fmt: skip
#: Its networks never call these, so that nobody has to install them.
_STOOD_IN: Final = ("torchvision", "torchaudio")


class NoCheckoutError(Exception):
    """A folder is no checkout of ComfyUI; the message is one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """One version of the program."""

    folder: Path
    version: str
    #: "unknown" where the folder is no git repository and nobody said it
    commit: str

    def __str__(self) -> str:
        """Name it for a person."""
        return f"ComfyUI {self.version}, commit {self.commit}"


def find_checkout(folder: Path, commit: str | None = None) -> Checkout:
    """Look at a folder without running anything of it; NoCheckoutError.

    `commit` is what the host says where the folder carries no git history.
    """
    for name in _FILES:
        if not (folder / name).is_file():
            raise NoCheckoutError(f"{folder} is no checkout of ComfyUI: it has no {name}.")
    text = (folder / "comfyui_version.py").read_text(encoding="utf-8")
    found = re.search(r'__version__\s*=\s*"([^"]+)"', text)
    version = found[1] if found else "unknown"
    return Checkout(folder=folder, version=version, commit=_commit(folder) or commit or "unknown")


def start(checkout: Checkout, home: Path) -> list[str]:
    """Import it with `home` as the folder of its models, inputs and outputs.

    Returns the modules that are stood in for; transformers, which asks what is there, must have
    been imported before. Its options are read from `sys.argv` at the import; its folder comes last
    in `sys.path`, for it has a package `tests` of its own.
    """
    stand_ins = StandIns(_STOOD_IN)
    sys.meta_path.append(stand_ins)
    for name in ("models/checkpoints", "models/loras", "input", "output", "custom_nodes"):
        (home / name).mkdir(parents=True)
    sys.argv = ["main.py", *_OPTIONS, "--base-directory", str(home)]
    sys.path.append(str(checkout.folder))
    importlib.import_module("comfy.options").enable_args_parsing()
    importlib.import_module("execution")
    importlib.import_module("comfy.utils").set_progress_bar_enabled(False)
    return stand_ins.taken


def _commit(folder: Path) -> str | None:
    if not (folder / ".git").exists():  # git would answer with what lies around it
        return None
    named = ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]  # by no tag
    told = subprocess.run(
        ["git", "-C", str(folder), *named],  # noqa: S607 - the git of whoever runs it
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.strip() or None
