"""WD taggers are read as their authors wrote them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from engine.captions.wd import SIDE, THRESHOLD_KEY, WdTagger, prepared
from engine.captions.wd_tags import Category, read_tags, spelled
from engine.errors import JobFailed

Write = Callable[..., Path]
#: The tiny tagger adds 200,000 pixels up in float32.
SUM = 0.005


def test_pixels_arrive_as_bgr_from_0_to_255_in_nhwc(tagger_folder: Write) -> None:
    tagger = WdTagger(tagger_folder())
    (row,) = tagger.probabilities([Image.new("RGB", (448, 448), (255, 102, 51))])
    # rating 1, then blue, green, red
    assert row.tolist() == pytest.approx([1.0, 0.2, 0.4, 1.0], abs=SUM)


def test_output_is_taken_as_probabilities_without_a_second_sigmoid(tagger_folder: Write) -> None:
    tagger = WdTagger(tagger_folder())
    (reading,) = tagger.read([Image.new("RGB", (448, 448), (255, 255, 0))])
    assert reading.ratings == pytest.approx({"general": 1.0}, abs=SUM)
    assert reading.general == pytest.approx({"^_^": 1.0}, abs=SUM)
    assert reading.characters == pytest.approx({"hatsune miku": 1.0}, abs=SUM)


def test_surest_tag_comes_first(tagger_folder: Write) -> None:
    (reading,) = WdTagger(tagger_folder(), threshold=0.1).read(
        [Image.new("RGB", (448, 448), (0, 51, 204))]
    )
    assert list(reading.general) == ["long hair", "^_^"]


def test_any_number_of_pictures_goes_through(tagger_folder: Write) -> None:
    tagger = WdTagger(tagger_folder())
    shades = [Image.new("L", (20, 20), 10 * number) for number in range(11)]
    found = tagger.probabilities(shades)
    assert found.shape == (11, 4)
    assert found[:, 1].tolist() == pytest.approx([10 * n / 255 for n in range(11)], abs=SUM)
    assert tagger.read([]) == []


def test_picture_is_laid_on_a_white_square() -> None:
    wide = Image.new("RGB", (64, 32), (0, 0, 0))
    seen = prepared(wide)
    assert seen.shape == (SIDE, SIDE, 3)
    assert seen[:80].min() == 255
    assert seen[SIDE // 2].max() == 0
    assert prepared(Image.new("RGBA", (8, 8), (0, 0, 0, 0))).min() == 255


@pytest.mark.parametrize(
    ("name", "threshold"),
    [("wd-eva02-large-tagger-v3", 0.5296), ("wd-vit-tagger-v3/snapshots/0a1b", 0.2614)],
    ids=["folder", "hub cache"],
)
def test_threshold_is_the_model_s_own(tagger_folder: Write, name: str, threshold: float) -> None:
    assert WdTagger(tagger_folder(name)).threshold == threshold


def test_built_in_tagger_carries_its_threshold(tagger_folder: Write) -> None:
    folder = tagger_folder("tagger", metadata={THRESHOLD_KEY: "0.41"})
    assert WdTagger(folder).threshold == pytest.approx(0.41)


def test_unknown_tagger_needs_a_threshold(tagger_folder: Write) -> None:
    folder = tagger_folder("some-tagger")
    assert WdTagger(folder, threshold=0.3).threshold == 0.3
    with pytest.raises(JobFailed, match="no threshold"):
        WdTagger(folder)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"side": 224}, "its input is"),
        ({"outputs": 5}, "its list has 4 tags"),
        ({"rows": ("id,name", "1,a")}, "first line"),
        ({"rows": ("tag_id,name,category,count", "1,a,7,1")}, "line 2"),
        ({"rows": ("tag_id,name,category,count", "1,a")}, "line 2"),
        ({"rows": ("tag_id,name,category,count",)}, "0 tags"),
    ],
    ids=["size", "outputs", "header", "category", "short row", "empty"],
)
def test_other_files_are_refused_in_words(
    tagger_folder: Write, change: dict[str, object], reason: str
) -> None:
    with pytest.raises(JobFailed, match=reason):
        WdTagger(tagger_folder(**change))


def test_what_is_no_model_is_refused_in_words(tagger_folder: Write) -> None:
    folder = tagger_folder()
    (folder / "model.onnx").write_bytes(b"\0" * 40)
    with pytest.raises(JobFailed) as failed:
        WdTagger(folder)
    assert failed.value.key == "tagger.unreadable"
    (folder / "model.onnx").unlink()
    with pytest.raises(JobFailed):
        WdTagger(folder)


@pytest.mark.parametrize("face", ["^_^", "o_o", "0_0", "(o)_(o)", "<|>_<|>", "||_||", ">_<"])
def test_faces_keep_their_underscores(face: str) -> None:
    assert spelled(face) == face


def test_words_get_blanks() -> None:
    assert spelled("v-shaped_eyebrows") == "v-shaped eyebrows"
    assert spelled("1girl") == "1girl"


def test_list_of_tags_keeps_its_order_and_kinds(tagger_folder: Write) -> None:
    tags = read_tags(tagger_folder() / "selected_tags.csv")
    assert [tag.name for tag in tags] == ["general", "long hair", "^_^", "hatsune miku"]
    kinds = [Category.RATING, Category.GENERAL, Category.GENERAL, Category.CHARACTER]
    assert [tag.category for tag in tags] == kinds
    assert tags[1].count == 4350743
