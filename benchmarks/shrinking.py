"""What a smaller file keeps of the shipped style, beside the same rank for every layer."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import torch

from benchmarks.table import Measured
from benchmarks.unets import RANK, SDXL, unet_of
from engine.lora.metadata import StyleFacts, style_metadata
from engine.lora.names import is_target, layout_of
from engine.lora.reading import read_header
from engine.lora.shrinking import shrink
from engine.lora.tensors import read_tensors
from engine.lora.weights import Lora, LoraModule
from engine.lora.writing import write_style

STYLE = Path(__file__).parents[1] / "data/assets/styles/ada.safetensors"
PARTS = (2, 4, 8)
#: What Discord takes on a server without boosts.
DISCORD_BYTES = 10 * 1024 * 1024
FACTS = StyleFacts(
    name="full", rank=RANK, alpha=RANK, step=1, steps=1, drawings=36, width=1024, height=1024,
    base="sdxl", base_sha256="ab" * 32, family="sdxl", recipe="own", recipe_version=1,
    learning_rate=1e-4, batch=4, seed=1,
)  # fmt: skip


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
        figures += full_size(Path(folder))
    return figures


def full_size(folder: Path) -> list[Measured]:
    """Fit a file of SDXL's own layers, random ones, into what Discord takes without boosts."""
    file, smaller = folder / "full.safetensors", folder / "smaller.safetensors"
    unet = unet_of(SDXL, "meta")
    modules = {
        name: LoraModule(
            down=torch.randn(RANK, module.in_features),
            up=torch.randn(module.out_features, RANK),
            alpha=float(RANK),
        )
        for name, module in unet.named_modules()
        if is_target(name) and isinstance(module, torch.nn.Linear)
    }
    write_style(file, Lora(modules=modules), layout_of(dict(unet.config)), style_metadata(FACTS))
    began = time.process_time()
    shrunk = shrink(file, smaller, DISCORD_BYTES)
    took = time.process_time() - began
    mib = 1 << 20
    return [
        Measured(name="SDXL's 722 layers, rank 16: file", value=file.stat().st_size / mib,
                 unit="MiB"),
        Measured(name="the same, made for Discord", value=shrunk.size_bytes / mib, unit="MiB",
                 goal=DISCORD_BYTES / mib),
        Measured(name="making it", value=took, unit="s", goal=30),
    ]  # fmt: skip


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
