"""Train the tagger on the generator's pictures."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from engine.builtin.budget import Budget, load_state, report, save_state
from engine.builtin.gallery import Gallery
from engine.builtin.precision import mixed_precision
from engine.builtin.tagging.labels import Labels, all_labels
from engine.builtin.tagging.model import Network
from engine.builtin.tagging.sight import round_trip

PEAK_RATE: Final = 3e-3
BATCH: Final = 32
KEEP_EVERY: Final = 100
MOST_SHIFT: Final = 5  # pixels
FILE: Final = "tags.pt"


def seen(pictures: NDArray[np.uint8]) -> Tensor:
    """Turn (B, 128, 128, 3) RGB into what the network sees of them: (B, 3, 128, 128), BGR."""
    pixels = torch.from_numpy(np.ascontiguousarray(pictures[..., ::-1].transpose(0, 3, 1, 2)))
    both = torch.from_numpy(round_trip())
    return (both @ pixels.float() @ both.T) / 127.5 - 1


def _shifted(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Move and mirror a picture; what comes in at the edge repeats it."""
    x, y = rng.integers(2 * MOST_SHIFT + 1, size=2)
    wide = np.pad(picture, ((MOST_SHIFT,) * 2, (MOST_SHIFT,) * 2, (0, 0)), mode="edge")
    cut = wide[y : y + picture.shape[0], x : x + picture.shape[1]]
    return cut[:, ::-1] if rng.random() < 0.5 else cut


def _roughened(pixels: Tensor, rng: np.random.Generator) -> Tensor:
    """Blur and grain, each by chance: a base's pictures have both, the generator's have neither."""
    count = (len(pixels), 1, 1, 1)
    soft = functional.avg_pool2d(functional.pad(pixels, (2, 2, 2, 2), "replicate"), 3, 1)
    soft = functional.avg_pool2d(soft, 3, 1)
    share = torch.from_numpy(rng.uniform(0, 1, count) * (rng.random(count) < 0.5)).float()
    spread = torch.from_numpy(rng.uniform(0, 0.06, count) * (rng.random(count) < 0.5)).float()
    noise = torch.from_numpy(rng.standard_normal(pixels.shape, dtype=np.float32))
    return pixels + share * (soft - pixels) + spread * noise


def batch(gallery: Gallery, rows: NDArray[np.int64], rng: np.random.Generator) -> Tensor:
    """Show these pictures as training sees them."""
    moved = np.stack([_shifted(gallery.pixels[row], rng) for row in rows])
    return _roughened(seen(moved), rng)


class Trained:
    """The network, its running average, and how far it is; goes on from `tags.pt`."""

    def __init__(self, folder: Path, labels: Labels) -> None:
        torch.manual_seed(0)
        self.path, self.labels = folder / FILE, labels
        self.network = Network(labels)
        ema = get_ema_multi_avg_fn(0.998)
        self.mean = AveragedModel(self.network, multi_avg_fn=ema, use_buffers=True)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), betas=(0.9, 0.99), weight_decay=0.02, fused=True
        )
        self.step = 0

    def resume(self, budget: Budget) -> None:
        """Take an interrupted run up again."""
        state = load_state(self.path)
        if state is None:
            return
        self.network.load_state_dict(state["network"])
        self.mean.load_state_dict(state["mean"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, budget.spent_s = int(state["step"]), float(state["spent_s"])

    def learn(self, pixels: Tensor, wanted: Tensor, rate: float) -> float:
        """Make one step; return its loss."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        with mixed_precision():
            logits = self.network(pixels)
        loss = functional.binary_cross_entropy_with_logits(logits.float(), wanted)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.mean.update_parameters(self.network)
        self.step += 1
        return float(loss.detach())

    def keep(self, budget: Budget, counts: list[int]) -> None:
        """Write all that is needed to go on, and to ship."""
        state: dict[str, Any] = {
            "network": self.network.state_dict(),
            "mean": self.mean.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "spent_s": budget.elapsed_s(),
            "done": budget.done(self.step) >= 1,
            "names": list(self.labels.names),
            "counts": counts,
        }
        save_state(self.path, state)


def train_tagger(gallery: Gallery, folder: Path, budget: Budget) -> None:
    """Train until the budget is spent."""
    labels = all_labels()
    trained, wanted = Trained(folder, labels), labels.rows(gallery.tags)
    trained.resume(budget)
    counts, mean = _counts(labels, gallery), 0.0
    while budget.done(trained.step) < 1:
        rng = np.random.default_rng((7, trained.step))
        rows = rng.integers(len(wanted), size=BATCH)
        target = torch.from_numpy(wanted[rows])
        rate = budget.rate(trained.step, PEAK_RATE)
        loss = trained.learn(batch(gallery, rows, rng), target, rate)
        mean = 0.98 * mean + 0.02 * loss if mean else loss
        if trained.step % KEEP_EVERY == 0:
            trained.keep(budget, counts)
            report("tagger", trained.step, budget, mean)
    trained.keep(budget, counts)


def _counts(labels: Labels, gallery: Gallery) -> list[int]:
    known = Counter(tag for tags in gallery.tags for tag in tags)
    known["general"] = len(gallery.tags)
    return [known[name] for name in labels.names]


def load_tagger(folder: Path) -> tuple[Network, list[int]]:
    """Load the averaged network and how often each name was seen; random ones before training."""
    trained = Trained(folder, all_labels())
    state = load_state(trained.path)
    if state is not None:
        trained.mean.load_state_dict(state["mean"])
    network: Any = trained.mean.module  # typed as any module
    counts = [0] * len(trained.labels.names) if state is None else list(state["counts"])
    return network.eval(), counts
