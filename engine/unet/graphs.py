"""Compiled graphs of the U-Net, made beside the loop: eager until one is ready."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.errors import JobFailed
from engine.lora.packed import Stack
from engine.lora.style_slots import StyleSlots
from engine.sampling.conditioning import Conditioning
from engine.unet.compiled import CompiledUnet
from engine.unet.styled import StyledUnet

log = logging.getLogger(__name__)

Arguments = tuple[Tensor, Tensor, Conditioning, list[Tensor], list[Tensor]]


class Graphs:
    """One graph per shape and number of rows, rounded up to a power of two.

    `beside` runs a job in another thread. What cannot be compiled stays eager, and is said once.
    """

    def __init__(
        self,
        unet: StyledUnet,
        slots: StyleSlots,
        beside: Callable[[Callable[[], None]], object],
        *,
        backend: Any = "inductor",
    ) -> None:
        # Compiling reads the modules while the loop sets styles on them; the weights are the same.
        self._compiled = CompiledUnet(_twin(unet), slots, backend=backend)
        self._slots = slots
        self._beside = beside
        self._asked: set[object] = set()
        self._ready: set[object] = set()

    def rows(self, stacks: Sequence[Stack]) -> list[Tensor] | None:
        """Gather a batch's styles; None when a row takes more than one slot: that stays eager."""
        try:
            return self._slots.flat_rows(stacks)
        except JobFailed:
            return None

    def predict(
        self,
        latents: Tensor,
        timesteps: Tensor,
        c: Conditioning,
        rows: list[Tensor],
        kept: list[Tensor],
    ) -> Tensor | None:
        """Predict noise as `StyledUnet.predict` does, or None while there is no such graph."""
        count = len(latents)
        arguments = _padded((latents, timesteps, c, rows, kept), _rounded_up(count))
        shape = (latents.shape[1:], c.text.shape[1], _rounded_up(count), len(rows))
        if shape in self._ready:
            return self._compiled.run(*arguments)[:count]
        if shape not in self._asked:
            self._asked.add(shape)
            empty = _mapped(arguments, torch.zeros_like)
            self._beside(lambda: self._make(shape, empty))
        return None

    def _make(self, shape: object, arguments: Arguments) -> None:
        try:
            self._compiled.run(*arguments)
        except Exception as error:  # noqa: BLE001 - whatever a compiler may lack
            log.warning("the U-Net stays eager: %s", str(error).partition("\n")[0])
        else:
            self._ready.add(shape)
            log.info("compiled for %s", shape)


def _twin(unet: StyledUnet) -> StyledUnet:
    """Copy the modules and share their weights."""
    model: nn.Module = unet.model
    weights = [*model.parameters(), *model.buffers()]
    return copy.deepcopy(unet, {id(one): one for one in weights})


def _rounded_up(rows: int) -> int:
    return 1 << (rows - 1).bit_length()


def _padded(arguments: Arguments, rows: int) -> Arguments:
    """Add rows of nothing."""

    def pad(tensor: Tensor) -> Tensor:
        missing = rows - len(tensor)
        return functional.pad(tensor, (0, 0) * (tensor.ndim - 1) + (0, missing))

    return arguments if len(arguments[0]) == rows else _mapped(arguments, pad)


def _mapped(arguments: Arguments, change: Callable[[Tensor], Tensor]) -> Arguments:
    latents, timesteps, c, rows, kept = arguments
    told = Conditioning(text=change(c.text), pooled=change(c.pooled), size=change(c.size))
    return (
        change(latents),
        change(timesteps),
        told,
        [change(one) for one in rows],
        [change(one) for one in kept],
    )
