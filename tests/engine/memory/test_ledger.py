"""The ledger knows what is held at once."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from engine.memory.ledger import peak_bytes, whole_attention

MEGA = 1 << 20


def empty(megabytes: int) -> torch.Tensor:
    return torch.empty(megabytes * MEGA // 4, device="meta")


def test_what_is_let_go_counts_no_more() -> None:
    def job() -> None:
        one = empty(4)
        two = one + 1
        del one
        three = two * 2
        del two
        _ = three - 1

    assert peak_bytes(job) == 8 * MEGA


def test_what_was_there_before_and_views_are_free() -> None:
    before = empty(4)

    def job() -> None:
        before.add_(1)
        _ = before.view(2, -1).t()

    assert peak_bytes(job) == 0


def test_going_backward_holds_what_was_saved() -> None:
    # A chain of squares: each saves its input until its own gradient is done.
    leaf = empty(1).requires_grad_()

    def job() -> None:
        x = leaf
        for _ in range(6):
            x = x * x
        x.sum().backward()

    # six outputs, their sum's few bytes, and the gradients of one step on top
    assert 7 * MEGA <= peak_bytes(job) <= 9 * MEGA


def test_small_blocks_are_rounded_as_the_allocator_does() -> None:
    assert peak_bytes(lambda: torch.empty(1, device="meta") + 1) == 2 * 512


def test_attention_makes_no_square_of_the_tokens() -> None:
    query = torch.empty(1, 1, 4096, 64, device="meta")
    attend = functional.scaled_dot_product_attention
    peak = peak_bytes(lambda: functional.scaled_dot_product_attention(query, query, query))
    assert peak < 2 * MEGA < 4096 * 4096 * 4
    assert functional.scaled_dot_product_attention is attend
    with whole_attention():
        assert functional.scaled_dot_product_attention is not attend


def test_a_module_of_known_size() -> None:
    layer = nn.Linear(1024, 1024, device="meta")  # 4 MB of weights, there before
    x = torch.empty(1024, 1024, device="meta")
    assert peak_bytes(torch.no_grad()(lambda: layer(layer(x)))) == 8 * MEGA
