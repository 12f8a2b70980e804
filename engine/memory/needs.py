"""What a base takes, part by part, found from its configuration alone."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from engine.lora.layout import FlatLayout
from engine.lora.slots import changes
from engine.memory.ledger import peak_bytes
from engine.memory.plan import TILE
from engine.sampling.conditioning import Conditioning
from engine.unet.styled import StyledUnet

_TOKENS: Final = 77
#: A caption of a training has up to three windows.
_CAPTION_TOKENS: Final = 3 * 77
#: A number in training has value, two moments, mask and gradient in float32; and, beside these, a
#: copy for the U-Net in its kind.
NUMBER_BYTES: Final = 5 * 4
_TEXTS: Final = ("text_encoder", "text_encoder_2")

Job = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Bytes; rows are rows of the U-Net at the family's own size, a guided picture has two."""

    #: of the family's own size
    pixels: int
    #: U-Net and VAE
    weights: int
    #: both text encoders
    texts: int
    #: one slot, or what is gathered for one row
    style: int
    drawing_row: int
    #: a whole picture, and one square of it
    decoding: int
    decoding_tile: int
    #: a style in training: its values, moments, mask, and their copies for the U-Net
    training: int
    #: the optimizer's step, beside that
    learning: int
    training_row: int
    #: the same when most is computed again going backward
    training_row_again: int


def needs_of(folder: Path, dtype: torch.dtype, rank: int, size: tuple[int, int]) -> Needs:
    """Measure a diffusers folder's base for pictures of this width and height; some seconds."""
    with torch.device("meta"):
        plain: Any = UNet2DConditionModel.from_config(_config(folder / "unet"))
        vae: Any = AutoencoderKL.from_config(_config(folder / "vae"))
    # diffusers' own `to` warns of layers that it would rather keep in float32, of which it has none
    nn.Module.to(plain, dtype).requires_grad_(requires_grad=False)
    vae.requires_grad_(requires_grad=False)
    weights = _weights(plain) + _weights(vae)
    rehearsal = Rehearsal(plain, rank, size)
    side = max(size) // 2 ** (len(vae.config["block_out_channels"]) - 1)
    kept, again = rehearsal.training_rows()
    numbers = rehearsal.layout.size
    return Needs(
        pixels=size[0] * size[1],
        weights=weights,
        texts=sum(_weights(_text_encoder(folder / part, dtype)) for part in _TEXTS),
        style=numbers * dtype.itemsize,
        drawing_row=rehearsal.drawing_row(),
        decoding=_decoding(vae, side),
        decoding_tile=_decoding(vae, min(TILE, side)),
        training=numbers * (NUMBER_BYTES + dtype.itemsize),
        # the gradients in float32, twice while they are masked
        learning=numbers * 2 * 4,
        training_row=kept,
        training_row_again=again,
    )


class Rehearsal:
    """Goes through steps of a U-Net without any numbers."""

    def __init__(self, plain: UNet2DConditionModel, rank: int, size: tuple[int, int]) -> None:
        self._unet = StyledUnet(plain)
        self._dtype = plain.dtype
        self._size = size
        self.layout = FlatLayout(self._unet.groups, rank)

    def drawing_row(self) -> int:
        """Measure one row of a drawing step."""
        return _growth(self._drawing)

    def training_rows(self) -> tuple[int, int]:
        """Measure one row of a training step, with all kept, and with most computed again."""
        kept = _growth(self._training)
        with self._thrifty():
            return kept, _growth(self._training)

    def training_row(self, *, again: bool) -> int:
        """Measure one alone, which is quicker: with it comes the little that is there once."""
        with self._thrifty() if again else contextlib.nullcontext():
            return peak_bytes(self._training(1))

    @contextlib.contextmanager
    def _thrifty(self) -> Iterator[None]:
        self._unet.model.enable_gradient_checkpointing()
        try:
            yield
        finally:
            self._unet.model.disable_gradient_checkpointing()

    def _drawing(self, rows: int) -> Job:
        inputs = self._inputs(rows, _TOKENS)
        change = changes(self.layout, self._styles(rows))
        return torch.no_grad()(lambda: self._unet.predict(*inputs, change))

    def _training(self, rows: int) -> Job:
        inputs = self._inputs(rows, _CAPTION_TOKENS)
        change = changes(self.layout, *self._styles(2)[:, None])

        def step() -> None:
            with self._unet.using(change):
                self._unet.forward(*inputs).square().mean().backward()

        return step

    def _styles(self, count: int) -> torch.Tensor:
        return torch.empty(count, self.layout.size, dtype=self._dtype, device="meta")

    def _inputs(self, rows: int, tokens: int) -> tuple[torch.Tensor, torch.Tensor, Conditioning]:
        config: Any = self._unet.model.config
        pooled = config["projection_class_embeddings_input_dim"]
        pooled -= 6 * config["addition_time_embed_dim"]
        height, width = (side // 8 for side in self._size)
        with torch.device("meta"):
            told = Conditioning(
                text=torch.empty(rows, tokens, config["cross_attention_dim"]),
                pooled=torch.empty(rows, pooled),
                size=torch.empty(rows, 6),
            )
            latents = torch.empty(rows, config["in_channels"], height, width)
            return latents, torch.empty(rows, dtype=torch.long), told


def _growth(prepared: Callable[[int], Job]) -> int:
    """Take what a second row adds; what does not grow with the rows is counted elsewhere."""
    one, two = (peak_bytes(prepared(rows)) for rows in (1, 2))
    return two - one


def _decoding(vae: AutoencoderKL, side: int) -> int:
    config: Any = vae.config
    latent = torch.empty(1, config["latent_channels"], side, side, device="meta")
    untyped: Any = vae
    return peak_bytes(torch.no_grad()(lambda: untyped.decode(latent)))


def _weights(module: nn.Module) -> int:
    return sum(p.numel() * p.element_size() for p in module.parameters())


def _text_encoder(folder: Path, dtype: torch.dtype) -> nn.Module:
    config = CLIPTextConfig.from_pretrained(folder, local_files_only=True)
    kind: Any = CLIPTextModelWithProjection if folder.name == "text_encoder_2" else CLIPTextModel
    with torch.device("meta"):
        return kind(config).to(dtype)


def _config(folder: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return config
