"""Where a base lies: shipped, a diffusers folder, one file, or the hub's cache; torch-free."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.errors import JobFailed

_ASSETS: Final = Path(__file__).parents[2] / "data" / "assets"
_BUILTIN: Final = _ASSETS / "builtin"
#: SDXL's configurations and tokenizers, for checkpoints in one file.
SDXL_CONFIG: Final = _ASSETS / "sdxl"
#: Folders with weights, in the order in which they are hashed.
PARTS: Final = ("text_encoder", "text_encoder_2", "unet", "vae")
#: `owner/name`, as models are called on the hub.
_HUB_NAME: Final = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}")
#: What a single file needs beside its weights.
_CONFIG_FILES: Final = (
    *(f"{part}/config.json" for part in PARTS),
    *("tokenizer/tokenizer_config.json", "tokenizer_2/tokenizer_config.json"),
)
_CHECKPOINT: Final = ".safetensors"


@dataclass(frozen=True, slots=True, kw_only=True)
class BasePlace:
    """A base that is there."""

    #: as pictures, styles and other programs call it: without the way to it on this machine
    name: str
    #: a diffusers folder, or one file in the original layout
    path: Path
    #: a folder with the configurations and the tokenizers
    config: Path
    #: whether `config` says something of this very base, not of SDXL in general
    is_own_config: bool

    @property
    def is_file(self) -> bool:
        """Whether it is one file."""
        return self.path != self.config


def base_folder(name: str | Path) -> Path:
    """Resolve a base's name: `builtin` is shipped with the package, the rest are places."""
    return _BUILTIN if str(name) == "builtin" else Path(name)


def base_name(place: Path) -> str:
    """Name a base by its place; a checkpoint without its ending, as A1111 does."""
    return place.stem if place.suffix.lower() == _CHECKPOINT else place.name


def find_base(name: str | Path, config: Path | None = None) -> BasePlace:
    """Find a base by its path, or by its hub name in the cache of this machine.

    `config` is the host's folder of configurations for a single file. Nothing is downloaded.
    JobFailed `engine.base_missing`, `engine.base_uncached`, `engine.base_config`; OSError.
    """
    place = base_folder(name)
    own = base_name(place)
    if place.is_file():
        _check_config(config or SDXL_CONFIG)
        return BasePlace(
            name=own, path=place, config=config or SDXL_CONFIG, is_own_config=config is not None
        )
    folder = place if place.exists() else _cached(place)
    return BasePlace(name=own, path=folder, config=folder, is_own_config=True)


def _check_config(config: Path) -> None:
    for file in _CONFIG_FILES:
        if not (config / file).is_file():
            raise JobFailed("engine.base_config", folder=str(config), file=file)


def _cached(place: Path) -> Path:
    name = place.as_posix()
    if not _HUB_NAME.fullmatch(name):
        raise JobFailed("engine.base_missing", base=str(place))
    from huggingface_hub import try_to_load_from_cache  # slow to import

    index = try_to_load_from_cache(name, "model_index.json")
    if not isinstance(index, str):
        raise JobFailed("engine.base_uncached", base=name)
    return Path(index).parent
