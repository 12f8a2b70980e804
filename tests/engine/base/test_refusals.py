"""What is no SDXL base in one file is refused in the right sentence, from its header alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.base.header import MAX_HEADER_BYTES, MAX_TENSORS, read_checkpoint
from engine.base.kinds import check_kind
from engine.errors import JobFailed

UNET = "model.diffusion_model."
TEXT_1 = "conditioner.embedders.0.transformer.text_model.final_layer_norm.weight"
TEXT_2 = "conditioner.embedders.1.model.ln_final.weight"
VAE = "first_stage_model.decoder.conv_in.weight"
FIRST = UNET + "input_blocks.0.0.weight"
CROSS = UNET + "input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight"
SDXL = {FIRST: (8, 4, 3, 3), TEXT_1: (4,), TEXT_2: (4,), VAE: (4, 4, 3, 3), CROSS: (4, 2048)}


def write(file: Path, shapes: Mapping[str, tuple[int, ...]]) -> Path:
    """Write a file of one byte per number."""
    header, at = {}, 0
    for name, shape in shapes.items():
        size = 1
        for side in shape:
            size *= side
        header[name] = {"dtype": "U8", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    return pack(file, json.dumps(header).encode(), at)


def pack(file: Path, text: bytes, size: int = 0) -> Path:
    file.write_bytes(len(text).to_bytes(8, "little") + text + bytes(size))
    return file


def refusal(file: Path) -> JobFailed:
    with pytest.raises(JobFailed) as failed:
        check_kind(file, read_checkpoint(file))
    assert failed.value.facts["base"] == file.name
    return failed.value


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "some.safetensors"


def test_an_sdxl_base_is_none_of_these(file: Path) -> None:
    check_kind(file, read_checkpoint(write(file, SDXL)))


@pytest.mark.parametrize(
    ("shapes", "kind"),
    [
        ({FIRST: (8, 4, 3, 3), "cond_stage_model.transformer.text_model.x": (1,)},
         "Stable Diffusion 1.5"),
        ({FIRST: (8, 9, 3, 3), "cond_stage_model.transformer.text_model.x": (1,)},
         "Stable Diffusion 1.5"),
        ({FIRST: (8, 4, 3, 3), "cond_stage_model.model.ln_final.weight": (1,)},
         "Stable Diffusion 2"),
        ({UNET + "double_blocks.0.img_attn.proj.weight": (1,)}, "Flux"),
        ({"double_blocks.0.img_attn.proj.weight": (1,)}, "Flux"),
        ({UNET + "joint_blocks.0.x_block.attn.qkv.weight": (1,)}, "Stable Diffusion 3"),
        ({FIRST: (8, 4, 3, 3), CROSS: (4, 768)}, "Stable Diffusion 1.5"),
        ({FIRST: (8, 4, 3, 3), CROSS: (4, 1024)}, "Stable Diffusion 2"),
    ],
    ids=["1.5", "1.5 inpainting", "2", "flux", "flux bare", "3", "1.5 bare", "2 bare"],
)  # fmt: skip
def test_another_model_is_named(file: Path, shapes: dict[str, tuple[int, ...]], kind: str) -> None:
    failure = refusal(write(file, shapes))
    assert (failure.key, failure.facts["kind"]) == ("engine.base_other_model", kind)


@pytest.mark.parametrize(
    ("shapes", "key"),
    [
        ({FIRST: (8, 4, 3, 3), "conditioner.embedders.0.model.ln_final.weight": (4,)},
         "base_refiner"),
        (SDXL | {FIRST: (8, 9, 3, 3)}, "base_inpainting"),
        ({"lora_unet_input_blocks_4_1_proj_in.lora_down.weight": (4, 4)}, "base_lora"),
        ({"unet.down_blocks.1.attentions.0.proj_in.lora_A.weight": (4, 4)}, "base_lora"),
        ({"lora_unet_input_blocks_4_1_proj_in.hada_w1_a": (4, 4)}, "base_lora"),
        ({"down_blocks.0.resnets.0.conv1.weight": (4, 4)}, "base_only_a_part"),
        ({"anything.weight": (4, 4)}, "base_unknown"),
        ({}, "base_unknown"),
        ({FIRST: (8, 4, 3, 3), CROSS: (4, 2048)}, "base_incomplete"),
        ({name: shape for name, shape in SDXL.items() if name != VAE}, "base_incomplete"),
    ],
    ids=["refiner", "inpainting", "kohya", "peft", "loha", "part", "unknown", "empty",
         "bare", "no vae"],
)  # fmt: skip
def test_what_cannot_be_drawn_with_is_named(
    file: Path, shapes: dict[str, tuple[int, ...]], key: str
) -> None:
    assert refusal(write(file, shapes)).key == f"engine.{key}"


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("model.ckpt", b"PK\x03\x04 archive"),
        ("model.safetensors", b"PK\x03\x04 archive"),
        ("model.safetensors", b"\x80\x02}q\x00(X"),
        ("model.pt", b"anything"),
    ],
)
def test_a_pickle_is_never_opened(tmp_path: Path, name: str, start: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(start * 10)
    assert refusal(file).key == "engine.base_pickled"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"12345678",
        b"<!DOCTYPE html><html><body>403</body></html>",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 6938040682\n",
        (MAX_HEADER_BYTES + 1).to_bytes(8, "little") + b"{}",
    ],
    ids=["empty", "tiny", "page", "pointer", "endless header"],
)
def test_what_is_no_safetensors_file_is_said(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert refusal(file).key == "engine.base_not_safetensors"


def one(**changes: object) -> bytes:
    place = {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]} | changes
    return json.dumps({"a": place}).encode()


@pytest.mark.parametrize(
    "text",
    [
        b"{nonsense",
        b"{" + b'"a":[' * 100_000,
        b'{"a": 1}',
        b'{"a": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}, "a": {}}',
        b'{"__metadata__": {"a": 1}}',
        one(dtype="F4"),
        one(dtype=[]),
        one(shape=[-4]),
        one(shape=[2**60]),
        one(shape=[5]),
        one(data_offsets=[1, 5]),
        one(data_offsets=[0]),
        json.dumps(
            {str(i): {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}
             for i in range(MAX_TENSORS + 1)}
        ).encode(),
    ],
)  # fmt: skip
def test_a_damaged_header_is_said(file: Path, text: bytes) -> None:
    assert refusal(pack(file, text, 4)).key == "engine.base_broken"


def test_a_tail_is_damage(file: Path) -> None:
    assert refusal(pack(file, one(), 5)).key == "engine.base_broken"
