"""Lay styles over a U-Net for one forward pass; the base's weights are never touched.

Every adapted layer gets a forward hook once. The hook adds weight · scale · up(down(x)) for each
style in use, so switching styles costs nothing and a training uses the same road as a drawing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.errors import JobFailed
from engine.lora.names import is_target
from engine.lora.weights import Lora, LoraModule


class Adapters:
    """The adapted layers of one U-Net, and the styles that are laid over them now."""

    def __init__(self, unet: nn.Module) -> None:
        self._layers = {
            name: module
            for name, module in unet.named_modules()
            if isinstance(module, nn.Linear) and is_target(name)
        }
        self._used: dict[str, list[tuple[LoraModule, float]]] = {}
        self._handles = [
            module.register_forward_hook(self._hook(name)) for name, module in self._layers.items()
        ]

    @property
    def layers(self) -> dict[str, nn.Linear]:
        """Diffusers path → layer, for everything that a style may adapt."""
        return dict(self._layers)

    def close(self) -> None:
        """Take the hooks off again."""
        for handle in self._handles:
            handle.remove()

    @contextlib.contextmanager
    def using(self, stack: Sequence[tuple[Lora, float]]) -> Iterator[None]:
        """Lay styles with their weights over the base until the block ends.

        Styles must be on the base's device; JobFailed `style.other_base` when one does not fit.
        """
        used: dict[str, list[tuple[LoraModule, float]]] = {}
        for lora, weight in stack:
            for name, layer in lora.modules.items():
                self._check(name, layer)
                used.setdefault(name, []).append((layer, weight))
        before, self._used = self._used, used
        try:
            yield
        finally:
            self._used = before

    def _check(self, name: str, layer: LoraModule) -> None:
        base = self._layers.get(name)
        if base is None or (base.out_features, base.in_features) != (
            layer.up.shape[0],
            layer.down.shape[1],
        ):
            raise JobFailed("style.other_base", layer=name)

    def _hook(self, name: str) -> Any:
        def add(_: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor | None:
            layers = self._used.get(name)
            if not layers:
                return None
            for layer, weight in layers:
                output = _add(output, inputs[0], layer, layer.scale * weight)
            return output

        return add


def _add(output: Tensor, x: Tensor, layer: LoraModule, scale: float) -> Tensor:
    """Return output + scale · up(down(x)); one multiply-add where the kinds agree."""
    low = functional.linear(x.to(layer.down.dtype), layer.down)
    if low.dtype != output.dtype:
        return output + (functional.linear(low, layer.up) * scale).to(output.dtype)
    flat = torch.addmm(output.flatten(0, -2), low.flatten(0, -2), layer.up.t(), alpha=scale)
    return flat.unflatten(0, output.shape[:-1])
