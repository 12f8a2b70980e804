"""A picture goes into a finished file, and all else of it stays as it is."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from engine.base.loading import LoadedBase
from engine.errors import JobFailed
from engine.lora.foreign.about import about
from engine.lora.in_diffusers import read_in_diffusers
from engine.lora.metadata import style_metadata
from engine.lora.reading import read_header
from engine.lora.tensors import read_style
from engine.lora.thumbnails import MOST_THUMBNAIL_BYTES, plain_sha256, with_thumbnail
from engine.lora.weights import Lora
from engine.lora.writing import write_style
from tests.engine.lora.test_metadata import FULL

JPEG = b"\xff\xd8\xff\xe0 a small picture \xff\xd9"


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def library(path: Path) -> dict[str, str]:
    with safe_open(path, framework="pt") as opened:
        return opened.metadata()


def body(path: Path) -> bytes:
    data = path.read_bytes()
    return data[8 + int.from_bytes(data[:8], "little") :]


@pytest.fixture
def plain(tiny_base: LoadedBase, make_style: Callable[..., Lora], tmp_path: Path) -> Path:
    path = tmp_path / "mira.safetensors"
    write_style(path, make_style(1), tiny_base.layout, style_metadata(FULL))
    return path


@pytest.fixture
def pictured(plain: Path, tmp_path: Path) -> Path:
    path = tmp_path / "pictured.safetensors"
    assert with_thumbnail(plain, path, JPEG, sha256_of(plain)) == sha256_of(path)
    return path


def test_every_program_finds_the_picture_where_it_looks(plain: Path, pictured: Path) -> None:
    before, after = library(plain), library(pictured)
    thumbnail = after.pop("modelspec.thumbnail").removeprefix("data:image/jpeg;base64,")
    assert base64.b64decode(thumbnail, validate=True) == JPEG
    covers = json.loads(after.pop("ssmd_cover_images"))
    assert [base64.b64decode(cover, validate=True) for cover in covers] == [JPEG]
    assert after == before, "nothing else is said, and nothing less"
    assert about(library(pictured)).preview == JPEG


def test_the_tensors_stay_byte_for_byte(plain: Path, pictured: Path) -> None:
    assert body(pictured) == body(plain)
    digest = hashlib.sha256(body(pictured)).hexdigest()
    assert library(pictured)["sshs_model_hash"] == digest
    loaded, wanted = load_file(pictured), load_file(plain)
    assert loaded.keys() == wanted.keys()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in wanted.items())


def test_our_reader_and_diffusers_read_the_same_style(
    plain: Path, pictured: Path, tiny_base: LoadedBase
) -> None:
    config = tiny_base.unet.model.config
    ours = [read_style(path, tiny_base.names) for path in (plain, pictured)]
    theirs = [read_in_diffusers(path, config) for path in (plain, pictured)]
    for one, other in (ours, theirs):
        assert one.modules.keys() == other.modules.keys()
        for name, layer in one.modules.items():
            assert torch.equal(layer.down, other.modules[name].down)
            assert torch.equal(layer.up, other.modules[name].up)
            assert layer.alpha == other.modules[name].alpha


def test_a_file_without_tags_gets_none(
    tiny_base: LoadedBase, make_style: Callable[..., Lora], tmp_path: Path
) -> None:
    private, copy = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    facts = dataclasses.replace(FULL, tag_frequency=None)
    write_style(private, make_style(1), tiny_base.layout, style_metadata(facts))
    with_thumbnail(private, copy, JPEG, sha256_of(private))
    assert "ss_tag_frequency" not in library(copy)
    assert b"red hair" not in copy.read_bytes()


def test_the_same_file_and_picture_make_the_same_bytes(
    plain: Path, pictured: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.safetensors"
    with_thumbnail(plain, again, JPEG, sha256_of(plain))
    assert again.read_bytes() == pictured.read_bytes()
    # also from a file that has a picture already
    twice = tmp_path / "twice.safetensors"
    with_thumbnail(pictured, twice, JPEG, sha256_of(pictured))
    assert twice.read_bytes() == pictured.read_bytes()


def test_a_handed_file_is_known_by_what_it_was_made_of(plain: Path, pictured: Path) -> None:
    assert plain_sha256(pictured, read_header(pictured)) == sha256_of(plain)
    assert plain_sha256(plain, read_header(plain)) is None


def test_what_cannot_be_is_refused(plain: Path, tmp_path: Path) -> None:
    target, sha256 = tmp_path / "new.safetensors", sha256_of(plain)
    with pytest.raises(ValueError, match="damaged"):
        with_thumbnail(plain, target, JPEG, "0" * 64)
    with pytest.raises(ValueError, match="picture of"):
        with_thumbnail(plain, target, b"x" * (MOST_THUMBNAIL_BYTES + 1), sha256)
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(plain.read_bytes()[:-1])
    with pytest.raises(JobFailed):
        with_thumbnail(broken, target, JPEG, sha256_of(broken))
