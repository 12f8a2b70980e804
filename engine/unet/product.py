"""A linear layer with a low-rank change of its own for every part of the batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(slots=True, eq=False)
class Change:
    """What is added to one product: x @ down.T @ up, per part of the batch.

    The batch's rows are cut into `parts` of equal size, in order.
    """

    #: (parts, ranks, in)
    down: Tensor
    #: (parts, ranks, out), scaled already
    up: Tensor
    #: of both, the same shapes, float32 or of the same kind; added to when going backward; None
    #: while drawing
    grads: tuple[Tensor, Tensor] | None = None


class SlotLinear(nn.Linear):
    """One product of a group; `change` is set by whoever runs the U-Net."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        nn.Module.__init__(self)
        self.out_features, self.in_features = weight.shape
        self.weight = nn.Parameter(weight, requires_grad=False)
        self.bias = None if bias is None else nn.Parameter(bias, requires_grad=False)
        self.change: Change | None = None

    def forward(self, input: Tensor) -> Tensor:
        """Map (rows, T, in) to (rows, T, out)."""
        change = self.change
        if change is None:
            return functional.linear(input, self.weight, self.bias)
        if change.grads is None:
            return _changed(input, self.weight, self.bias, change)[0]
        anchor = input if input.requires_grad else _ANCHOR
        return _Changed.apply(input, anchor, self.weight, self.bias, change)


#: Something that requires a gradient, for the first layers: nothing before them does.
_ANCHOR = torch.zeros((), requires_grad=True)


def _parts(x: Tensor, parts: int) -> Tensor:
    """View (rows, T, width) as (parts, rows/parts · T, width)."""
    return x.reshape(parts, -1, x.shape[-1])


def _changed(
    x: Tensor, weight: Tensor, bias: Tensor | None, change: Change
) -> tuple[Tensor, Tensor]:
    flat = _parts(x, len(change.down))
    base = functional.linear(flat, weight, bias)
    low = torch.bmm(flat, change.down.transpose(1, 2))
    return torch.baddbmm(base, low, change.up).view(*x.shape[:-1], -1), low


class _Changed(torch.autograd.Function):
    """Keeps x and x @ down.T only; gradients of the change go straight to where they are added up.

    With y = x W + (x D) U: dU = (x D)' dy, dD = (dy U')' x, dx = dy W' + (dy U') D'.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, _: Tensor, weight: Tensor, bias: Tensor | None, change: Change
    ) -> Tensor:
        y, low = _changed(x, weight, bias, change)
        ctx.save_for_backward(x, low, weight)
        ctx.change, ctx.grads = change, change.grads
        return y

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Tensor | None, ...]:
        x, low, weight = ctx.saved_tensors
        change: Change = ctx.change
        parts = len(change.down)
        dy, flat = _parts(grad_outputs[0], parts), _parts(x, parts)
        low_grad = torch.bmm(dy, change.up.transpose(1, 2))
        down_grad, up_grad = ctx.grads
        _add(up_grad, low.transpose(1, 2), dy)
        _add(down_grad, low_grad.transpose(1, 2), flat)
        if not ctx.needs_input_grad[0]:
            return None, None, None, None, None
        dx = torch.baddbmm(torch.matmul(dy, weight), low_grad, change.down)
        return dx.view_as(x), None, None, None, None


def _add(total: Tensor, left: Tensor, right: Tensor) -> None:
    if total.dtype == left.dtype:
        total.baddbmm_(left, right)
    else:
        total.add_(torch.bmm(left, right))
