"""The layers of a base by its configurations alone: no weights, no torch.

The structure is that of diffusers' `UNet2DConditionModel` as SDXL uses it: a residual block and,
where the block has attention, a transformer per layer; one layer more per block on the way up,
which also reads what the way down left there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.lora.names import UnetLayout, flat_names, layout_of

_PIXEL: Final = (1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerShape:
    """What goes in and out of a layer."""

    out: int
    into: int
    #: of a convolution, (height, width); None for a linear layer
    kernel: tuple[int, int] | None = None


Layers = Iterator[tuple[str, LayerShape]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anatomy:
    """All layers that a LoRA file can change."""

    #: by diffusers' path; those of the text encoders begin with `names.TEXT_PARTS`
    layers: Mapping[str, LayerShape]
    layout: UnetLayout
    #: how wide the text is that the U-Net reads: what tells families of bases apart
    text_width: int

    @property
    def flat(self) -> Mapping[str, str]:
        """Kohya's flat name → path."""
        return flat_names(self.layers, self.layout)


def read_anatomy(folder: Path) -> Anatomy:
    """Read the configurations of a diffusers folder.

    OSError, KeyError or ValueError when the folder holds none of that kind.
    """
    unet = _json(folder / "unet")
    layers = dict(unet_layers(unet))
    for part in ("text_encoder", "text_encoder_2"):
        layers |= text_layers(_json(folder / part), part)
    width = int(unet["cross_attention_dim"])
    return Anatomy(layers=layers, layout=layout_of(unet), text_width=width)


def unet_layers(config: Mapping[str, Any]) -> Layers:
    """List the layers of a U-Net, in no order that means anything."""
    channels = [int(width) for width in config["block_out_channels"]]
    first, time = channels[0], 4 * channels[0]
    yield "conv_in", _conv(first, int(config["in_channels"]))
    yield "conv_out", _conv(int(config["out_channels"]), first)
    given = {"time_embedding": first}
    if config.get("addition_embed_type") == "text_time":
        given["add_embedding"] = int(config["projection_class_embeddings_input_dim"])
    for name, width in given.items():
        yield f"{name}.linear_1", LayerShape(out=time, into=width)
        yield f"{name}.linear_2", LayerShape(out=time, into=time)
    unet = _Unet(config, channels)
    yield from unet.down()
    yield from unet.middle()
    yield from unet.up()


class _Unet:
    def __init__(self, config: Mapping[str, Any], channels: list[int]) -> None:
        self._channels = channels
        self._time = 4 * channels[0]
        self._layers = int(config["layers_per_block"])
        depth = config.get("transformer_layers_per_block", 1)
        self._depths = [depth] * len(channels) if isinstance(depth, int) else list(depth)
        self._downs = [str(name) for name in config["down_block_types"]]
        self._ups = [str(name) for name in config["up_block_types"]]
        self._text = int(config["cross_attention_dim"])
        self._linear = bool(config.get("use_linear_projection", False))

    def down(self) -> Layers:
        before = self._channels[0]
        for block, width in enumerate(self._channels):
            name = f"down_blocks.{block}"
            for layer in range(self._layers):
                yield from self._resnet(
                    f"{name}.resnets.{layer}", before if not layer else width, width
                )
                if "Attn" in self._downs[block]:
                    yield from self._transformer(
                        f"{name}.attentions.{layer}", width, self._depths[block]
                    )
            if block < len(self._channels) - 1:
                yield f"{name}.downsamplers.0.conv", _conv(width, width)
            before = width

    def middle(self) -> Layers:
        width = self._channels[-1]
        yield from self._resnet("mid_block.resnets.0", width, width)
        yield from self._transformer("mid_block.attentions.0", width, self._depths[-1])
        yield from self._resnet("mid_block.resnets.1", width, width)

    def up(self) -> Layers:
        widths, depths = self._channels[::-1], self._depths[::-1]
        before = widths[0]
        for block, width in enumerate(widths):
            name, last = f"up_blocks.{block}", len(widths) - 1
            for layer in range(self._layers + 1):
                left = width if layer < self._layers else widths[min(block + 1, last)]
                yield from self._resnet(
                    f"{name}.resnets.{layer}", (width if layer else before) + left, width
                )
                if "Attn" in self._ups[block]:
                    yield from self._transformer(f"{name}.attentions.{layer}", width, depths[block])
            if block < last:
                yield f"{name}.upsamplers.0.conv", _conv(width, width)
            before = width

    def _resnet(self, name: str, into: int, out: int) -> Layers:
        yield f"{name}.conv1", _conv(out, into)
        yield f"{name}.time_emb_proj", LayerShape(out=out, into=self._time)
        yield f"{name}.conv2", _conv(out, out)
        if into != out:
            yield f"{name}.conv_shortcut", LayerShape(out=out, into=into, kernel=_PIXEL)

    def _transformer(self, name: str, width: int, depth: int) -> Layers:
        ends = LayerShape(out=width, into=width, kernel=None if self._linear else _PIXEL)
        yield f"{name}.proj_in", ends
        yield f"{name}.proj_out", ends
        same = LayerShape(out=width, into=width)
        for number in range(depth):
            block = f"{name}.transformer_blocks.{number}"
            for attention, read in (("attn1", width), ("attn2", self._text)):
                yield f"{block}.{attention}.to_q", same
                yield f"{block}.{attention}.to_k", LayerShape(out=width, into=read)
                yield f"{block}.{attention}.to_v", LayerShape(out=width, into=read)
                yield f"{block}.{attention}.to_out.0", same
            yield f"{block}.ff.net.0.proj", LayerShape(out=8 * width, into=width)
            yield f"{block}.ff.net.2", LayerShape(out=width, into=4 * width)


def text_layers(config: Mapping[str, Any], part: str) -> Layers:
    """List the layers of a CLIP text encoder under transformers' older paths."""
    width, inner = int(config["hidden_size"]), int(config["intermediate_size"])
    for number in range(int(config["num_hidden_layers"])):
        layer = f"{part}.text_model.encoder.layers.{number}"
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            yield f"{layer}.self_attn.{name}", LayerShape(out=width, into=width)
        yield f"{layer}.mlp.fc1", LayerShape(out=inner, into=width)
        yield f"{layer}.mlp.fc2", LayerShape(out=width, into=inner)
    if "WithProjection" in str(config.get("architectures")):
        out = int(config["projection_dim"])
        yield f"{part}.text_projection", LayerShape(out=out, into=width)


def _conv(out: int, into: int) -> LayerShape:
    return LayerShape(out=out, into=into, kernel=(3, 3))


def _json(folder: Path) -> dict[str, Any]:
    found = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise ValueError(f"{folder.name} has no configuration")
    return found
