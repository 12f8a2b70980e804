"""LoRA files as ComfyUI loads them: which layers it changes, and what it makes of their weights."""

# Another program, whose types are not ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from engine.lora.names import kohya_name
from engine.lora.weights import LoraModule
from scripts.compare_comfyui.bases import Base
from scripts.compare_comfyui.program import Program, warnings
from scripts.compare_comfyui.table import Report
from tests.engine.interop.files import KINDS, write

#: fp16's rounding.
MOST: Final = 1e-3
_STRENGTH_MODEL: Final = 0.75
_STRENGTH_CLIP: Final = -0.625


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What became of one file."""

    layers: int
    changed: int
    #: names in the file that it did not take
    left: int
    #: the largest over all layers, of the change of a weight, relative
    error: float

    @property
    def is_whole(self) -> bool:
        """Whether everything arrived and means the same."""
        return self.changed == self.layers and not self.left and self.error <= MOST


def compare(base: Base, program: Program, loras: Path, report: Report) -> None:
    """Load a file of every kind."""
    report.title(f"Files, the {base.name} base")
    report.head("file", "layers", "loaded", "names left over", "largest error of a change")
    for kind in KINDS:
        made = write(kind, base.ours, loras)
        wanted = {kohya_name(p, base.ours.layout): m for p, m in made.lora.modules.items()}
        one = load(made.file, wanted, program)
        share = f"{one.changed / one.layers:.0%}"
        report.row(kind, str(one.layers), share, str(one.left), f"{one.error:.1e}")
        report.check(f"file {kind} ({base.name})", met=one.is_whole)


@torch.inference_mode()
def load(file: Path, wanted: Mapping[str, LoraModule], program: Program) -> Loaded:
    """Patch the networks with a file, and hold every weight against W + strength · scale · B·A."""
    import comfy.sd
    import comfy.utils

    with warnings() as told:
        model, clip = comfy.sd.load_lora_for_models(
            program.model, program.clip, comfy.utils.load_torch_file(str(file)),
            _STRENGTH_MODEL, _STRENGTH_CLIP,
        )  # fmt: skip
    errors = [
        *_errors(model, wanted, _STRENGTH_MODEL),
        *_errors(clip.patcher, wanted, _STRENGTH_CLIP),
    ]
    left = [one for one in told if re.search("not loaded", one, re.IGNORECASE)]
    return Loaded(
        layers=len(wanted),
        changed=len(errors),
        left=len(left),
        error=max(errors, default=torch.inf),
    )


def _errors(patcher: Any, wanted: Mapping[str, LoraModule], strength: float) -> list[float]:
    """Compare every weight that is changed with what the file says of it; unknown is infinite."""
    import comfy.model_management as management

    management.unload_all_models()  # takes patches back
    weights = patcher.model.state_dict()
    before = {name: weights[name].double() for name in patcher.patches}
    management.load_models_gpu([patcher], force_full_load=True)
    weights = patcher.model.state_dict()
    after = {name: weights[name].double() for name in before}
    management.unload_all_models()
    return [
        _error(after[name] - weight, wanted.get(file_name(name)), strength)
        for name, weight in before.items()
    ]


def _error(change: Tensor, module: LoraModule | None, strength: float) -> float:
    if module is None:
        return torch.inf
    truth = strength * module.delta().double()
    return float((change.flatten(1) - truth).norm() / truth.norm())


def file_name(weight: str) -> str:
    """Spell a weight's name in ComfyUI as a LoRA file does.

    `diffusion_model.out.2.weight` → `lora_unet_out_2`.
    """
    parts = (
        (r"^diffusion_model\.", "lora_unet_"),
        (r"^clip_l\.transformer\.", "lora_te1_"),
        (r"^clip_g\.transformer\.", "lora_te2_"),
        (r"\.weight$", ""),
        (r"\.", "_"),
    )
    for pattern, spelled in parts:
        weight = re.sub(pattern, spelled, weight)
    return weight
