"""The network: a small residual trunk, and one look at the picture per question.

A question is what its tags share: which colour the dress has, which place this is. Each question
attends to its own places (softmax over 16 by 16), and all coloured questions share the weights
that tell colours apart, so that a rare `purple pants` is learned from purple coats too.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.builtin.tagging.labels import NO_COLOUR, Labels

WIDTHS: Final = (24, 48, 96, 192)
SEEN: Final = 128


class Step(nn.Module):
    """A convolution and its norm, folded into one when the network is exported."""

    def __init__(self, taken: int, given: int, *, size: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(taken, given, size, stride, size // 2, bias=False)
        self.norm = nn.BatchNorm2d(given)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, given, H/stride, W/stride)."""
        return self.norm(self.conv(x))


class Residual(nn.Module):
    """Two convolutions beside a way round them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = Step(width, width), Step(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Keep the shape."""
        return functional.relu(x + self.second(functional.relu(self.first(x))))


class Stage(nn.Module):
    """Half the size, more channels."""

    def __init__(self, taken: int, given: int) -> None:
        super().__init__()
        self.down, self.body = Step(taken, given, stride=2), Residual(given)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, given, H/2, W/2)."""
        return self.body(functional.relu(self.down(x)))


class Head(nn.Module):
    """Answers every question from features (B, SEEN, H, W)."""

    def __init__(self, labels: Labels) -> None:
        super().__init__()
        count = len(labels.names)
        self.question = nn.Parameter(torch.randn(len(labels.groups), SEEN) * SEEN**-0.5)
        self.own = nn.Parameter(torch.randn(count, SEEN) * SEEN**-0.5)
        self.shared = nn.Parameter(torch.zeros(NO_COLOUR + 1, SEEN))
        self.bias = nn.Parameter(torch.full((count,), -3.0))
        self.group: Tensor
        self.colour: Tensor
        self.register_buffer("group", torch.from_numpy(labels.group))
        self.register_buffer("colour", torch.from_numpy(labels.colour))

    def weight(self) -> Tensor:
        """Add what a tag has for itself and what its colour has for all, (names, SEEN)."""
        known = self.colour < NO_COLOUR
        return self.own + self.shared[self.colour] * known[:, None]

    def forward(self, features: Tensor) -> Tensor:
        """Return logits, (B, names)."""
        places = features.flatten(2)
        attention = (self.question @ places).softmax(dim=-1)
        answers = attention @ places.transpose(1, 2)
        return (answers[:, self.group] * self.weight()).sum(dim=-1) + self.bias


class Network(nn.Module):
    """From (B, 3, 128, 128) in [-1, 1], blue first, to logits (B, names)."""

    def __init__(self, labels: Labels) -> None:
        super().__init__()
        self.stem = Step(3, WIDTHS[0], size=5, stride=2)
        self.one = Stage(WIDTHS[0], WIDTHS[1])
        self.two = Stage(WIDTHS[1], WIDTHS[2])
        self.three = Stage(WIDTHS[2], WIDTHS[3])
        self.fine, self.coarse = Step(WIDTHS[2], SEEN, size=1), Step(WIDTHS[3], SEEN, size=1)
        self.head = Head(labels)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits, (B, names)."""
        fine = self.two(self.one(functional.relu(self.stem(x))))
        coarse = functional.interpolate(self.coarse(self.three(fine)), scale_factor=2.0)
        return self.head(functional.relu(self.fine(fine) + coarse))
