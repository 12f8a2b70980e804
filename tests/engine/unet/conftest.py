"""The tiny base's U-Net twice: as diffusers builds it, and with joined products."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import torch
    from diffusers import UNet2DConditionModel

    from engine.lora.weights import Lora
    from engine.unet.groups import Group
    from engine.unet.product import Change, SlotLinear

ROWS = 4
Style = Mapping[str, tuple[int, float, int]]


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Four rows, each at a noise level of its own."""

    latents: torch.Tensor
    timesteps: torch.Tensor
    text: torch.Tensor
    told: dict[str, torch.Tensor]

    def run(self, unet: UNet2DConditionModel, rows: slice = slice(None)) -> torch.Tensor:
        """Predict the noise of these rows."""
        out: Any = unet(
            self.latents[rows],
            self.timesteps[rows],
            self.text[rows],
            added_cond_kwargs={key: value[rows] for key, value in self.told.items()},
            return_dict=False,
        )
        return out[0]


@dataclass(frozen=True, kw_only=True)
class Joined:
    """A U-Net of joined products, and its groups."""

    unet: UNet2DConditionModel
    products: dict[Group, SlotLinear]

    def use(self, changes: Sequence[Change | None] | None) -> None:
        """Set what is added to every product."""
        for number, product in enumerate(self.products.values()):
            product.change = None if changes is None else changes[number]


def merged(unet: UNet2DConditionModel, stack: Sequence[tuple[Lora, float]]) -> UNet2DConditionModel:
    """Copy a stock U-Net with the styles added to its weights."""
    import torch

    own = copy.deepcopy(unet)
    with torch.no_grad():
        for style, weight in stack:
            for name, module in style.modules.items():
                own.get_parameter(f"{name}.weight").add_(weight * module.delta())
    return own


@pytest.fixture(scope="session")
def inputs() -> Inputs:
    import torch

    generator = torch.Generator().manual_seed(0)

    def values(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator)

    return Inputs(
        latents=values(ROWS, 4, 8, 8),
        timesteps=torch.tensor([900, 500, 100, 3]),
        text=values(ROWS, 77, 32),
        told={"text_embeds": values(ROWS, 16), "time_ids": values(ROWS, 6) * 64},
    )


@pytest.fixture(scope="session")
def stock(tiny_base_folder: Path) -> UNet2DConditionModel:
    import torch
    from diffusers import UNet2DConditionModel

    unet = UNet2DConditionModel.from_pretrained(
        tiny_base_folder / "unet", torch_dtype=torch.float32, local_files_only=True
    )
    return unet.eval().requires_grad_(requires_grad=False)


@pytest.fixture
def joined(stock: UNet2DConditionModel) -> Joined:
    from engine.unet.joining import join

    unet = copy.deepcopy(stock)
    return Joined(unet=unet, products=join(unet))


MakeStyle = Callable[..., "Lora"]


@pytest.fixture
def make_style(stock: UNet2DConditionModel) -> MakeStyle:
    """Return a maker of styles: (seed, rank=4, skip=()) → a Lora without some layers."""
    import torch

    from engine.lora.names import is_target
    from engine.lora.weights import Lora, LoraModule

    layers = {n: m for n, m in stock.named_modules() if is_target(n)}

    def make(seed: int, *, rank: int = 4, skip: tuple[int, ...] = ()) -> Lora:
        generator = torch.Generator().manual_seed(seed)

        def values(*shape: int) -> torch.Tensor:
            return torch.randn(shape, generator=generator) * 0.2

        return Lora(
            modules={
                name: LoraModule(
                    down=values(rank, layer.in_features),
                    up=values(layer.out_features, rank),
                    alpha=rank / 2,
                )
                for number, (name, layer) in enumerate(layers.items())
                if number % 5 not in skip
            }
        )

    return make
