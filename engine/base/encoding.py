"""Prompts as the U-Net reads them: both text encoders, in windows as ComfyUI makes them.

A weight moves a token's vector from the empty prompt's towards its own, or beyond it; the pooled
output is left alone. That is ComfyUI's meaning; A1111 scales the vector instead.

The last but one hidden state of each encoder, without the final norm, side by side; and the
second encoder's projected pooled output. That is what other programs call clip skip 2, so
clip_skip is never passed anywhere here.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from engine.base.prompt_weights import Run, literal, parts, runs
from engine.base.text_products import TextProducts
from engine.base.windows import Tokenize, by_words, windows
from engine.lora.packed import PackedStyle, Stack

_REMEMBERED: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEncoders:
    """SDXL's two text encoders, each with its tokenizer."""

    first: CLIPTextModel
    second: CLIPTextModelWithProjection
    tokenizer: CLIPTokenizer
    tokenizer_2: CLIPTokenizer


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EncodedText:
    """One prompt: text (1, 77·n, width) and pooled (1, width), float32 on the base's device."""

    prompt: str
    text: Tensor
    pooled: Tensor


class TextEncoding:
    """Encodes prompts, each distinct text with the styles that change its reading once."""

    def __init__(
        self,
        encoders: TextEncoders,
        *,
        device: torch.device | None = None,
        layer: int = -2,
        remembered: int = _REMEMBERED,
    ) -> None:
        self.encoders = encoders
        #: where the texts go; the encoders may be elsewhere
        self._device = device or encoders.first.device
        #: which hidden state is read
        self._layer = layer
        self.products = TextProducts(
            {"text_encoder": encoders.first, "text_encoder_2": encoders.second}
        )
        self._known: OrderedDict[object, EncodedText] = OrderedDict()
        self._remembered = remembered
        #: calls of the text encoders so far
        self.calls = 0

    def encode(self, prompt: str, stack: Stack = (), *, keep_words: bool = False) -> EncodedText:
        """Encode a prompt; an empty one is encoded like any other.

        `keep_words` is for recipes of old rules: no short word is split over a window's edge.
        """
        changing = _changing(stack)
        key = (prompt, keep_words, tuple((style.key, weight) for style, weight in changing))
        if key not in self._known:
            with self.products.using([(style.texts, weight) for style, weight in changing]):
                self._known[key] = self._encode(prompt, keep_words=keep_words)
            self.calls += 1
        self._known.move_to_end(key)
        while len(self._known) > self._remembered:
            self._known.popitem(last=False)
        return self._known[key]

    def encode_once(self, caption: str, *, most: int, stack: Stack = ()) -> EncodedText:
        """Encode a text without marks, `most` windows of it, which nobody asks for again."""
        self.calls += 1
        changing = _changing(stack)
        with self.products.using([(style.texts, weight) for style, weight in changing]):
            return self._encode(literal(caption), most)

    @torch.no_grad()
    def _encode(
        self, prompt: str, most: int | None = None, *, keep_words: bool = False
    ) -> EncodedText:
        said = [by_words(runs(part)) if keep_words else runs(part) for part in parts(prompt)]
        told = [self._part(one, most) for one in said]
        text = torch.cat([text for text, _ in told], dim=1).float().to(self._device)
        pooled = told[0][1].float().to(self._device)
        return EncodedText(prompt=prompt, text=text, pooled=pooled)

    def _part(self, said: Sequence[Run], most: int | None) -> tuple[Tensor, Tensor]:
        """Encode what stands between two BREAKs, (1, 77·n, width) and pooled (1, width)."""
        two = self.encoders
        ids, weights = _ids(two.first, two.tokenizer, said, pad=_ends(two.tokenizer)[1], most=most)
        hidden = two.first(ids, output_hidden_states=True).hidden_states[self._layer]
        first = _weighted(hidden, weights)
        ids, weights = _ids(two.second, two.tokenizer_2, said, pad=0, most=most)
        out = two.second(ids, output_hidden_states=True)
        second = _weighted(out.hidden_states[self._layer], weights)
        count = max(len(first), len(second))  # own vocabularies may need unequal windows
        text = torch.cat([_flat(first, count), _flat(second, count)], dim=-1)
        return text, out.text_embeds[:1]


def _changing(stack: Stack) -> list[tuple[PackedStyle, float]]:
    """List the styles with text layers, each with how much these count."""
    return [(style, style.texts_at(weight)) for style, weight in stack if style.texts]


def common_tokens(encoded: Sequence[EncodedText]) -> int:
    """Tell to what length all texts are repeated when they share a batch."""
    return math.lcm(*(one.text.shape[1] for one in encoded))


def stacked(encoded: Sequence[EncodedText]) -> tuple[Tensor, Tensor]:
    """Put prompts of any length into one batch, (B, tokens, width) and (B, width).

    Shorter ones are repeated to the common length, which attention does not notice.
    """
    tokens = common_tokens(encoded)
    repeated = [one.text.repeat(1, tokens // one.text.shape[1], 1) for one in encoded]
    return torch.cat(repeated), torch.cat([one.pooled for one in encoded])


def tokenize_with(tokenizer: CLIPTokenizer) -> Tokenize:
    """Give a tokenizer's tokens of a text, without those that open and close a window."""

    def tokenize(text: str) -> list[int]:
        ids: Any = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return ids

    return tokenize


def _ends(tokenizer: CLIPTokenizer) -> tuple[int, int]:
    """Return the tokens that open and close every window."""
    start: Any = tokenizer.bos_token_id  # annotated as a list, or nothing, too
    end: Any = tokenizer.eos_token_id
    return int(start), int(end)


def _ids(
    encoder: CLIPTextModel | CLIPTextModelWithProjection,
    tokenizer: CLIPTokenizer,
    said: Sequence[Run],
    *,
    pad: int,
    most: int | None,
) -> tuple[Tensor, Tensor]:
    """Tokenise all windows; ids and weights on the encoder's device, (windows, length) each.

    Where a weight is not 1, an empty window follows, which has no weights.
    """
    length = encoder.config.max_position_embeddings
    start, end = _ends(tokenizer)
    cut = windows(tokenize_with(tokenizer), said, room=length - 2)[:most]
    weights = [[1.0, *(weight for _, weight in w)] for w in cut]
    if any(weight != 1 for row in weights for weight in row):
        cut.append([])
    rows = [[start, *(token for token, _ in w), end] for w in cut]
    ids = [row + [pad] * (length - len(row)) for row in rows]
    shares = [row + [1.0] * (length - len(row)) for row in weights]
    device = encoder.device
    return torch.tensor(ids, device=device), torch.tensor(shares, device=device)


def _weighted(hidden: Tensor, weights: Tensor) -> Tensor:
    """Move vectors away from or towards those of the empty window, which is the last if any is."""
    if len(hidden) == len(weights):
        return hidden
    told, empty, weight = hidden[:-1], hidden[-1:], weights[..., None].to(hidden)
    return torch.where(weight == 1, told, empty + (told - empty) * weight)


def _flat(hidden: Tensor, count: int) -> Tensor:
    """Lay windows end to end, repeating from the first until there are `count`."""
    rows = [hidden[i % len(hidden)] for i in range(count)]
    return torch.cat(rows)[None]
