"""Changing the style: ours into a slot against diffusers' loader, of one file."""

from __future__ import annotations

import tempfile
from pathlib import Path

import torch
from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl import (
    StableDiffusionXLPipeline,
)

from benchmarks.table import Measured
from benchmarks.timing import processor_seconds
from benchmarks.unets import random_style
from engine.base.loading import base_folder, load_base
from engine.lora.packed import PackedStyle
from engine.lora.styles import read_packed
from engine.lora.writing import write_style
from engine.memory.plan import Plan


def measure() -> list[Measured]:
    """Switch between two styles of rank 16 on the built-in base."""
    base = load_base("builtin", plan=Plan(slots=1))
    pipeline = StableDiffusionXLPipeline.from_pretrained(
        base_folder("builtin"), torch_dtype=torch.float32, local_files_only=True
    )
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{name}.safetensors" for name in "ab"]
        for seed, file in enumerate(files):
            write_style(file, random_style(pipeline.unet, seed), base.layout, {})
        packed = [read_packed(file, file.stem, base) for file in files]
        turns = iter(range(1000))

        def ours() -> None:
            style: PackedStyle = packed[next(turns) % 2]
            base.slots.rows([((style, 1.0),)])

        def theirs() -> None:
            pipeline.unload_lora_weights()
            pipeline.load_lora_weights(folder, weight_name=files[next(turns) % 2].name)

        took = processor_seconds(
            {"ours": ours, "theirs": theirs, "parse": lambda: read_packed(files[0], "a", base)},
            rounds=5,
        )
    return [
        Measured(
            name="switch to a packed style / diffusers' load_lora_weights of its file",
            value=took["ours"] / took["theirs"],
            goal=1 / 20,
        ),
        Measured(
            name="reading and packing the file once / the same",
            value=took["parse"] / took["theirs"],
        ),
    ]
