"""Files are looked into with limits before any library sees them."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import JobFailed
from engine.lora.reading import MAX_HEADER_BYTES, MAX_TENSORS, read_header

ONE = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def safetensors(path: Path, header: object, data: bytes = b"\0" * 8) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


def test_a_good_header_is_read(tmp_path: Path) -> None:
    spelled = {"__metadata__": {"a": "b"}, "x": ONE}
    header = read_header(safetensors(tmp_path / "f", spelled))
    assert header.metadata == {"a": "b"}
    assert header.tensors["x"].shape == (2,)
    assert header.data_start == 8 + len(json.dumps(spelled))


def with_one(**change: object) -> dict[str, object]:
    return {"x": ONE | change}


BROKEN: dict[str, object] = {
    "not-json": b"{",
    "deep": b"[" * 100_000,
    "list": [],
    "twice": b'{"x": {"dtype":"F32","shape":[2],"data_offsets":[0,8]},'
    b' "x": {"dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
    "metadata-number": {"__metadata__": {"a": 1}, "x": ONE},
    "metadata-list": {"__metadata__": [], "x": ONE},
    "unknown-kind": with_one(dtype="Q4"),
    "kind-list": with_one(dtype=["F32"]),
    "negative-shape": with_one(shape=[-2]),
    "bool-shape": with_one(shape=[True, 2]),
    "huge-shape": with_one(shape=[2**60]),
    "many-dimensions": with_one(shape=[1] * 9 + [2]),
    "wrong-size": with_one(shape=[3]),
    "backwards": with_one(data_offsets=[8, 0]),
    "three-offsets": with_one(data_offsets=[0, 8, 9]),
    "beyond": with_one(shape=[4], data_offsets=[0, 16]),
    "extra-field": with_one(stride=1),
    "gap": {"x": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}},
    "overlap": {"x": ONE, "y": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}},
    "tail": {"x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}},
    "no-tensor-described": {"x": 5},
}


@pytest.mark.parametrize("header", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_header_is_refused(tmp_path: Path, header: object) -> None:
    with pytest.raises(JobFailed) as failed:
        read_header(safetensors(tmp_path / "bad.safetensors", header))
    assert failed.value.key.startswith("lora.")
    assert failed.value.facts["file"] == "bad.safetensors"


@pytest.mark.parametrize(
    "data",
    [b"", b"1234567", struct.pack("<Q", 2**63), struct.pack("<Q", 100) + b"{}", b"PK\3\4" * 100],
    ids=["empty", "short", "huge-header", "cut-header", "zip"],
)
def test_other_files_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "f"
    path.write_bytes(data)
    with pytest.raises(JobFailed):
        read_header(path)


def test_a_header_over_the_limit_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "f"
    with path.open("wb") as file:
        file.write(struct.pack("<Q", MAX_HEADER_BYTES + 1))
        file.truncate(MAX_HEADER_BYTES + 100)
    with pytest.raises(JobFailed):
        read_header(path)


def test_too_many_tensors_are_refused(tmp_path: Path) -> None:
    empty = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    header = {str(number): empty for number in range(MAX_TENSORS + 1)}
    with pytest.raises(JobFailed, match=r"lora\.many.*20001"):
        read_header(safetensors(tmp_path / "f", header, b""))


def test_looking_needs_no_torch() -> None:
    modules = "engine.lora.reading, engine.lora.names, engine.lora.metadata, engine.base.families"
    modules += ", engine.base.tokens, engine.pictures.metadata, engine.pictures.recipe_json"
    modules += ", engine.training.recipes, engine.captions.plain"
    code = f"import sys; import {modules}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
