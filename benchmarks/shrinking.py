"""What a smaller file keeps of the shipped style, beside the same rank for every layer."""

from __future__ import annotations

import tempfile
from pathlib import Path

import torch

from benchmarks.table import Measured
from engine.lora.reading import read_header
from engine.lora.shrinking import shrink
from engine.lora.tensors import read_tensors

STYLE = Path(__file__).parents[1] / "data/assets/styles/ada.safetensors"
PARTS = (2, 4, 8)


def measure() -> list[Measured]:
    """Shrink it to a half, a fourth and an eighth."""
    size_bytes = STYLE.stat().st_size
    figures: list[Measured] = []
    with tempfile.TemporaryDirectory() as folder:
        for part in PARTS:
            shrunk = shrink(STYLE, Path(folder) / "smaller.safetensors", size_bytes // part)
            kept, rank = 1 - shrunk.kept, 16 // part
            figures += [
                Measured(name=f"1/{part} of the shipped style: squared change lost", value=kept),
                Measured(
                    name=f"1/{part} of the shipped style: lost / lost with rank {rank} everywhere",
                    value=kept / (1 - kept_at(rank)),
                    goal=0.5,
                ),
            ]
    return figures


def kept_at(rank: int) -> float:
    """Tell what one rank for all layers keeps; every layer multiplied out, its whole SVD."""
    _, tensors = read_tensors(STYLE)
    flats = {name.partition(".")[0] for name in read_header(STYLE).tensors}
    kept = whole = 0.0
    for flat in flats:
        down, up = (tensors[f"{flat}.lora_{side}.weight"].double() for side in ("down", "up"))
        scale = float(tensors[f"{flat}.alpha"]) / len(down)
        squares = torch.linalg.svdvals(scale * up @ down) ** 2
        kept += float(squares[:rank].sum())
        whole += float(squares.sum())
    return kept / whole
