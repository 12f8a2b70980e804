"""The training pictures are those of the present generator, or refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.builtin import gallery
from engine.builtin.drawing import draw
from engine.builtin.gallery import open_gallery


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(gallery, "PICTURES", 4)
    monkeypatch.setattr(gallery, "CHUNK", 2)
    open_gallery(tmp_path, workers=1)
    return tmp_path


def test_pictures_are_kept_with_all_that_is_known_of_them(folder: Path) -> None:
    kept = open_gallery(folder)
    drawn = [draw(seed) for seed in range(4)]
    assert np.array_equal(kept.pixels, np.stack([np.asarray(each.picture) for each in drawn]))
    assert kept.tags == [drawing.tags for drawing in drawn]
    assert kept.scores == [drawing.score for drawing in drawn]
    assert kept.faces == [drawing.face for drawing in drawn]


def test_pictures_of_another_generator_are_refused(folder: Path) -> None:
    pixels = np.load(folder / "pictures.npy")
    np.save(folder / "pictures.npy", 255 - pixels)
    with pytest.raises(ValueError, match="older generator"):
        open_gallery(folder)


def test_pictures_without_faces_are_refused(folder: Path) -> None:
    lines = (folder / "pictures.jsonl").read_text(encoding="utf-8").replace('"face"', '"gesture"')
    (folder / "pictures.jsonl").write_text(lines, encoding="utf-8")
    with pytest.raises(ValueError, match=r"remove pictures\.npy"):
        open_gallery(folder)
