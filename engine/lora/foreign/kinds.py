"""Which method a file changes layers by, told by how its tensors are called; torch-free."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from engine.errors import JobFailed

#: How tensors of other methods are called. Of DoRA no two programs agree on the meaning.
_OTHER_KINDS: Final = {
    "DoRA": r"\.dora_scale$|\.lora_magnitude_vector\b",
    "LoHa": r"\.hada_",
    "LoKr": r"\.lokr_",
    "OFT": r"\.b?oft_",
    "IA3": r"\.on_input$",
    "GLoRA": r"\.[ab][12]\.weight$",
    "full": r"\.diff(_b)?$",
    "norm": r"\.[wb]_norm$",
    "embedding": r"^bundle_emb\.|^emb_params$|\.lora_embedding_",
}


def check_kind(file: str, names: Iterable[str]) -> None:
    """Raise JobFailed `style.other_kind` for a file that is more than pairs of matrices."""
    for name in names:
        for kind, marks in _OTHER_KINDS.items():
            if re.search(marks, name):
                raise JobFailed("style.other_kind", file=file, kind=kind)
