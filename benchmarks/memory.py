"""What the engine takes on a card of 12 GB, found on the meta device from SDXL's configuration."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, Final

import torch

from benchmarks.table import Measured
from benchmarks.unets import RANK, SDXL
from engine.memory.device import RESERVE
from engine.memory.needs import needs_of
from engine.memory.plan import Plan, fitting

#: What is free on such a card when nothing but a desktop uses it.
CARD: Final = 11_000_000_000
GOAL_GB: Final = 10.5
_CLIP: Final[dict[str, dict[str, Any]]] = {
    "text_encoder": {
        "hidden_size": 768,
        "intermediate_size": 3072,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "projection_dim": 768,
        "vocab_size": 49408,
    },
    "text_encoder_2": {
        "hidden_size": 1280,
        "intermediate_size": 5120,
        "num_hidden_layers": 32,
        "num_attention_heads": 20,
        "projection_dim": 1280,
        "vocab_size": 49408,
    },
}
_VAE: Final[dict[str, Any]] = {
    "block_out_channels": [128, 256, 512, 512],
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
    "layers_per_block": 2,
    "latent_channels": 4,
    "sample_size": 1024,
}


def measure() -> list[Measured]:
    """Make the plan for the card and tell its peaks."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part, config in {"unet": SDXL, "vae": _VAE, **_CLIP}.items():
            (folder / part).mkdir()
            (folder / part / "config.json").write_text(json.dumps(config))
        needs = needs_of(folder, torch.bfloat16, RANK, (1024, 1024))
    plan = fitting(needs, CARD - RESERVE)
    told = ", ".join(_told(plan))
    return [
        Measured(
            name=f"12 GB card, 1024²: {what}" + (f" ({told})" if what == "drawing" else ""),
            value=peak / 1e9,
            unit="GB",
            goal=GOAL_GB,
        )
        for what, peak in plan.peaks(needs).items()
    ] + [
        Measured(name="the same without any limit", value=Plan().peak(needs) / 1e9, unit="GB"),
    ]


def _told(plan: Plan) -> list[str]:
    told = [f"{plan.slots} slots", f"{plan.pictures} pictures at once"]
    told += [f"{plan.train_rows} training rows at once"]
    told += ["checkpointing"] * plan.checkpointed + ["tiled decoding"] * plan.tiled
    return told + ["text encoders in the host's memory"] * plan.texts_on_host
