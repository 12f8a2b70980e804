"""The built-in VAE: 8× smaller, four channels; trained whole, then its decoder alone."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from engine.builtin.budget import Budget, load_state, report, save_state
from engine.builtin.drawing import draw
from engine.builtin.gallery import UNSEEN_SEED, Gallery
from engine.builtin.precision import mixed_precision

log = logging.getLogger(__name__)

WIDTHS = (24, 48, 96, 128)
PEAK_RATE = 8e-4
KL_WEIGHT = 1e-4
_AT_ONCE: Final = 16


def new_codec() -> AutoencoderKL:
    """Build the VAE in SDXL's layout with random weights."""
    config: dict[str, Any] = {
        "block_out_channels": WIDTHS,
        "layers_per_block": 1,
        "down_block_types": ("DownEncoderBlock2D",) * len(WIDTHS),
        "up_block_types": ("UpDecoderBlock2D",) * len(WIDTHS),
        "latent_channels": 4,
        "norm_num_groups": 8,
        "sample_size": 128,
        "force_upcast": False,
    }
    return AutoencoderKL(**config)


def encode(codec: AutoencoderKL, pixels: Tensor) -> DiagonalGaussianDistribution:
    """Return the latents' distribution, of (B, 4, H/8, W/8), not yet scaled."""
    found: Any = codec.encode(pixels)  # typed as a tuple, which it is not by default
    return found.latent_dist


def decode(codec: AutoencoderKL, latents: Tensor) -> Tensor:
    """Return (B, 3, H, W) in about [-1, 1] for latents that are not scaled."""
    untyped: Any = codec  # upstream, the argument's type is too narrow
    return untyped.decode(latents).sample


def to_pixels(pictures: np.ndarray) -> Tensor:
    """Turn (B, H, W, 3) uint8 into (B, 3, H, W) float32 in [-1, 1]."""
    return (
        torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))).float() / 127.5 - 1
    )


def random_crops(gallery: Gallery, rng: np.random.Generator, count: int, side: int) -> Tensor:
    """Cut `count` squares of `side` pixels from pictures at random."""
    rows = rng.integers(len(gallery.pixels), size=count)
    corners = rng.integers(0, 128 - side + 1, size=(count, 2))
    cuts = [
        gallery.pixels[r, y : y + side, x : x + side]
        for r, (y, x) in zip(rows, corners, strict=True)
    ]
    return to_pixels(np.stack(cuts))


def picture_loss(made: Tensor, wanted: Tensor) -> Tensor:
    """Weigh errors of pixels, of their differences (sharp lines) and of local tints.

    L1 alone settles on dull medians, and without the tints the four channels all go to lines:
    pink and orange then come back as one beige.
    """
    loss = functional.l1_loss(made, wanted) + 8 * functional.mse_loss(made, wanted)
    for axis in (-1, -2):
        loss = loss + functional.l1_loss(made.diff(dim=axis), wanted.diff(dim=axis))
    error = _tints(made) - _tints(wanted)
    return loss + 2 * error.abs().mean() + 4 * error.square().mean()


def _tints(pixels: Tensor) -> Tensor:
    """Return red and blue less green, averaged over 4 by 4 pixels."""
    return functional.avg_pool2d(pixels[:, [0, 2]] - pixels[:, 1:2], 4)


def _codec_loss(codec: AutoencoderKL, pixels: Tensor) -> Tensor:
    with mixed_precision():
        spread = encode(codec, pixels)
        made = decode(codec, spread.sample())
    return (
        picture_loss(made.float(), pixels) + KL_WEIGHT * spread.kl().mean() / spread.mean[0].numel()
    )


def _decoder_loss(codec: AutoencoderKL, pixels: Tensor) -> Tensor:
    with mixed_precision():
        with torch.no_grad():
            latents = encode(codec, pixels).sample()
        made = decode(codec, latents)
    return picture_loss(made.float(), pixels)


def _decoder_parts(codec: AutoencoderKL) -> list[nn.Module]:
    return [codec.get_submodule(name) for name in ("decoder", "post_quant_conv")]


def _train(
    codec: AutoencoderKL, gallery: Gallery, path: Path, budget: Budget, *, whole: bool
) -> None:
    """Run one phase; it goes on from `path` and leaves `path` behind."""
    trained = nn.ModuleList([codec] if whole else _decoder_parts(codec))
    optimizer = torch.optim.AdamW(
        trained.parameters(), betas=(0.9, 0.95), weight_decay=0.01, fused=True
    )
    first = _resume(path, codec, optimizer, budget)
    peak, seed = (PEAK_RATE, 1) if whole else (PEAK_RATE / 2, 2)
    loss_of = _codec_loss if whole else _decoder_loss
    mean, step = 0.0, first
    while budget.done(step) < 1:
        # Many small cuts first; then whole pictures, whose statistics the norms must know.
        count, side = (8, 64) if whole and budget.done(step) < 0.5 else (2, 128)
        pixels = random_crops(gallery, np.random.default_rng((seed, step)), count, side)
        torch.manual_seed(step)
        for group in optimizer.param_groups:
            group["lr"] = budget.rate(step, peak)
        loss = loss_of(codec, pixels)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trained.parameters(), 1.0)
        optimizer.step()
        mean = 0.99 * mean + 0.01 * loss.item() if step > first else loss.item()
        step += 1
        if step % 250 == 0:
            report(path.stem, step, budget, mean)
            _keep(path, codec, optimizer, budget, step)
    _keep(path, codec, optimizer, budget, step)


def _keep(
    path: Path, codec: AutoencoderKL, optimizer: torch.optim.Optimizer, budget: Budget, step: int
) -> None:
    state: dict[str, Any] = {
        "model": codec.state_dict(),
        "optimizer": optimizer.state_dict(),
        "step": step,
    }
    save_state(path, state | {"spent_s": budget.elapsed_s(), "done": budget.done(step) >= 1})


def _resume(
    path: Path, codec: AutoencoderKL, optimizer: torch.optim.Optimizer, budget: Budget
) -> int:
    state = load_state(path)
    if state is None:
        return 0
    codec.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    budget.spent_s = state["spent_s"]
    return int(state["step"])


def train_codec(
    gallery: Gallery, folder: Path, budget: Budget, start: AutoencoderKL | None = None
) -> None:
    """Train encoder and decoder together, from random weights or from `start`.

    `codec.pt` is final once its `done` is true.
    """
    torch.manual_seed(0)
    _train(start or new_codec(), gallery, folder / "codec.pt", budget, whole=True)


def train_decoder(gallery: Gallery, folder: Path, budget: Budget) -> None:
    """Go on with the decoder alone, on whole pictures; the latents stay as they are."""
    codec = load_codec(folder)
    for name in ("encoder", "quant_conv"):
        codec.get_submodule(name).requires_grad_(requires_grad=False)
    _train(codec, gallery, folder / "decoder.pt", budget, whole=False)


def load_codec(folder: Path) -> AutoencoderKL:
    """Load the VAE: with the fine-tuned decoder if there is one, else as far as it is.

    FileNotFoundError when there is none: everything made with a random one would be worthless.
    """
    for name in ("decoder.pt", "codec.pt"):
        state = load_state(folder / name)
        if state is not None:
            codec = new_codec()
            codec.load_state_dict(state["model"])
            return codec.eval()
    raise FileNotFoundError(f"{folder} has no codec.pt: make the VAE first")


@torch.no_grad()
def round_trips(codec: AutoencoderKL, pictures: Sequence[Image.Image]) -> list[Image.Image]:
    """Encode and decode pictures of one size, without chance."""
    made: list[Image.Image] = []
    for start in range(0, len(pictures), _AT_ONCE):
        some = pictures[start : start + _AT_ONCE]
        pixels = to_pixels(np.stack([np.asarray(picture.convert("RGB")) for picture in some]))
        back = decode(codec, encode(codec, pixels).mean).clamp(-1, 1)
        values = ((back + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
        made += [Image.fromarray(one) for one in values]
    return made


def psnr(made: Image.Image, wanted: Image.Image) -> float:
    """Compare two pictures, in dB: 10·log10(255² / mean squared difference)."""
    one, other = (np.asarray(picture.convert("RGB"), dtype=float) for picture in (made, wanted))
    return float(10 * np.log10(255**2 / np.mean((one - other) ** 2)))


def psnr_on_unseen(codec: AutoencoderKL, count: int = 96) -> list[float]:
    """Measure the round trip in dB on drawings that no run has seen."""
    unseen = [draw(seed).picture for seed in range(UNSEEN_SEED, UNSEEN_SEED + count)]
    return [psnr(*pair) for pair in zip(round_trips(codec, unseen), unseen, strict=True)]
