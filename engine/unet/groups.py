"""Which adapted layers become one product.

Query, key and value of a self-attention read the same input, key and value of a cross-attention
the same text; as one matrix they are one launch instead of three or two. Convolutions and the
other linear layers stay as they are: LoCons change the first, ours too, files from elsewhere both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import nn

from engine.lora.names import is_target


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Layers over one input, in the order in which their outputs lie side by side."""

    #: path of the product in the U-Net, e.g. `….attn1.to_qkv`
    name: str
    #: diffusers' paths of the layers
    members: tuple[str, ...]
    #: of a convolution, times the pixels of its kernel
    in_features: int
    #: per member
    out_features: tuple[int, ...]
    #: of a convolution, (height, width); None for a linear layer
    kernel: tuple[int, int] | None = None
    #: what it reads is the prompt's, so its output is the same at every step
    of_text: bool = False


def groups_of(unet: nn.Module) -> tuple[Group, ...]:
    """List the groups of a U-Net with its layers still apart, in the order of its modules."""
    linears = {
        name: module
        for name, module in unet.named_modules()
        if isinstance(module, nn.Linear) and is_target(name)
    }
    return tuple(_group(parts, linears) for parts in _together(linears))


def others_of(unet: nn.Module) -> tuple[Group, ...]:
    """List every other layer that a file may change, each for itself, in the modules' order."""
    return tuple(
        _alone(name, module)
        for name, module in unet.named_modules()
        if isinstance(module, (nn.Linear, nn.Conv2d)) and not is_target(name)
    )


def _alone(name: str, layer: nn.Linear | nn.Conv2d) -> Group:
    if isinstance(layer, nn.Linear):
        sides = (layer.out_features,)
        return Group(name=name, members=(name,), in_features=layer.in_features, out_features=sides)
    height, width = layer.kernel_size
    return Group(
        name=name,
        members=(name,),
        in_features=layer.in_channels * height * width,
        out_features=(layer.out_channels,),
        kernel=(height, width),
    )


def _together(linears: dict[str, nn.Linear]) -> Iterator[tuple[str, ...]]:
    for name in linears:
        parent, _, last = name.rpartition(".")
        if last == "to_q" and parent.endswith("attn1"):
            yield tuple(f"{parent}.{part}" for part in ("to_q", "to_k", "to_v"))
        elif last == "to_k" and parent.endswith("attn2"):
            yield tuple(f"{parent}.{part}" for part in ("to_k", "to_v"))
        elif last not in {"to_k", "to_v"}:
            yield (name,)


def _group(members: tuple[str, ...], linears: dict[str, nn.Linear]) -> Group:
    first = linears[members[0]]
    name = members[0]
    if len(members) > 1:
        joined = "to_" + "".join(member[-1] for member in members)
        name = f"{members[0].rpartition('.')[0]}.{joined}"
    return Group(
        name=name,
        members=members,
        in_features=first.in_features,
        out_features=tuple(linears[member].out_features for member in members),
        of_text=len(members) == 2,
    )
