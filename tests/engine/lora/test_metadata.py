"""What other programs read in a style's file, found by a second reader, and what it never says."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from engine.base.loading import LoadedBase
from engine.lora.metadata import StyleFacts, style_metadata
from engine.lora.streaming import MAX_HEADER_BYTES, TensorKind, write_hashed
from engine.lora.thumbnails import MOST_THUMBNAIL_BYTES, with_thumbnail
from engine.lora.weights import Lora
from engine.lora.writing import write_style

BARE = StyleFacts(
    name="mira",
    rank=4,
    alpha=2.0,
    step=10,
    steps=20,
    drawings=30,
    width=1024,
    height=1024,
    base="pony",
    base_sha256="ab" * 32,
    family="pony",
    recipe="own",
    recipe_version=1,
    learning_rate=1e-4,
    batch=4,
    seed=1,
)
FULL = dataclasses.replace(
    BARE,
    trigger="mirastyle",
    tag_frequency={"1girl": 30, "red hair": 12, 'quote " and ё': 3},
    trained_ms=1_767_225_600_000,  # 2026-01-01T00:00:00Z
    prediction="v_prediction",
)


def library(path: Path) -> dict[str, str]:
    """Read the metadata as every other program does: with the safetensors library."""
    with safe_open(path, framework="pt") as opened:
        return opened.metadata()


@pytest.fixture
def write(
    tiny_base: LoadedBase, make_style: Callable[..., Lora], tmp_path: Path
) -> Callable[[StyleFacts], Path]:
    def written(facts: StyleFacts) -> Path:
        path = tmp_path / "mira.safetensors"
        write_style(path, make_style(1), tiny_base.layout, style_metadata(facts))
        return path

    return written


def test_all_that_other_programs_look_for_is_there(write: Callable[[StyleFacts], Path]) -> None:
    found = library(write(FULL))
    said = {
        # A1111 and Forge: which models it fits, how it is called in a prompt, the info table
        "ss_base_model_version": "sdxl_base_v1-0",
        "ss_output_name": "mira",
        "ss_sd_model_name": "pony",
        "ss_resolution": "(1024, 1024)",
        "ss_num_train_images": "30",
        "ss_training_started_at": "1767225600.0",
        # sd-scripts, to go on training
        "ss_network_module": "networks.lora",
        "ss_network_dim": "4",
        "ss_network_alpha": "2.0",
        "ss_v2": "False",
        "ss_steps": "10",
        "ss_learning_rate": "0.0001",
        # InvokeAI, ComfyUI's library, SwarmUI
        "modelspec.sai_model_spec": "1.0.1",
        "modelspec.architecture": "stable-diffusion-xl-v1-base/lora",
        "modelspec.title": "mira",
        "modelspec.tags": "style, pony",
        "modelspec.trigger_phrase": "mirastyle",
        "modelspec.resolution": "1024x1024",
        "modelspec.prediction_type": "v",
        "modelspec.date": "2026-01-01T00:00:00Z",
    }
    assert {key: found.get(key) for key in said} == said


def test_tags_are_said_under_a_folder_that_says_nothing(
    write: Callable[[StyleFacts], Path],
) -> None:
    found = library(write(FULL))
    assert json.loads(found["ss_tag_frequency"]) == {"drawings": FULL.tag_frequency}
    assert json.loads(found["ss_dataset_dirs"]) == {"drawings": {"n_repeats": 1, "img_count": 30}}


def test_what_the_artist_did_not_give_is_not_said(write: Callable[[StyleFacts], Path]) -> None:
    found = library(write(BARE))
    silent = {
        "ss_tag_frequency",
        "ss_training_started_at",
        "modelspec.trigger_phrase",
        "modelspec.date",
        "modelspec.author",
    }
    assert silent & set(found) == set()


def test_both_hashes_are_those_of_their_definitions(tmp_path: Path) -> None:
    """Large enough that the legacy hash has something to look at, 1 MiB into the file."""
    generator = torch.Generator().manual_seed(7)
    tensors = {
        f"lora_unet_{n}.lora_up.weight": torch.randn(300, 700, generator=generator).half()
        for n in range(4)
    }
    kinds = {
        name: TensorKind(dtype="F16", shape=tuple(t.shape), size_bytes=t.nbytes)
        for name, t in tensors.items()
    }
    path = tmp_path / "large.safetensors"
    metadata = style_metadata(FULL)
    write_hashed(path, kinds, metadata, lambda name: tensors[name].numpy().tobytes())

    found, data = library(path), path.read_bytes()
    body = data[8 + int.from_bytes(data[:8], "little") :]
    assert found["sshs_model_hash"] == hashlib.sha256(body).hexdigest()
    assert found["modelspec.hash_sha256"] == f"0x{hashlib.sha256(body).hexdigest()}"
    trained = {key: value for key, value in metadata.items() if key.startswith("ss_")}
    again = _serialised(body, {n: list(t.shape) for n, t in tensors.items()}, trained)
    window = again[1024 * 1024 : 1024 * 1024 + 64 * 1024]
    assert len(window) == 64 * 1024
    assert found["sshs_legacy_hash"] == hashlib.sha256(window).hexdigest()[:8]
    assert all(torch.equal(load_file(path)[name], tensor) for name, tensor in tensors.items())


def _serialised(body: bytes, shapes: dict[str, list[int]], metadata: dict[str, str]) -> bytes:
    """Write the same tensors again, with other metadata, in the test's own words."""
    header: dict[str, Any] = {"__metadata__": {key: metadata[key] for key in sorted(metadata)}}
    start = 0
    for name in sorted(shapes):
        end = start + 2 * shapes[name][0] * shapes[name][1]
        header[name] = {"dtype": "F16", "shape": shapes[name], "data_offsets": [start, end]}
        start = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + body


def test_the_header_stays_under_a_megabyte_whatever_is_said(tmp_path: Path) -> None:
    """With as many names as an SDXL file of U-Net, convolutions and both text encoders has."""
    facts = dataclasses.replace(
        FULL,
        tag_frequency={f"«тег» number {n}": 100_000 - n for n in range(100_000)},
        trigger="ё" * 10_000,
    )
    name = "lora_unet_output_blocks_2_1_transformer_blocks_9_attn2_to_out_{}.lora_down.weight"
    kinds = {name.format(n): TensorKind(dtype="F16", shape=(1,), size_bytes=2) for n in range(3105)}
    path = tmp_path / "full.safetensors"
    write_hashed(path, kinds, style_metadata(facts), lambda _: b"\0\0")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    pictured = tmp_path / "pictured.safetensors"
    with_thumbnail(path, pictured, b"x" * MOST_THUMBNAIL_BYTES, sha256)
    assert int.from_bytes(pictured.read_bytes()[:8], "little") < MAX_HEADER_BYTES
    kept = json.loads(library(path)["ss_tag_frequency"])["drawings"]
    assert 100 < len(kept) < 100_000
    assert list(kept.values()) == [100_000 - n for n in range(len(kept))]
