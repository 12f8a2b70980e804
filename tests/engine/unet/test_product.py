"""Gradients of a change are those that autograd finds through the plain formula."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from engine.unet.product import Change, SlotLinear

PARTS, ROWS, TOKENS, IN, OUT, RANK = 2, 4, 3, 5, 7, 2


def values(*shape: int) -> Tensor:
    return torch.randn(shape, dtype=torch.float64)


@pytest.fixture
def product() -> SlotLinear:
    torch.manual_seed(1)
    return SlotLinear(values(OUT, IN), values(OUT))


def plain(product: nn.Linear, x: Tensor, down: Tensor, up: Tensor) -> Tensor:
    """x W + b + x D' U, row by row."""
    low = torch.einsum("rti,rki->rtk", x, down.repeat_interleave(ROWS // PARTS, 0))
    change = torch.einsum("rtk,rko->rto", low, up.repeat_interleave(ROWS // PARTS, 0))
    return x @ product.weight.t() + product.bias + change


@pytest.mark.parametrize("inner", [True, False])
def test_gradients_equal_autograds(product: SlotLinear, *, inner: bool) -> None:
    x, down, up = values(ROWS, TOKENS, IN), values(PARTS, RANK, IN), values(PARTS, RANK, OUT)
    wanted = [t.clone().requires_grad_() for t in (x, down, up)]
    out = plain(product, *wanted)
    pull = values(*out.shape)
    (out * pull).sum().backward()

    ours = x.clone().requires_grad_(inner)
    found = (torch.ones_like(down), torch.ones_like(up))
    product.change = Change(down, up, found)
    made = product(ours)
    assert torch.allclose(made, out)
    (made * pull).sum().backward()
    grads = [t.grad for t in wanted if t.grad is not None]
    assert torch.allclose(found[0] - 1, grads[1])  # added to what was there
    assert torch.allclose(found[1] - 1, grads[2])
    if inner:
        assert ours.grad is not None
        assert torch.allclose(ours.grad, grads[0])
    assert product.weight.grad is None


def test_many_small_gradients_are_not_lost_to_half_precision() -> None:
    """Each is less than half of what bfloat16 can add to one: 512 of them must still count."""
    product = SlotLinear(torch.zeros(1, 1, dtype=torch.bfloat16), None)
    one = torch.ones(1, 1, 1, dtype=torch.bfloat16)
    found = (torch.ones(1, 1, 1), torch.ones(1, 1, 1))
    product.change = Change(one, one, found)
    for _ in range(512):
        (product(one) * 2**-9).sum().backward()
    assert found[0].item() == found[1].item() == 2


def test_without_a_change_it_is_a_linear_layer(product: SlotLinear) -> None:
    x = values(ROWS, TOKENS, IN)
    assert torch.equal(product(x), nn.functional.linear(x, product.weight, product.bias))
