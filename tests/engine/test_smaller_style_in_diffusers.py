"""A smaller file, of several ranks, means the same to diffusers and to us."""

# diffusers and peft export lazily and annotate loosely.
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import StableDiffusionXLPipeline

from engine.base.loading import base_folder, load_base
from engine.lora.shrinking import shrink
from engine.lora.tensors import read_style

SHIPPED = Path(__file__).parents[2] / "data/assets/styles/ada.safetensors"


def test_every_layer_changes_as_much_in_diffusers_as_here(tmp_path: Path) -> None:
    """diffusers misreads files of several ranks that carry alphas; ours carries none."""
    file = tmp_path / "smaller.safetensors"
    shrunk = shrink(SHIPPED, file, 500_000)
    ours = read_style(file, load_base("builtin").names)
    assert len({layer.rank for layer in ours.modules.values()}) > 3
    assert {layer.scale for layer in ours.modules.values()} == {1.0}
    assert shrunk.rank == max(layer.rank for layer in ours.modules.values())

    pipeline: Any = StableDiffusionXLPipeline.from_pretrained(
        base_folder("builtin"), dtype=torch.float32, local_files_only=True
    )
    pipeline.load_lora_weights(file.parent, weight_name=file.name)
    theirs = {name: m for name, m in pipeline.unet.named_modules() if hasattr(m, "lora_A")}
    [adapter] = pipeline.get_active_adapters()
    assert set(theirs) == set(ours.modules)
    for name, layer in ours.modules.items():
        module = theirs[name]
        up, down = module.lora_B[adapter].weight, module.lora_A[adapter].weight
        change = module.scaling[adapter] * (up @ down).detach()
        assert torch.allclose(change, layer.delta(), atol=1e-6), name
