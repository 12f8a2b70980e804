"""The two bases that are compared, each as our engine loads it and as one file for ComfyUI."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from benchmarks.checkpoint_file import (
    models_on_meta,
    pieces_of,
    random_values,
    values_of,
    write_checkpoint,
)
from engine.base.loading import LoadedBase, load_base
from engine.base.parts import read_parts
from engine.base.place import SDXL_CONFIG, base_folder, find_base

#: CLIP's, whose size is fixed in ComfyUI.
VOCABULARY: Final = 49_408
#: SDXL's own layout, blocks and layers, tokenizers and VAE; what is told here is narrower.
_NARROW: Final[Mapping[str, Mapping[str, Any]]] = {
    "unet": {
        "block_out_channels": [32, 64, 128],
        "attention_head_dim": [1, 1, 2],
        "cross_attention_dim": 192,
        "projection_class_embeddings_input_dim": 128 + 6 * 256,
    },
    "text_encoder": {
        "hidden_size": 64,
        "intermediate_size": 256,
        "num_attention_heads": 1,
        "projection_dim": 64,
    },
    "text_encoder_2": {
        "hidden_size": 128,
        "intermediate_size": 512,
        "num_attention_heads": 2,
        "projection_dim": 128,
    },
    "vae": {"force_upcast": False},
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Base:
    """One base on our side, and where the other side finds it."""

    name: str
    ours: LoadedBase
    #: in the original layout, among ComfyUI's checkpoints
    file: Path
    #: its configurations, and its tokenizers where they are not CLIP's
    config: Path


def narrow_base(checkpoints: Path, work: Path, *, predicts_v: bool = False) -> Base:
    """Make one with random weights and every layer of SDXL, 32 to 128 channels wide.

    One that predicts velocity is marked so, and as trained down to zero signal.
    """
    name = "velocity" if predicts_v else "narrow"
    config = work / name
    shutil.copytree(SDXL_CONFIG, config)
    for part, told in _NARROW.items():
        file = config / part / "config.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **told}))
    models = models_on_meta(config)
    file, marks = checkpoints / f"{name}.safetensors", ("v_pred", "ztsnr") if predicts_v else ()
    write_checkpoint(file, pieces_of(models, random_values()), torch.float32, marks=marks)
    return Base(name=name, ours=load_base(file, config=config), file=file, config=config)


def builtin_base(checkpoints: Path) -> Base:
    """Write the built-in one as one file; rows that no word has fill its vocabulary up."""
    folder = base_folder("builtin")
    models = read_parts(find_base(folder), torch.float32).named()
    file = checkpoints / "builtin.safetensors"
    for part in ("text_encoder", "text_encoder_2"):
        _fill_up(models[part])
    write_checkpoint(file, pieces_of(models, values_of(models)), torch.float32)
    return Base(name="built-in", ours=load_base("builtin"), file=file, config=folder)


def _fill_up(encoder: Any) -> None:
    words = encoder.get_input_embeddings()
    known: Tensor = words.weight.data
    words.weight.data = torch.cat([known, known.new_zeros(VOCABULARY - len(known), known.shape[1])])
