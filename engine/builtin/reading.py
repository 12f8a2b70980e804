"""Teach the text encoders which word stood before each word: a green dress is not green hair.

The noise error alone teaches this slowly: long after every colour is in the picture it is still on
the wrong thing, because the state of `dress` does not say which word came before. So each encoder
also has to name the word before each word, from the states that the U-Net sees. The heads that
name it are thrown away after training.
"""

from __future__ import annotations

import copy
import logging

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.builtin.captions import training_caption
from engine.builtin.gallery import Gallery
from engine.builtin.model import TEXT_WIDTH, TextEncoders
from engine.builtin.words import END, build_vocabulary

log = logging.getLogger(__name__)

PEAK_RATE = 6e-4
STEPS, BATCH = 300, 32
HOLD = 10.0


class Reader(nn.Module):
    """Names the word before each word, once from the states of each encoder."""

    def __init__(self, text: TextEncoders) -> None:
        super().__init__()
        self.end = build_vocabulary()[0][END]
        words = text.first.config.vocab_size
        self.heads = nn.ModuleList([nn.Linear(TEXT_WIDTH, words) for _ in range(2)])

    def forward(self, states: Tensor, tokens: Tensor) -> Tensor:
        """Return the mean cross-entropy in nats; `states` (B, 77, 256), `tokens` (B, 77)."""
        before, now = tokens[:, :-1], tokens[:, 1:]
        inside = (before != self.end) & (now != self.end)
        losses = [
            functional.cross_entropy(head(part[:, 1:][inside].float()), before[inside])
            for head, part in zip(self.heads, states.split(TEXT_WIDTH, dim=-1), strict=True)
        ]
        return torch.stack(losses).mean()


def teach_reading(text: TextEncoders, gallery: Gallery, steps: int = STEPS) -> Reader:
    """Train the encoders alone until they can read, and return their heads.

    The states are held near what they were, so that a U-Net that knows them still does.
    """
    torch.manual_seed(4)
    reader, old = Reader(text), copy.deepcopy(text).requires_grad_(requires_grad=False)
    both = nn.ModuleList([text, reader])
    optimizer = torch.optim.AdamW(both.parameters(), lr=PEAK_RATE, betas=(0.9, 0.99), fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_RATE, total_steps=steps)
    for step in range(steps):
        tokens = text.tokenize(_captions(gallery, np.random.default_rng((4, step))))
        (states, pooled), (states_then, pooled_then) = text(tokens), old(tokens)
        drift = functional.mse_loss(states, states_then)
        drift = drift + functional.mse_loss(pooled, pooled_then)
        loss = reader(states, tokens[0])
        optimizer.zero_grad()
        (loss + HOLD * drift).backward()
        optimizer.step()
        schedule.step()
        if step % 50 == 49:
            log.info("reading step %d, loss %.3f, drift %.3f", step + 1, loss, drift)
    return reader


def _captions(gallery: Gallery, rng: np.random.Generator) -> list[str]:
    rows = rng.integers(len(gallery.tags), size=BATCH)
    return [training_caption(gallery.tags[row], gallery.scores[row], rng) for row in rows]
