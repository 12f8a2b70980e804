"""The U-Net as one compiled graph per shape and batch, whatever styles its rows have.

Styles that change convolutions as well make a second family of graphs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from engine.lora.packed import Stack
from engine.lora.slots import changes
from engine.lora.style_slots import StyleSlots
from engine.sampling.conditioning import Conditioning
from engine.unet.styled import Kept, StyledUnet


class CompiledUnet:
    """Runs like a `StyledUnet`, with everything that changes from batch to batch as a tensor.

    Compilation is never needed for a right result; where it does not work, do not use this.
    """

    def __init__(self, unet: StyledUnet, slots: StyleSlots, *, backend: Any = "inductor") -> None:
        self._unet = unet
        self._slots = slots
        self._run: Callable[..., Tensor] = torch.compile(
            self._pure, fullgraph=True, dynamic=False, backend=backend
        )

    def predict(
        self,
        latents: Tensor,
        timesteps: Tensor,
        c: Conditioning,
        stacks: Sequence[Stack],
        kept: Kept,
    ) -> Tensor:
        """Predict noise, (R, C, h, w) float32; `kept` are the text's keys and values.

        JobFailed `style.no_room` for a row of more than one slot: that is another graph.
        """
        return self.run(latents, timesteps, c, self._slots.flat_rows(stacks), list(kept))

    @torch.no_grad()
    def run(
        self,
        latents: Tensor,
        timesteps: Tensor,
        c: Conditioning,
        rows: list[Tensor],
        kept: list[Tensor],
    ) -> Tensor:
        """Predict noise for styles that are gathered already."""
        return self._run(latents, timesteps, c.text, c.pooled, c.size, rows, kept)

    def _pure(
        self,
        latents: Tensor,
        timesteps: Tensor,
        text: Tensor,
        pooled: Tensor,
        size: Tensor,
        rows: list[Tensor],
        kept: list[Tensor],
    ) -> Tensor:
        c = Conditioning(text=text, pooled=pooled, size=size)
        layouts = (self._slots.layout, self._slots.others_layout)
        every = [
            one for layout, own in zip(layouts, rows, strict=False) for one in changes(layout, own)
        ]
        return self._unet.predict(latents, timesteps, c, every, kept)
