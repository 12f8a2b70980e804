"""LoRA files that are none for the built-in base, each with the sentence that refuses it."""

from __future__ import annotations

import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

LAYER = "lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q"
KEYS = "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k"
CONV = "lora_unet_input_blocks_1_0_in_layers_2"
SCRIPT = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q"
#: of the built-in base: the layer's width, its text's
WIDE, TEXT, RANK = 96, 256, 4

Make = Callable[[Path], None]
FILES: dict[str, tuple[str, Make]] = {}


def listed(key: str, name: str) -> Callable[[Make], Make]:
    def add(make: Make) -> Make:
        FILES[name] = (key, make)
        return make

    return add


def raw(path: Path, header: bytes, body: bytes = b"", *, length: int | None = None) -> None:
    size = len(header) if length is None else length
    path.write_bytes(struct.pack("<Q", size) + header + body)


def lay(path: Path, tensors: dict[str, Any], metadata: dict[str, str] | None = None) -> None:
    from tests.engine.lora.foreign_files import write

    write(path, tensors, metadata)


def zeros(*shape: int, kind: Any = np.float16) -> Any:
    return np.zeros(shape, dtype=kind)


def good(layer: str = LAYER, out: int = WIDE, into: int = WIDE, rank: int = RANK) -> dict[str, Any]:
    return {
        f"{layer}.lora_down.weight": zeros(rank, into),
        f"{layer}.lora_up.weight": zeros(out, rank),
        f"{layer}.alpha": np.float32(rank),
    }


def described(dtype: object = "F16", shape: object = (4, 96), offsets: object = (0, 768)) -> bytes:
    one = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
    return json.dumps({f"{LAYER}.lora_down.weight": one}).encode()


def add_raw(
    key: str, name: str, header: bytes, body: bytes = b"", length: int | None = None
) -> None:
    FILES[name] = (key, lambda path: raw(path, header, body, length=length))


def add(key: str, name: str, tensors: dict[str, Any], **metadata: str) -> None:
    FILES[name] = (key, lambda path: lay(path, tensors, metadata))


BODY = bytes(768)
add_raw("lora.not_safetensors", "empty-object-list", b"[]      ")
add_raw("lora.header_broken", "not-json", b"{oh no}")
add_raw("lora.header_broken", "deep", b'{"a":' + b"[" * 2_000_000)
add_raw("lora.header_broken", "huge-number", b'{"a":' + b"9" * 1_000_000 + b"}")
add_raw("lora.header_broken", "not-unicode", b'{"\xff\xfe": 1}')
add_raw("lora.header_broken", "metadata-is-a-list", b'{"__metadata__": [1]}')
add_raw("lora.header_broken", "metadata-is-nested", b'{"__metadata__": {"a": {"b": "c"}}}')
add_raw("lora.cut", "header-longer-than-the-file", b"{}", length=5_000)
add_raw("lora.header_large", "header-of-exabytes", b"{}" + bytes(64), length=2**63)
add_raw("lora.tensor_bad", "negative-shape", described(shape=[-4, -96]), BODY)
add_raw("lora.tensor_bad", "shape-of-booleans", described(shape=[True, 384]), BODY)
add_raw("lora.tensor_bad", "shape-of-floats", described(shape=[4.0, 96.0]), BODY)
add_raw("lora.tensor_bad", "huge-shape", described(shape=[2**40, 2**40]), BODY)
add_raw("lora.tensor_bad", "nine-dimensions", described(shape=[1] * 8 + [384]), BODY)
add_raw("lora.tensor_bad", "backward-offsets", described(offsets=[768, 0]), BODY)
add_raw("lora.tensor_bad", "three-offsets", described(offsets=[0, 768, 768]), BODY)
add_raw("lora.tensor_bad", "short-offsets", described(offsets=[0, 700]), BODY)
add_raw("lora.tensor_bad", "no-description", b'{"x": "a tensor"}')
add_raw("lora.tensor_bad", "endless-name", json.dumps({"x" * 1_000_000: {}}).encode())
add_raw("lora.dtype", "float8", described(dtype="F8_E4M3", offsets=[0, 384]), bytes(384))
add_raw("lora.cut", "truncated", described(), BODY[:100])
add_raw("lora.tail", "with-a-tail", described(), BODY + b"hidden")
add_raw("lora.overlap", "with-a-gap", described(offsets=[8, 776]), bytes(776))
add_raw("lora.twice", "one-key-twice", b'{"x": {}, "x": {}}')
add_raw(
    "lora.twice",
    "one-field-twice",
    b'{"x": {"dtype":"F16","dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
)

add("lora.numbers", "nan", good() | {f"{LAYER}.lora_up.weight": zeros(WIDE, RANK) + np.nan})
add("lora.numbers", "infinity", good() | {f"{LAYER}.lora_down.weight": zeros(RANK, WIDE) - np.inf})
add("lora.numbers", "alpha-nan", good() | {f"{LAYER}.alpha": np.float32(np.nan)})
add("lora.alpha", "two-alphas", good() | {f"{LAYER}.alpha": zeros(2)})
add(
    "lora.dtype",
    "whole-numbers",
    good() | {f"{LAYER}.lora_up.weight": zeros(WIDE, RANK, kind=np.int64)},
)
add(
    "lora.dtype",
    "doubles",
    good() | {f"{LAYER}.lora_up.weight": zeros(WIDE, RANK, kind=np.float64)},
)
add("lora.half", "down-without-up", {f"{LAYER}.lora_down.weight": zeros(RANK, WIDE)})
add("lora.half", "alpha-alone", {f"{LAYER}.alpha": np.float32(1)})
add("lora.ranks", "two-ranks", good() | {f"{LAYER}.lora_up.weight": zeros(WIDE, 8)})
add("lora.ranks", "rank-zero", good(rank=0))
add("lora.rank_high", "rank-of-thousands", good(rank=5_000))
add("lora.shape", "three-dimensions", good() | {f"{LAYER}.lora_up.weight": zeros(WIDE, RANK, 1)})
add(
    "lora.twice",
    "one-layer-in-two-spellings",
    good() | good("lora_unet_" + SCRIPT.replace(".", "_")),
)
add(
    "lora.unknown_layers",
    "one-layer-too-many",
    good() | good("lora_unet_input_blocks_99_1_proj_in"),
)
add("lora.unknown_layers", "layer-of-another-width", good(out=97))
add("lora.unknown_layers", "kernel-of-another-size", {
    f"{CONV}.lora_down.weight": zeros(RANK, 64, 5, 5),
    f"{CONV}.lora_up.weight": zeros(64, RANK, 1, 1),
})  # fmt: skip
add("lora.wrong_base", "sd15", good(KEYS, into=768))
add("lora.wrong_base", "sd2", good(KEYS, into=1024))
add("lora.wrong_base", "sdxl-refiner", good(KEYS, into=1280))
add("lora.wrong_base", "flux", good("lora_unet_double_blocks_0_img_attn_proj", 3072, 3072))
add("lora.wrong_base", "flux-diffusers", {
    f"transformer.single_transformer_blocks.0.attn.to_q.lora_{half}.weight": zeros(4, 4)
    for half in "AB"
})  # fmt: skip
add("lora.wrong_base", "sd3", good("lora_unet_joint_blocks_0_x_block_attn_proj", 1536, 1536))
add("lora.wrong_base", "sd3-by-its-word", good("lora_te3_x"), ss_base_model_version="sd3_medium")
add("lora.not_lora", "something-else", {"latents": zeros(4, 4)})
add("lora.whole_model", "whole-model", {
    f"model.diffusion_model.input_blocks.{n}.0.weight": zeros(4, 4) for n in range(9)
})  # fmt: skip
for part, kind in (("dora_scale", "dora"), ("hada_w1_a", "loha"), ("lokr_w1", "lokr"),
                   ("oft_blocks", "oft"), ("diff", "full"), ("w_norm", "norm")):  # fmt: skip
    add("style.other_kind", kind, good() | {f"{LAYER}.{part}": zeros(WIDE, 1)})


@listed("lora.not_safetensors", "empty")
def empty(path: Path) -> None:
    path.write_bytes(b"")


@listed("lora.not_safetensors", "noise")
def noise(path: Path) -> None:
    path.write_bytes(np.random.default_rng(1).bytes(4096))


@listed("lora.pickle", "pickle")
def pickled(path: Path) -> None:
    path.write_bytes(pickle.dumps({"lora_unet_x": [1.0]}))


@listed("lora.archive", "zip")
def zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("lora.safetensors", b"\0" * 1000)


@listed("lora.page", "web-page")
def page(path: Path) -> None:
    path.write_text("<!DOCTYPE html><html><body>Please log in</body></html>")


@listed("lora.pointer", "lfs-pointer")
def pointer(path: Path) -> None:
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n")


@listed("lora.header_large", "header-of-9-mb")
def long_header(path: Path) -> None:
    raw(path, json.dumps({"__metadata__": {"a": "b" * 9_000_000}}).encode())


@listed("lora.header_large", "300,000-keys")
def very_many(path: Path) -> None:
    one = {"dtype": "F16", "shape": [0], "data_offsets": [0, 0]}
    raw(path, json.dumps({f"{LAYER}.{n}": one for n in range(300_000)}).encode())


@listed("lora.many", "as-many-keys-as-a-header-takes")
def many(path: Path) -> None:
    one = '{"dtype":"F16","shape":[0],"data_offsets":[0,0]}'
    keys = ",".join(f'"{number:x}":{one}' for number in range(140_000))
    raw(path, f"{{{keys}}}".encode())


@listed("lora.many", "300,000-empty-objects")
def tiny_keys(path: Path) -> None:
    keys = ",".join(f'"{number:x}":{{}}' for number in range(300_000))
    raw(path, f"{{{keys}}}".encode())


@listed("lora.header_broken", "a-million-words-of-metadata")
def very_wordy(path: Path) -> None:
    words = ",".join(f'"{number:x}":""' for number in range(700_000))
    raw(path, f'{{"__metadata__":{{{words}}}}}'.encode())


@listed("lora.header_broken", "a-million-lists")
def very_listed(path: Path) -> None:
    raw(path, b'{"x":[' + b"[]," * 1_000_000 + b"[]]}")


@listed("lora.overlap", "two-in-one-place")
def overlapping(path: Path) -> None:
    one = {"dtype": "F16", "shape": [4, 96], "data_offsets": [0, 768]}
    both = {f"{LAYER}.lora_{half}.weight": one for half in ("down", "up")}
    raw(path, json.dumps(both).encode(), BODY)


@listed("lora.file_large", "five-gigabytes")
def enormous(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(5 << 30)  # a hole: it takes no room
