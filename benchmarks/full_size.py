"""One training step of SDXL's whole U-Net on a CPU: `python -m benchmarks.full_size`.

Weights are random and pictures have 256 pixels, so the figures say that names, shapes, gradients
and memory are right, and nothing about what is learnt.
"""

from __future__ import annotations

import dataclasses
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import nn

from benchmarks.__main__ import hush
from benchmarks.table import Measured, report
from benchmarks.unets import SDXL
from engine.base.encoding import EncodedText
from engine.base.loading import LoadedBase, load_base
from engine.lora.names import flat_names, layout_of
from engine.training.checkpoints import save_style, style_facts
from engine.training.dataset import EncodedDrawing, TrainingSet, View
from engine.training.loop import Training
from engine.training.recipe import TrainRecipe
from engine.training.recipes import OWN, recipe_for
from engine.unet.styled import StyledUnet

SIDE: Final = 256
#: what the reference's table gives for rank 16, all linears, in half precision
EXPECTED_MIB: Final = 81.2


@dataclass(frozen=True, slots=True, kw_only=True)
class FullStep:
    """What one step of the default recipe came to."""

    recipe: TrainRecipe
    modules: int
    loss: float
    #: of how the style's weights moved
    moved: float
    seconds: float
    file_bytes: int
    peak_bytes: int


def step() -> FullStep:
    """Make the step and write the file."""
    base = _base()
    recipe = recipe_for(OWN, "sdxl", 36)
    training = Training(base, _drawings(), recipe)
    start, began = training.flat.detach().clone(), time.perf_counter()
    loss = training.step()
    took = time.perf_counter() - began
    facts = style_facts(base, recipe, name="full", step=1, drawings=4)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "full.safetensors"
        read = save_style(file, training.lora, base, facts)
        size = file.stat().st_size
    return FullStep(
        recipe=recipe,
        modules=len(read.modules),
        loss=loss,
        moved=float((training.flat.detach() - start).norm()),
        seconds=took,
        file_bytes=size,
        peak_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,  # as on Linux
    )


def _base() -> LoadedBase:
    """Put a random U-Net of SDXL's size into the built-in base."""
    unet = StyledUnet(_unet())
    layout = layout_of(SDXL)
    members = [member for group in unet.groups for member in group.members]
    return dataclasses.replace(
        load_base("builtin"), unet=unet, layout=layout, names=flat_names(members, layout)
    )


def _unet() -> UNet2DConditionModel:
    """Make it without diffusers' own slow start of 2.6 billion weights."""
    with torch.device("meta"):
        unet = UNet2DConditionModel(**SDXL)
    unet.to_empty(device="cpu").eval().requires_grad_(requires_grad=False)
    generator = torch.Generator().manual_seed(0)
    for module in unet.modules():
        for name, weight in module.named_parameters(recurse=False):
            if isinstance(module, (nn.GroupNorm, nn.LayerNorm)):
                weight.fill_(1.0 if name == "weight" else 0.0)
            else:
                spread = weight[0].numel() ** -0.5 if weight.ndim > 1 else 0.0
                weight.uniform_(-spread, spread, generator=generator)
    return unet


def _drawings() -> TrainingSet:
    generator = torch.Generator().manual_seed(1)

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator)

    told = torch.tensor([[SIDE, SIDE, 0, 0, SIDE, SIDE]], dtype=torch.float32)
    side = SIDE // 8
    text = EncodedText(prompt="", text=random(1, 77, 2048), pooled=random(1, 1280))
    drawings = [
        EncodedDrawing(
            size=(SIDE, SIDE),
            views=(
                View(
                    mean=random(1, 4, side, side),
                    std=torch.full((1, 4, side, side), 0.1),
                    told=told,
                ),
            ),
            texts=(text,),
        )
        for _ in range(4)
    ]
    return TrainingSet(no_text=text, fingerprint="", train=drawings)


def measured(made: FullStep) -> list[Measured]:
    """Lay the figures beside what they must be."""
    mib = made.file_bytes / 2**20
    return [
        Measured(name="modules in the file", value=made.modules, goal=722, side="exactly"),
        Measured(name="file of rank 16, MiB, against the expected", value=mib / EXPECTED_MIB - 1,
                 goal=0.01),
        Measured(name="file of rank 16", value=mib, unit="MiB"),
        Measured(name="loss", value=made.loss),
        Measured(name="how far the style moved", value=made.moved, goal=1e-6, side="at least"),
        Measured(name="seconds of the step, batch 4", value=made.seconds, unit="s"),
        Measured(name="peak memory", value=made.peak_bytes / 1e9, unit="GB", goal=24),
    ]  # fmt: skip


def main() -> int:
    """Print the figures."""
    hush()
    return 0 if report(measured(step())) else 1


if __name__ == "__main__":
    sys.exit(main())
