"""Where a style's numbers lie in one flat vector: all downs, then all ups, group by group.

A style laid out like this is switched by one copy. Layers that were joined into one product have
their downs below each other and their ups on the diagonal of one block, zeros elsewhere.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from engine.errors import JobFailed
from engine.lora.weights import Lora, LoraModule
from engine.unet.groups import Group


@dataclass(frozen=True, slots=True)
class Span:
    """A group's part of the vector."""

    start: int
    #: (ranks, in) of a down, (ranks, out) of an up
    rows: int
    columns: int

    @property
    def end(self) -> int:
        """One past the last."""
        return self.start + self.rows * self.columns

    def of(self, flat: Tensor) -> Tensor:
        """View it in vectors (…, size) as (…, rows, columns)."""
        return flat[..., self.start : self.end].unflatten(-1, (self.rows, self.columns))


class FlatLayout:
    """The layout for one U-Net's groups and one rank."""

    def __init__(self, groups: Sequence[Group], rank: int) -> None:
        self.groups: Final = tuple(groups)
        self.rank: Final = rank
        self.downs: list[Span] = []
        self.ups: list[Span] = []
        at = 0
        for spans, widths in ((self.downs, self._ins()), (self.ups, self._outs())):
            for group, width in zip(self.groups, widths, strict=True):
                spans.append(Span(at, rank * len(group.members), width))
                at = spans[-1].end
            if spans is self.downs:
                #: where the ups begin
                self.first_up = at
        self.size = at

    @property
    def members(self) -> dict[str, tuple[int, int]]:
        """The layers that have a place, in order, each with the width that goes in and out."""
        return {
            member: (group.in_features, out)
            for group in self.groups
            for member, out in zip(group.members, group.out_features, strict=True)
        }

    def _ins(self) -> list[int]:
        return [group.in_features for group in self.groups]

    def _outs(self) -> list[int]:
        return [sum(group.out_features) for group in self.groups]

    def places(self) -> Iterator[tuple[str, Span, Span, slice, slice]]:
        """Yield per layer its name, the group's spans, and its rows and columns among them."""
        for group, down, up in zip(self.groups, self.downs, self.ups, strict=True):
            edges = list(itertools.accumulate(group.out_features, initial=0))
            for number, name in enumerate(group.members):
                rows = slice(number * self.rank, (number + 1) * self.rank)
                yield name, down, up, rows, slice(edges[number], edges[number + 1])

    def mask(self) -> Tensor:
        """Return 1 where a layer has a number and 0 beside the diagonals, (size,) float32."""
        flat = torch.zeros(self.size)
        flat[: self.first_up] = 1
        for _, _, up, rows, columns in self.places():
            up.of(flat)[rows, columns] = 1
        return flat

    def chunks(self, lora: Lora) -> int:
        """Count the vectors that a style takes: B·A is a sum over ranks, so it may be cut."""
        return max((math.ceil(m.rank / self.rank) for m in lora.modules.values()), default=1)

    def unpack(self, flat: Tensor, alpha: float) -> Lora:
        """Read one vector (size,) whose ups are not scaled as a style of full rank; views."""
        modules: dict[str, LoraModule] = {}
        kernels = {member: group.kernel for group in self.groups for member in group.members}
        for name, down, up, rows, columns in self.places():
            modules[name] = LoraModule(
                down=down.of(flat)[rows],
                up=up.of(flat)[rows, columns].t(),
                alpha=alpha,
                kernel=kernels[name],
            )
        return Lora(modules=modules)

    def pack(self, lora: Lora) -> Tensor:
        """Lay a style out, (chunks, size) float32, its alphas multiplied into the ups.

        JobFailed `style.other_base` names a layer that no group has, or has in another shape.
        """
        flat = torch.zeros(self.chunks(lora), self.size)
        left = dict(lora.modules)
        for name, down, up, rows, columns in self.places():
            module = left.pop(name, None)
            if module is not None:
                wanted = (columns.stop - columns.start, down.columns)
                if (module.up.shape[0], module.down.shape[1]) != wanted:
                    raise JobFailed("style.other_base", layer=name)
                self._pack(module, down.of(flat)[:, rows], up.of(flat)[:, rows, columns])
        if left:
            raise JobFailed("style.other_base", layer=next(iter(left)))
        return flat

    def _pack(self, module: LoraModule, down: Tensor, up: Tensor) -> None:
        for chunk, first in enumerate(range(0, module.rank, self.rank)):
            some = slice(first, first + self.rank)
            cut = module.down[some].float()
            down[chunk, : len(cut)] = cut
            up[chunk, : len(cut)] = module.up[:, some].float().t() * module.scale
