"""Train the U-Net and both text encoders on cached latents."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers.models.attention_processor import AttnProcessor
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from engine.builtin.budget import Budget, load_state, report, save_state
from engine.builtin.captions import training_caption
from engine.builtin.focus import face_weights
from engine.builtin.gallery import Gallery
from engine.builtin.latents import Latents
from engine.builtin.model import TIME_IDS, Base, new_base, new_scheduler
from engine.builtin.precision import mixed_precision
from engine.builtin.reading import Reader, teach_reading

PEAK_RATE = 1e-3
BATCH = 32
KEEP_EVERY = 100
SNR_CAP = 5.0  # min-SNR-5: Hang et al. 2023, equation 5
FAINT_CAP = 20.0
READING_WEIGHT = 0.05


class Averages:
    """Exponential averages of the weights, short at first, over a thousand steps later."""

    def __init__(self, base: Base) -> None:
        self.unet = copy.deepcopy(base.unet).requires_grad_(requires_grad=False)
        self.text = copy.deepcopy(base.text).requires_grad_(requires_grad=False)

    @torch.no_grad()
    def follow(self, base: Base, step: int) -> None:
        """Move a little towards the present weights."""
        share = 1 - min(0.999, (step + 1) / (step + 10))
        for mean, now in ((self.unet, base.unet), (self.text, base.text)):
            for kept, new in zip(mean.parameters(), now.parameters(), strict=True):
                kept.lerp_(new, share)


def _timesteps(count: int, generator: torch.Generator) -> Tensor:
    """Spread the timesteps evenly over the batch, which keeps the loss steady."""
    even = (torch.arange(count) + torch.rand(count, generator=generator)) / count
    return (even * 1000).long().clamp(0, 999)


def _loss(
    base: Base,
    reader: Reader,
    latents: Tensor,
    captions: list[str],
    places: Tensor,
    alphas: Tensor,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """Return the weighted error of the noise, and the error of reading."""
    timesteps = _timesteps(len(latents), generator)
    noise = torch.randn(latents.shape, generator=generator)
    alpha = alphas[timesteps][:, None, None, None]
    noisy = alpha.sqrt() * latents + (1 - alpha).sqrt() * noise
    # PyTorch's fused attention on a CPU spends 40 % of a step going backward; this does not.
    with mixed_precision(), sdpa_kernel(SDPBackend.MATH):
        tokens = base.text.tokenize(captions)
        states, pooled = base.text(tokens)
        conditions = {"text_embeds": pooled, "time_ids": TIME_IDS.expand(len(latents), -1)}
        guess = base.unet(noisy, timesteps, states, added_cond_kwargs=conditions).sample
    errors = ((guess.float() - noise).square() * places).mean(dim=(1, 2, 3))
    return (errors * loss_weights(alphas)[timesteps]).mean(), reader(states, tokens[0])


def loss_weights(alphas: Tensor) -> Tensor:
    """Weigh the squared error of the noise per timestep; their mean is 1.

    Plain noise prediction counts an error of the picture by its signal-to-noise ratio, so nearly
    not at all where noise is strong; but there the colours and the layout are decided, and those
    are what the words ask for. So faint steps count as they do for v-prediction (Salimans & Ho
    2022, section 4: (SNR + 1) / SNR), up to a cap, and clear ones as in min-SNR.
    """
    snr = alphas / (1 - alphas)
    weights = ((snr + 1) / snr).clamp(max=FAINT_CAP) * (SNR_CAP / snr).clamp(max=1.0)
    return weights / weights.mean()


def row_pool(gallery: Gallery) -> NDArray[np.int64]:
    """List the rows to choose from, those with a face four times.

    A thing has one colour to get right, a person has hair, eyes, a mouth and two or three clothes;
    the things were right long before the people were.
    """
    faces = [row for row, face in enumerate(gallery.faces) if face is not None]
    return np.concatenate([np.arange(len(gallery.tags)), faces, faces, faces])


def train_denoiser(
    gallery: Gallery, latents: Latents, folder: Path, budget: Budget, start: Base | None = None
) -> None:
    """Train until the budget is spent, from random weights or from `start`.

    `base.pt` holds all that is needed to go on.
    """
    base, path = start or new_base(), folder / "base.pt"
    base.unet.set_attn_processor(AttnProcessor())
    state = load_state(path)
    reader = Reader(base.text) if state else teach_reading(base.text, gallery)
    trained = nn.ModuleList([base.unet, base.text, reader])
    optimizer = torch.optim.AdamW(
        trained.parameters(), betas=(0.9, 0.99), weight_decay=0.01, fused=True
    )
    means = Averages(base)
    step = _resume(state, base, reader, means, optimizer, budget) if state else 0
    pool = row_pool(gallery)
    alphas, mean = new_scheduler().alphas_cumprod, 0.0
    while budget.done(step) < 1:
        rng, generator = np.random.default_rng((3, step)), torch.Generator().manual_seed(step)
        rows = pool[rng.integers(len(pool), size=BATCH)]
        captions = [training_caption(gallery.tags[row], gallery.scores[row], rng) for row in rows]
        for group in optimizer.param_groups:
            group["lr"] = budget.rate(step, PEAK_RATE)
        chosen = latents.sample(rows, generator)
        places = face_weights([gallery.faces[row] for row in rows])
        loss, unread = _loss(base, reader, chosen, captions, places, alphas, generator)
        optimizer.zero_grad()
        (loss + READING_WEIGHT * unread).backward()
        nn.utils.clip_grad_norm_(trained.parameters(), 1.0)
        optimizer.step()
        step += 1
        means.follow(base, step)
        mean = 0.98 * mean + 0.02 * loss.item() if mean else loss.item()
        if step % KEEP_EVERY == 0:
            report("base", step, budget, mean)
            _keep(path, base, reader, means, optimizer, budget, step)
    _keep(path, base, reader, means, optimizer, budget, step)


def _keep(
    path: Path,
    base: Base,
    reader: Reader,
    means: Averages,
    optimizer: torch.optim.Optimizer,
    budget: Budget,
    step: int,
) -> None:
    state: dict[str, Any] = {
        "unet": base.unet.state_dict(),
        "text": base.text.state_dict(),
        "reader": reader.state_dict(),
        "mean_unet": means.unet.state_dict(),
        "mean_text": means.text.state_dict(),
        "optimizer": optimizer.state_dict(),
        "step": step,
        "spent_s": budget.elapsed_s(),
        "done": budget.done(step) >= 1,
    }
    save_state(path, state)


def _resume(
    state: dict[str, Any],
    base: Base,
    reader: Reader,
    means: Averages,
    optimizer: torch.optim.Optimizer,
    budget: Budget,
) -> int:
    base.unet.load_state_dict(state["unet"])
    base.text.load_state_dict(state["text"])
    reader.load_state_dict(state["reader"])
    means.unet.load_state_dict(state["mean_unet"])
    means.text.load_state_dict(state["mean_text"])
    optimizer.load_state_dict(state["optimizer"])
    budget.spent_s = state["spent_s"]
    return int(state["step"])


def load_base(folder: Path) -> Base:
    """Load the averaged weights of `base.pt`, or random ones."""
    base = new_base()
    state = load_state(folder / "base.pt")
    if state is not None:
        base.unet.load_state_dict(state["mean_unet"])
        base.text.load_state_dict(state["mean_text"])
    base.unet.eval()
    base.text.eval()
    return base
