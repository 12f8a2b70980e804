"""The U-Net of a base, run with what is added to its products this time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor

from engine.sampling.conditioning import Conditioning
from engine.unet.groups import Group
from engine.unet.joining import cross_attentions, join, prepare_others
from engine.unet.product import Change

#: One per group, in the order of `StyledUnet.groups`; those of the others may follow.
Changes = Sequence[Change | None]
#: Keys and values of one text for every cross-attention, (rows, tokens, 2 · width) each.
Kept = Sequence[Tensor]


class StyledUnet:
    """Joins a U-Net's products, and runs it; the weights never change."""

    def __init__(self, unet: UNet2DConditionModel) -> None:
        self.model = unet
        self._others = prepare_others(unet)
        self._products = join(unet)
        self._changed = (*self._products.values(), *self._others.values())
        processors = cross_attentions(unet)
        #: place among the groups → processor
        self._texts = {
            number: processors[group.name]
            for number, group in enumerate(self._products)
            if group.of_text
        }

    @property
    def groups(self) -> tuple[Group, ...]:
        """What a style's layout is made of."""
        return tuple(self._products)

    @property
    def others(self) -> tuple[Group, ...]:
        """What only some styles change: convolutions, and embeddings in files from elsewhere."""
        return tuple(self._others)

    @property
    def dtype(self) -> torch.dtype:
        """The kind that it computes in."""
        return self.model.dtype

    def predict(
        self,
        latents: Tensor,
        timesteps: Tensor,
        c: Conditioning,
        changes: Changes = (),
        kept: Kept = (),
    ) -> Tensor:
        """Predict noise, (R, C, h, w) float32 or wider; without changes it is the base's own.

        `kept` takes the place of `c.text` in the cross-attentions.
        """
        with self.using(changes, kept):
            return self.forward(latents, timesteps, c)

    def forward(self, latents: Tensor, timesteps: Tensor, c: Conditioning) -> Tensor:
        """Predict noise, (R, C, h, w) float32 or wider, with what `using` has set."""
        out: Any = self.model(
            latents.to(self.dtype),
            timesteps,
            encoder_hidden_states=c.text.to(self.dtype),
            added_cond_kwargs={"text_embeds": c.pooled.to(self.dtype), "time_ids": c.size},
            return_dict=False,
        )
        return out[0] if self.dtype == torch.float64 else out[0].float()

    @torch.no_grad()
    def keep(self, text: Tensor, changes: Changes = ()) -> list[Tensor]:
        """Compute keys and values of a text, which are the same at every step."""
        with self.using(changes):
            products = list(self._products.values())
            return [products[number](text.to(self.dtype)) for number in self._texts]

    @contextlib.contextmanager
    def using(self, changes: Changes, kept: Kept = ()) -> Iterator[None]:
        """Set what is added inside; nothing of it stays, as the next run may be another's.

        A training goes backward inside as well: what is computed again needs it again.
        """
        try:
            for product, change in zip(self._changed, changes, strict=False):
                product.change = change
            for processor, one in zip(self._texts.values(), kept, strict=False):
                processor.kept = one
            yield
        finally:
            for product in self._changed:
                product.change = None
            for processor in self._texts.values():
                processor.kept = None
