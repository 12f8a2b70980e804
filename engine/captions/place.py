"""Where the files of a captioner lie: in a folder, or in the hub's cache on this machine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from engine.errors import JobFailed

#: What a WD tagger consists of, and what BLIP does, as their authors' repositories lay them out.
TAGGER_FILES: Final = ("model.onnx", "selected_tags.csv")
BLIP_FILES: Final = (
    "config.json",
    "model.safetensors",
    "preprocessor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
)
#: `owner/name`, as models are called on the hub.
HUB_NAME: Final = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}")


def find_model(model: str, files: Sequence[str]) -> Path:
    """Return the folder that holds all of `files`; nothing is downloaded.

    JobFailed `caption.model_missing` when one of them is not here.
    """
    folder = Path(model).expanduser()
    if not folder.is_dir() and HUB_NAME.fullmatch(model):
        return _cached(model, files)
    missing = [name for name in files if not (folder / name).is_file()]
    if missing:
        # Its name alone: logs are shown around, and nobody else need know the host's folders.
        raise JobFailed("caption.model_missing", model=folder.name, files=", ".join(missing))
    return folder


def _cached(model: str, files: Sequence[str]) -> Path:
    from huggingface_hub import try_to_load_from_cache  # slow to import

    found = [try_to_load_from_cache(model, name) for name in files]
    missing = [name for name, path in zip(files, found, strict=True) if not isinstance(path, str)]
    if missing:
        raise JobFailed("caption.model_missing", model=model, files=", ".join(missing))
    return Path(str(found[0])).parent
