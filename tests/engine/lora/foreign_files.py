"""LoRA files as other programs spell them: our own re-statement of their names, torch-free.

The numbers of blocks are SDXL's, written out: they are what Stability's code counts, and nothing
here is derived from the code under test.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

#: Blocks of SDXL's U-Net: diffusers → Stability.
BLOCKS = {
    "down_blocks.0.resnets.0": "input_blocks.1.0",
    "down_blocks.0.resnets.1": "input_blocks.2.0",
    "down_blocks.0.downsamplers.0.conv": "input_blocks.3.0.op",
    "down_blocks.1.resnets.0": "input_blocks.4.0",
    "down_blocks.1.attentions.0": "input_blocks.4.1",
    "down_blocks.1.resnets.1": "input_blocks.5.0",
    "down_blocks.1.attentions.1": "input_blocks.5.1",
    "down_blocks.1.downsamplers.0.conv": "input_blocks.6.0.op",
    "down_blocks.2.resnets.0": "input_blocks.7.0",
    "down_blocks.2.attentions.0": "input_blocks.7.1",
    "down_blocks.2.resnets.1": "input_blocks.8.0",
    "down_blocks.2.attentions.1": "input_blocks.8.1",
    "mid_block.resnets.0": "middle_block.0",
    "mid_block.attentions.0": "middle_block.1",
    "mid_block.resnets.1": "middle_block.2",
    **{f"up_blocks.{n // 3}.resnets.{n % 3}": f"output_blocks.{n}.0" for n in range(9)},
    **{f"up_blocks.{n // 3}.attentions.{n % 3}": f"output_blocks.{n}.1" for n in range(6)},
    "up_blocks.0.upsamplers.0.conv": "output_blocks.2.2.conv",
    "up_blocks.1.upsamplers.0.conv": "output_blocks.5.2.conv",
    "conv_in": "input_blocks.0.0",
    "conv_out": "out.2",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
}
INSIDE = {
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
#: peft's and diffusers' words for kohya's
AB = {"lora_down.weight": "lora_A.weight", "lora_up.weight": "lora_B.weight"}
DOWN_UP = {"lora_down.weight": "lora.down.weight", "lora_up.weight": "lora.up.weight"}


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One layer as a trainer has it in memory; `change` is what it adds to the weight."""

    down: Array
    up: Array
    alpha: float | None
    middle: Array | None = None

    @property
    def change(self) -> Array:
        rank = len(self.down)
        scale = 1.0 if self.alpha is None else self.alpha / rank
        up = self.up.reshape(len(self.up), -1)
        if self.middle is None:
            return scale * (up @ self.down.reshape(rank, -1))
        wide = np.tensordot(self.middle, self.down.reshape(rank, -1), axes=([1], [0]))
        kernel = np.tensordot(up, wide, axes=([1], [0]))  # out, height, width, in
        return scale * kernel.transpose(0, 3, 1, 2).reshape(len(up), -1)


Name = Callable[[str, str], str]


def sgm(path: str) -> str:
    """Call a layer of the U-Net as Stability does."""
    for block, other in BLOCKS.items():
        if path == block:
            return other
        if path.startswith(f"{block}."):
            rest = path.removeprefix(f"{block}.")
            return f"{other}.{INSIDE.get(rest, rest)}"
    raise KeyError(path)


def is_text(path: str) -> bool:
    return path.startswith("text_encoder")


def flat_text(path: str) -> str:
    part, _, rest = path.partition(".")
    return f"lora_te{2 if part.endswith('2') else 1}_{rest.replace('.', '_')}"


def kohya(path: str, part: str) -> str:
    flat = flat_text(path) if is_text(path) else f"lora_unet_{sgm(path).replace('.', '_')}"
    return f"{flat}.{part}"


def kohya_diffusers(path: str, part: str) -> str:
    flat = flat_text(path) if is_text(path) else f"lora_unet_{path.replace('.', '_')}"
    return f"{flat}.{part}"


def lycoris(path: str, part: str) -> str:
    return kohya_diffusers(path, part).replace("lora_unet_", "lycoris_")


def save_lora_weights(path: str, part: str) -> str:
    return f"{path if is_text(path) else f'unet.{path}'}.{AB.get(part, part)}"


def training_script(path: str, part: str) -> str:
    if is_text(path):
        return f"{path}.{DOWN_UP.get(part, part).replace('lora.', 'lora_linear_layer.')}"
    return f"unet.{path}.{DOWN_UP.get(part, part)}"


def processor(path: str, part: str) -> str:
    head, _, last = path.removesuffix(".0").rpartition(".")
    if last in {"to_q", "to_k", "to_v", "to_out"}:
        word = f"processor.{last}_{DOWN_UP.get(part, part)}"
        return f"{head}.{word}" if part in DOWN_UP else f"{head}.processor.{last}.{part}"
    return f"{path}.{DOWN_UP.get(part, part)}"


def peft(path: str, part: str) -> str:
    return f"base_model.model.{path}.{AB.get(part, part)}"


def peft_named(path: str, part: str) -> str:
    return peft(path, part).replace(".weight", ".default.weight")


def model_dotted(path: str, part: str) -> str:
    return f"diffusion_model.{sgm(path)}.{AB.get(part, part)}"


def model_flat(path: str, part: str) -> str:
    return f"diffusion_model_{sgm(path).replace('.', '_')}.{part}"


def newer_transformers(path: str, part: str) -> str:
    return save_lora_weights(path, part).replace("text_encoder.text_model.", "text_encoder.")


def exported_from_newer(path: str, part: str) -> str:
    return kohya(path, part).replace("lora_te1_text_model_", "lora_te1_")


def one_text_encoder(path: str, part: str) -> str:
    return kohya(path, part).replace("lora_te1_", "lora_te_")


#: Every accepted way to write names, and whether it can name the text encoders' layers.
SPELLINGS: dict[str, tuple[Name, bool]] = {
    "kohya-sgm": (kohya, True),
    "kohya-diffusers": (kohya_diffusers, True),
    "lycoris": (lycoris, True),
    "save-lora-weights": (save_lora_weights, True),
    "training-script": (training_script, True),
    "processor": (processor, False),
    "peft": (peft, False),
    "peft-named": (peft_named, False),
    "model-dotted": (model_dotted, False),
    "model-flat": (model_flat, False),
    "newer-transformers": (newer_transformers, True),
    "exported-from-newer": (exported_from_newer, True),
    "one-text-encoder": (one_text_encoder, True),
}


def spelled(pairs: Mapping[str, Pair], name: Name) -> dict[str, Array]:
    """Write layers down in some program's names."""
    tensors: dict[str, Array] = {}
    for path, pair in pairs.items():
        tensors[name(path, "lora_down.weight")] = pair.down
        tensors[name(path, "lora_up.weight")] = pair.up
        if pair.middle is not None:
            tensors[name(path, "lora_mid.weight")] = pair.middle
        if pair.alpha is not None:
            tensors[name(path, "alpha")] = np.asarray(pair.alpha, dtype=np.float32)
    return tensors


def write(
    path: Path, tensors: Mapping[str, NDArray[np.generic]], metadata: dict[str, str] | None = None
) -> Path:
    """Write a safetensors file; kinds follow from numpy's."""
    header: dict[str, object] = {"__metadata__": metadata or {}}
    at = 0
    kinds = {"float32": "F32", "float16": "F16", "float64": "F64", "uint16": "BF16", "int64": "I64"}
    pieces: list[bytes] = []
    for name, array in tensors.items():
        data = np.asarray(array).tobytes()
        kind = kinds[np.asarray(array).dtype.name]
        where = [at, at + len(data)]
        header[name] = {"dtype": kind, "shape": list(np.shape(array)), "data_offsets": where}
        at += len(data)
        pieces.append(data)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(pieces))
    return path
