"""The text encoders' linear layers, which styles from elsewhere may change for one prompt."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import torch
from torch import Tensor, nn

from engine.errors import JobFailed
from engine.lora.weights import LoraModule
from engine.unet.product import Change, SlotLinear

#: Changed layers by path with their weight, style by style.
TextUses = Sequence[tuple[Mapping[str, LoraModule], float]]
_MODEL: Final = "text_model."


class TextProducts:
    """Replaces the layers of both encoders in place; the weights stay theirs."""

    def __init__(self, encoders: Mapping[str, nn.Module]) -> None:
        self._products: dict[str, SlotLinear] = {}
        for part, encoder in encoders.items():
            for name, layer in list(encoder.named_modules()):
                if isinstance(layer, nn.Linear):
                    self._products[f"{part}.{_whole(name)}"] = _replaced(encoder, name, layer)

    @property
    def paths(self) -> tuple[str, ...]:
        """The layers, as `text_encoder.text_model.encoder.layers.0.mlp.fc1`."""
        return tuple(self._products)

    def check(self, layers: Mapping[str, LoraModule]) -> None:
        """Raise JobFailed `style.other_base` with the first layer that has another shape."""
        for path, layer in layers.items():
            wanted = self._products[path].weight.shape
            if wanted != (layer.up.shape[0], layer.down.shape[1]):
                raise JobFailed("style.other_base", layer=path)

    @contextlib.contextmanager
    def using(self, uses: TextUses) -> Iterator[None]:
        """Add styles to whatever is encoded inside; nothing of it stays."""
        try:
            for path in {path for layers, _ in uses for path in layers}:
                product = self._products[path]
                product.change = _change(product.weight, uses, path)
            yield
        finally:
            for product in self._products.values():
                product.change = None


def _whole(name: str) -> str:
    """Put back what newer versions of transformers leave out of the first encoder's paths."""
    outside = name.startswith((_MODEL, "text_projection"))
    return name if outside else _MODEL + name


def _replaced(encoder: nn.Module, name: str, layer: nn.Linear) -> SlotLinear:
    if isinstance(layer, SlotLinear):
        return layer
    parent, _, last = name.rpartition(".")
    product = SlotLinear(layer.weight.data, None if layer.bias is None else layer.bias.data)
    setattr(encoder.get_submodule(parent), last, product)
    return product


def _change(weight: Tensor, uses: TextUses, path: str) -> Change:
    layers = [(layers[path], share) for layers, share in uses if path in layers]
    downs = [layer.down for layer, _ in layers]
    ups = [layer.up.t() * (layer.scale * share) for layer, share in layers]
    return Change(down=torch.cat(downs)[None].to(weight), up=torch.cat(ups)[None].to(weight))
