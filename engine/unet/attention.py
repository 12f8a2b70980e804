"""Attention over joined products; what the text gives may be computed once and kept."""

from __future__ import annotations

from typing import Any

from diffusers.models.attention_processor import Attention
from torch import Tensor
from torch.nn import functional


class SelfAttention:
    """Query, key and value from one product."""

    def __call__(self, attn: Attention, hidden_states: Tensor, *_: Any, **__: Any) -> Tensor:
        """Attend within (rows, T, width)."""
        heads = _split(attn.to_qkv(hidden_states), 3, attn.heads)
        return _attended(attn, *heads)


class CrossAttention:
    """Key and value from one product over the text, or from `kept` when that is set."""

    def __init__(self) -> None:
        #: (rows, tokens, 2 · width)
        self.kept: Tensor | None = None

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        *_: Any,
        **__: Any,
    ) -> Tensor:
        """Attend from (rows, T, width) to the text."""
        kept = attn.to_kv(encoder_hidden_states) if self.kept is None else self.kept
        (query,) = _split(attn.to_q(hidden_states), 1, attn.heads)
        return _attended(attn, query, *_split(kept, 2, attn.heads))


def _split(joined: Tensor, count: int, heads: int) -> tuple[Tensor, ...]:
    """Cut (rows, T, count · width) into `count` of (rows, heads, T, width / heads)."""
    rows, tokens, _ = joined.shape
    return joined.view(rows, tokens, count, heads, -1).permute(2, 0, 3, 1, 4).unbind(0)


def _attended(attn: Attention, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    seen = functional.scaled_dot_product_attention(query, key, value)
    out: Any = attn.to_out  # its second is a dropout of zero
    return out[0](seen.transpose(1, 2).flatten(2))
