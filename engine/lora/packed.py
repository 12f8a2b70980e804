"""Styles laid out for the slots."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from engine.lora.layout import FlatLayout
from engine.lora.names import TEXT_PARTS
from engine.lora.weights import Lora, LoraModule


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Packed:
    """Layers of a style in the order of one kind of slots."""

    #: the content's hash, where there is a file; equal keys are equal styles
    key: str
    #: (slots that it takes, size of the layout)
    chunks: Tensor
    #: places among the layout's groups where it changes something
    groups: frozenset[int]

    @classmethod
    def of(
        cls, key: str, style: Lora, layout: FlatLayout, dtype: torch.dtype = torch.float32
    ) -> Packed:
        """Lay layers out; JobFailed `style.other_base` when they do not fit."""
        chunks = layout.pack(style).to(dtype)
        groups = (n for n, up in enumerate(layout.ups) if bool(up.of(chunks).any()))
        return cls(key=key, chunks=chunks, groups=frozenset(groups))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PackedStyle:
    """A whole style, ready to be used."""

    linears: Packed
    #: convolutions and embeddings; None where there are none, as in all of ours but LoCons
    others: Packed | None = None
    #: layers of the text encoders, by path; empty in styles of ours
    texts: Mapping[str, LoraModule] = field(default_factory=dict[str, LoraModule])
    #: how much the text layers count, where it is otherwise than the weight that stands beside
    text_weight: float | None = None

    @classmethod
    def of(
        cls,
        key: str,
        style: Lora,
        layout: FlatLayout,
        dtype: torch.dtype = torch.float32,
        others: FlatLayout | None = None,
    ) -> PackedStyle:
        """Lay a style out; JobFailed `style.other_base` when it does not fit."""
        rest = dict(style.modules)
        texts = {name: rest.pop(name) for name in style.modules if name.startswith(TEXT_PARTS)}
        own = [] if others is None else [name for name in others.members if name in rest]
        wide = Lora(modules={name: rest.pop(name) for name in own})
        return cls(
            linears=Packed.of(key, Lora(modules=rest), layout, dtype),
            others=Packed.of(key, wide, others, dtype) if others and wide.modules else None,
            texts=texts,
        )

    def texts_at(self, weight: float) -> float:
        """Say how much the text layers count when the style is used with this weight."""
        return weight if self.text_weight is None else self.text_weight

    def pinned(self) -> PackedStyle:
        """Copy it to where a GPU fetches it by itself."""
        kinds = {"linears": self.linears, "others": self.others}
        pinned = {
            name: dataclasses.replace(kind, chunks=kind.chunks.pin_memory())
            for name, kind in kinds.items()
            if kind is not None
        }
        return dataclasses.replace(self, **pinned)

    @property
    def key(self) -> str:
        """What it is known by."""
        return self.linears.key

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        texts = (t.nbytes for layer in self.texts.values() for t in (layer.down, layer.up))
        others = 0 if self.others is None else self.others.chunks.nbytes
        return self.linears.chunks.nbytes + others + sum(texts)


#: One picture's styles with their weights.
Stack = tuple[tuple[PackedStyle, float], ...]
