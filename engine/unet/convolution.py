"""A convolution with a low-rank change of its own for every part of the batch."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.unet.product import Change


class SlotConv2d(nn.Conv2d):
    """A convolution whose change is a narrow one of the same kernel, then one of a single pixel.

    The change's downs are (parts, ranks, in · height · width of the kernel), as LoCon's files have
    them laid flat.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        nn.Module.__init__(self)
        self.__dict__.update(conv.__dict__)  # shares the weights; only the behaviour differs
        self.change: Change | None = None

    def forward(self, input: Tensor) -> Tensor:
        """Map (rows, in, h, w) to (rows, out, h', w')."""
        plain = super().forward(input)
        change = self.change
        if change is None:
            return plain
        down, up = change.down, change.up
        if change.grads is not None:
            down, up = _leaf(down, change.grads[0]), _leaf(up, change.grads[1])
        parts, ranks, _ = down.shape
        low = self._low(input, down)
        up = up.transpose(1, 2)[:, None]
        added = torch.matmul(up, low.reshape(parts, -1, ranks, low.shape[-2] * low.shape[-1]))
        return plain + added.reshape_as(plain)

    def _low(self, input: Tensor, down: Tensor) -> Tensor:
        """Convolve every part with its own downs as one grouped convolution."""
        parts, ranks, _ = down.shape
        beside = input.unflatten(0, (parts, -1)).transpose(0, 1).flatten(1, 2)
        kernels = down.reshape(parts * ranks, self.in_channels, *self.kernel_size)
        low = functional.conv2d(
            beside, kernels, None, self.stride, self.padding, self.dilation, parts
        )
        return low.unflatten(1, (parts, ranks)).transpose(0, 1)


def _leaf(values: Tensor, grads: Tensor) -> Tensor:
    """Return values whose gradients are added up in `grads`."""

    def add(grad: Tensor) -> None:
        grads.add_(grad)

    leaf = values.detach().requires_grad_()
    leaf.register_hook(add)
    return leaf
