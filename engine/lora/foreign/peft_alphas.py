"""What peft says of a file's alphas outside of its tensors.

diffusers keeps it in the file's metadata with `unet.` and the like before each key, peft itself in
`adapter_config.json` beside the file. Without either, programs take the rank.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final, cast

from engine.errors import JobFailed

_SCOPES: Final = ("text_encoder_2.", "text_encoder.", "unet.")
#: A pattern that is more than a name would have to be run: one from a stranger could take hours.
_NAME: Final = re.compile(r"\^?[\w.]+\$?")


class PeftAlphas:
    """Alphas by layer."""

    def __init__(self, in_file: str, beside: str, file: str) -> None:
        self._file = file
        told = self._object(in_file)
        self._by_scope: dict[str, dict[str, Any]] = {"": self._object(beside)}
        for scope in _SCOPES:
            mine = {key: value for key, value in told.items() if key.startswith(scope)}
            self._by_scope[scope] = {key.removeprefix(scope): v for key, v in mine.items()}

    def of(self, path: str, rank: int) -> float | None:
        """Tell the alpha of a layer; None where nothing is said.

        JobFailed `lora.peft_config`, `style.other_kind` when it says that this is DoRA.
        """
        scope = next((scope for scope in _SCOPES if path.startswith(scope)), "unet.")
        told = self._by_scope[scope] or self._by_scope[""]
        if told.get("use_dora"):
            raise JobFailed("style.other_kind", file=self._file, kind="DoRA")
        alpha = told.get("lora_alpha")
        pattern = told.get("alpha_pattern") or {}
        if alpha is None or not isinstance(pattern, dict):
            return None
        for name, special in cast("Mapping[str, Any]", pattern).items():
            if self._means(str(name), path.removeprefix(scope)):
                alpha = special
        if not isinstance(alpha, int | float) or not math.isfinite(alpha):
            raise JobFailed("lora.peft_config", file=self._file)
        # Rank-stabilized: the scale is alpha / sqrt(rank) (arXiv 2312.03732).
        return float(alpha * math.sqrt(rank) if told.get("use_rslora") else alpha)

    def _means(self, name: str, path: str) -> bool:
        if _NAME.fullmatch(name) is None:
            raise JobFailed("lora.peft_config", file=self._file)
        plain = name.strip("^$")
        return path == plain or path.endswith(f".{plain}")

    def _object(self, text: str) -> dict[str, Any]:
        if not text:
            return {}
        try:
            found: object = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise JobFailed("lora.peft_config", file=self._file)
        return cast("dict[str, Any]", found)
