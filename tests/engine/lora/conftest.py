"""Styles with random weights for the tiny base."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.base.loading import LoadedBase
    from engine.lora.weights import Lora

MakeStyle = Callable[..., "Lora"]


@pytest.fixture
def make_style(tiny_base: LoadedBase) -> MakeStyle:
    """Return a maker of styles: (seed, rank=4, alpha=2.0) → a Lora for every adapted layer."""
    import torch

    from engine.lora.weights import Lora, LoraModule

    def make(seed: int, *, rank: int = 4, alpha: float = 2.0) -> Lora:
        generator = torch.Generator().manual_seed(seed)

        def values(*shape: int) -> torch.Tensor:
            return (torch.randn(shape, generator=generator) * 0.2).half().float()

        return Lora(
            modules={
                name: LoraModule(down=values(rank, inner), up=values(outer, rank), alpha=alpha)
                for name, (inner, outer) in tiny_base.slots.layout.members.items()
            }
        )

    return make
