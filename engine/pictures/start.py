"""A picture that another one starts from: brought to the recipe's size, and made a latent.

Both as ComfyUI's nodes do it (`ImageScale` with lanczos and a centred crop, `VAEEncode`), so that
the same picture starts from the same latent there.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from engine.base.loading import LoadedBase
from engine.errors import JobFailed
from engine.pictures.recipe import Recipe

Size = tuple[int, int]


def start_latent(base: LoadedBase, path: Path, recipe: Recipe) -> Tensor:
    """Encode the picture that a recipe starts from, (1, C, h, w) float32 on the base's device.

    It is the middle of what the VAE finds likely, so that nothing is left to chance. JobFailed
    `draw.start_unreadable` for a file that is no picture.
    """
    try:
        with Image.open(path, formats=("PNG",)) as opened:
            picture = fitted(opened.convert("RGB"), (recipe.width, recipe.height))
    except (OSError, ValueError, SyntaxError) as error:
        raise JobFailed("draw.start_unreadable") from error
    values = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float()
    return _encoded(base, values / 255 * 2 - 1)


def fitted(picture: Image.Image, size: Size) -> Image.Image:
    """Cut the middle of the wanted shape out and scale it; nothing is distorted."""
    if picture.size == size:
        return picture
    width, height = picture.size
    shape, wanted = width / height, size[0] / size[1]
    left = round((width - width * wanted / shape) / 2) if shape > wanted else 0
    top = round((height - height * shape / wanted) / 2) if shape < wanted else 0
    middle = picture.crop((left, top, width - left, height - top))
    return middle.resize(size, Image.Resampling.LANCZOS)


@torch.no_grad()
def _encoded(base: LoadedBase, pixels: Tensor) -> Tensor:
    whole = base.plan.whole_pixels
    # Set here, as a picture that was decoded before may have left it as it liked.
    base.vae.use_tiling = whole is not None and pixels.shape[-2] * pixels.shape[-1] > whole
    posterior = base.vae.encode(pixels.to(base.device), return_dict=False)[0]
    return posterior.mode() * base.latent_scale
