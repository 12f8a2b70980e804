"""Keys and values of prompts, which stay the same from step to step and from picture to picture."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import Tensor

from engine.base.encoding import EncodedText, common_tokens
from engine.lora.packed import Stack
from engine.lora.style_slots import StyleSlots
from engine.unet.styled import StyledUnet

#: Per cross-attention (1, tokens, 2 · width).
KeptText = list[Tensor]


class KeptTexts:
    """Computes each prompt with each stack of styles once; remembers `most_bytes` of them."""

    def __init__(self, unet: StyledUnet, slots: StyleSlots, most_bytes: int) -> None:
        self._unet = unet
        self._slots = slots
        self._most = most_bytes
        self._bytes = 0
        self._known: OrderedDict[object, KeptText] = OrderedDict()

    def rows(self, texts: Sequence[EncodedText], uses: Sequence[Stack]) -> KeptText:
        """Return those of a batch's rows, (rows, tokens, 2 · width) each.

        Shorter texts are repeated to the common length, which attention does not notice.
        """
        rows = [self._row(text, stack) for text, stack in zip(texts, uses, strict=True)]
        self._forget()
        tokens = common_tokens(texts)
        return [
            torch.cat([one.repeat(1, tokens // one.shape[1], 1) for one in alike])
            for alike in zip(*rows, strict=True)
        ]

    def _row(self, text: EncodedText, uses: Stack) -> KeptText:
        styles = ((style.key, weight, style.texts_at(weight)) for style, weight in uses)
        key = (text.prompt, tuple(styles))
        if key not in self._known:
            changes = self._slots.rows([uses]) if uses else ()
            self._known[key] = self._unet.keep(text.text, changes)
            self._bytes += _bytes(self._known[key])
        self._known.move_to_end(key)
        return self._known[key]

    def _forget(self) -> None:
        while self._bytes > self._most and self._known:
            self._bytes -= _bytes(self._known.popitem(last=False)[1])


def _bytes(kept: KeptText) -> int:
    return sum(one.nbytes for one in kept)
