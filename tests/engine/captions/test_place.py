"""A captioner's files are found where the host put them, and never fetched."""

from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import constants

from engine.captions.place import TAGGER_FILES, find_model
from engine.captions.wd import WdTagger
from engine.errors import JobFailed
from tests.engine.captions.conftest import write_tagger

NAME = "SmilingWolf/wd-eva02-large-tagger-v3"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the hub's cache somewhere else; the library reads this constant at every call."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def test_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    folder = write_tagger(tmp_path / "mine")
    assert find_model(str(folder), TAGGER_FILES) == folder


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    folder = write_tagger(tmp_path / "mine")
    (folder / "selected_tags.csv").unlink()
    with pytest.raises(JobFailed) as failed:
        find_model(str(folder), TAGGER_FILES)
    assert failed.value.key == "caption.model_missing"
    assert failed.value.facts == {"model": "mine", "files": "selected_tags.csv"}


def test_a_downloaded_model_is_found_by_its_name_and_keeps_its_threshold(cache: Path) -> None:
    with pytest.raises(JobFailed) as failed:
        find_model(NAME, TAGGER_FILES)
    assert failed.value.facts == {"model": NAME, "files": ", ".join(TAGGER_FILES)}
    kept = cache / f"models--{NAME.replace('/', '--')}"
    write_tagger(kept / "snapshots" / "abc")
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("abc")
    found = find_model(NAME, TAGGER_FILES)
    assert found == kept / "snapshots" / "abc"
    assert WdTagger(found).threshold == 0.5296
