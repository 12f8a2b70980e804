"""A base is a place on this machine, or a name in the hub's cache; nothing is fetched."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.base import place
from engine.base.loading import load_base
from engine.base.place import SDXL_CONFIG, base_name, find_base
from engine.errors import JobFailed


@pytest.fixture
def cache(tiny_base_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a hub cache that holds someone/noobTiny; return its snapshot."""
    repo = tmp_path / "hub" / "models--someone--noobTiny"
    snapshot = repo / "snapshots" / "abc123"
    snapshot.parent.mkdir(parents=True)
    shutil.copytree(tiny_base_folder, snapshot)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text("abc123")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return snapshot


def test_a_hub_name_is_looked_up_in_the_cache(cache: Path) -> None:
    base = load_base("someone/noobTiny")
    assert (base.name, base.family) == ("noobTiny", "noobai")


def test_what_is_not_in_the_cache_says_what_fetches_it(cache: Path) -> None:
    with pytest.raises(JobFailed) as failed:
        find_base("someone/else")
    assert failed.value.key == "engine.base_uncached"
    assert failed.value.facts == {"base": "someone/else"}


@pytest.mark.parametrize("name", ["nowhere", "a/b/c", "/nowhere/at/all"])
def test_what_is_no_hub_name_is_missing(name: str) -> None:
    with pytest.raises(JobFailed) as failed:
        find_base(name)
    assert failed.value.key == "engine.base_missing"


def test_a_repository_of_half_precision_alone_loads(cache: Path) -> None:
    for part in place.PARTS:
        for file in (cache / part).glob("*.safetensors"):
            file.rename(file.with_name(file.name.replace(".safetensors", ".fp16.safetensors")))
    assert load_base("someone/noobTiny").name == "noobTiny"


def test_a_file_takes_the_configurations_that_come_with_us(tmp_path: Path) -> None:
    file = tmp_path / "pony.v6.safetensors"
    file.touch()
    found = find_base(file)
    assert (found.name, found.config, found.is_file) == ("pony.v6", SDXL_CONFIG, True)


def test_names_have_no_way_and_no_ending() -> None:
    assert base_name(Path("models/ponyXL_v6.safetensors")) == "ponyXL_v6"
    assert base_name(Path("someone/model-v1.5")) == "model-v1.5"
