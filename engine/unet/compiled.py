"""The U-Net as one compiled graph per shape and batch, whatever styles its rows have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from engine.lora.slots import Slots, Uses, changes
from engine.sampling.conditioning import Conditioning
from engine.unet.styled import Kept, StyledUnet


class CompiledUnet:
    """Runs like a `StyledUnet`, with everything that changes from batch to batch as a tensor.

    Compilation is never needed for a right result; where it does not work, do not use this.
    """

    def __init__(self, unet: StyledUnet, slots: Slots, *, backend: Any = "inductor") -> None:
        self._unet = unet
        self._slots = slots
        self._run: Callable[..., Tensor] = torch.compile(
            self._pure, fullgraph=True, dynamic=False, backend=backend
        )

    @torch.no_grad()
    def predict(
        self,
        latents: Tensor,
        timesteps: Tensor,
        c: Conditioning,
        uses: Sequence[Uses],
        kept: Kept,
    ) -> Tensor:
        """Predict noise, (R, C, h, w) float32; `kept` are the text's keys and values.

        JobFailed `style.no_room` for a row of more than one slot: that is another graph.
        """
        rows = self._slots.flat_rows(uses)
        return self._run(latents, timesteps, c.text, c.pooled, c.size, rows, list(kept))

    def _pure(
        self,
        latents: Tensor,
        timesteps: Tensor,
        text: Tensor,
        pooled: Tensor,
        size: Tensor,
        rows: Tensor,
        kept: list[Tensor],
    ) -> Tensor:
        c = Conditioning(text=text, pooled=pooled, size=size)
        return self._unet.predict(latents, timesteps, c, changes(self._slots.layout, rows), kept)
