"""A VAE that overflows half precision still decodes, whatever the rest computes in."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from engine.base.loading import load_base

#: Enough to lift activations over float16's 65,504, as SDXL's own VAE does.
LOUD = 3e4


def test_pictures_come_out_where_half_precision_has_none(
    tiny_base_folder: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(tiny_base_folder, tmp_path / "base")
    file = copy / "vae" / "diffusion_pytorch_model.safetensors"
    weights = load_file(file)
    weights["decoder.conv_in.weight"] *= LOUD
    save_file(weights, file, metadata={"format": "pt"})
    base = load_base(copy, dtype=torch.float16)
    assert base.unet.model.dtype == torch.float16
    assert base.vae.dtype == torch.float32
    latent = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0)) * 20
    with torch.no_grad():
        vae: Any = base.vae
        assert vae.decode(latent).sample.isfinite().all()
        half = vae.half().decode(latent.half()).sample
    assert not half.isfinite().all(), "the case is one that float16 cannot do"
