"""Which key of a LoRA file changes which weight, restated from how the peers' networks are built.

Both U-Nets are walked side by side in the order of construction; nothing of `engine.lora` is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

#: sgm's names inside a residual block.
_INSIDE = {
    "conv1": "in_layers_2",
    "time_emb_proj": "emb_layers_1",
    "conv2": "out_layers_3",
    "conv_shortcut": "skip_connection",
}
_OUTER = {
    "conv_in": "input_blocks_0_0",
    "time_embedding.linear_1": "time_embed_0",
    "time_embedding.linear_2": "time_embed_2",
    "add_embedding.linear_1": "label_emb_0_0",
    "add_embedding.linear_2": "label_emb_0_2",
    "conv_out": "out_2",
}


def _blocks(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (diffusers' prefix, sgm's prefix) of every part, as sgm counts them up."""
    deep, levels = config["layers_per_block"], len(config["block_out_channels"])
    number = 1
    for level, kind in enumerate(config["down_block_types"]):
        for layer in range(deep):
            yield f"down_blocks.{level}.resnets.{layer}.", f"input_blocks_{number}_0_"
            if "CrossAttn" in kind:
                yield f"down_blocks.{level}.attentions.{layer}.", f"input_blocks_{number}_1_"
            number += 1
        if level < levels - 1:
            yield f"down_blocks.{level}.downsamplers.0.conv", f"input_blocks_{number}_0_op"
            number += 1
    yield "mid_block.resnets.0.", "middle_block_0_"
    yield "mid_block.attentions.0.", "middle_block_1_"
    yield "mid_block.resnets.1.", "middle_block_2_"
    number = 0
    for level, kind in enumerate(config["up_block_types"]):
        for layer in range(deep + 1):
            yield f"up_blocks.{level}.resnets.{layer}.", f"output_blocks_{number}_0_"
            after = 1
            if "CrossAttn" in kind:
                yield f"up_blocks.{level}.attentions.{layer}.", f"output_blocks_{number}_1_"
                after = 2
            if layer == deep and level < levels - 1:
                place = f"output_blocks_{number}_{after}_conv"
                yield f"up_blocks.{level}.upsamplers.0.conv", place
            number += 1


def unet_keys(config: Mapping[str, Any], weights: Iterable[str]) -> dict[str, str]:
    """Map ComfyUI's `lora_unet_…` to the diffusers paths of these layers."""
    blocks = list(_blocks(config))
    keys: dict[str, str] = {}
    for path in weights:
        if path in _OUTER:
            keys[f"lora_unet_{_OUTER[path]}"] = path
        for theirs, sgm in blocks:
            if path.startswith(theirs):
                rest = path[len(theirs) :]
                inside = _INSIDE.get(rest, rest) if "resnets" in theirs else rest
                keys["lora_unet_" + sgm + inside.replace(".", "_")] = path
    return keys


def text_keys(number: int, layers: int) -> dict[str, str]:
    """Map `lora_te1_…` or `lora_te2_…` to the paths inside that encoder, without `text_model`."""
    inside = [f"self_attn.{one}_proj" for one in ("q", "k", "v", "out")] + ["mlp.fc1", "mlp.fc2"]
    keys = {
        f"lora_te{number}_text_model_encoder_layers_{n}_{one.replace('.', '_')}": (
            f"encoder.layers.{n}.{one}"
        )
        for n in range(layers)
        for one in inside
    }
    return keys | ({"lora_te2_text_projection": "text_projection"} if number == 2 else {})
