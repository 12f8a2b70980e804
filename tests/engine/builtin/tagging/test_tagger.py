"""The built-in tagger, from its training to the file that is shipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from engine.builtin.budget import Budget
from engine.builtin.drawing import draw
from engine.builtin.gallery import Gallery
from engine.builtin.tagging import training
from engine.builtin.tagging.labels import NO_COLOUR, RATINGS, all_labels
from engine.builtin.tagging.shipping import best_threshold, write_tagger
from engine.builtin.tagging.sight import round_trip, shrinking
from engine.builtin.tagging.training import load_tagger, seen, train_tagger
from engine.builtin.tagging.unseen import micro_f1
from engine.builtin.vocabulary import COLOURS, all_tags
from engine.captions.wd import WdTagger, prepared
from engine.captions.wd_tags import Category


@pytest.fixture(scope="module")
def gallery() -> Gallery:
    drawings = [draw(seed) for seed in range(12)]
    pixels = np.stack([np.asarray(drawing.picture) for drawing in drawings])
    return Gallery(
        pixels,
        tags=[each.tags for each in drawings],
        scores=[each.score for each in drawings],
        faces=[each.face for each in drawings],
    )


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "BATCH", 4)


def test_every_tag_is_a_label_and_ratings_come_first() -> None:
    labels = all_labels()
    assert labels.names == (*RATINGS, *all_tags())
    assert len(labels.names) == len(set(labels.names)) == len(labels.group)


def test_colours_of_one_thing_answer_one_question() -> None:
    labels = all_labels()
    place = {name: number for number, name in enumerate(labels.names)}
    red, blue, other = place["red hair"], place["blue hair"], place["red coat"]
    assert labels.group[red] == labels.group[blue] != labels.group[other]
    assert labels.colour[red] == labels.colour[other] == list(COLOURS).index("red")
    assert labels.colour[place["blue sky"]] == NO_COLOUR
    assert labels.group[place["blue sky"]] == labels.group[place["forest"]]


def test_rows_say_general_and_the_tags() -> None:
    (row,) = all_labels().rows([("cat", "black fur")])
    names = {name for name, said in zip(all_labels().names, row, strict=True) if said}
    assert names == {"general", "cat", "black fur"}


def test_training_sees_what_the_exported_model_sees() -> None:
    picture = np.asarray(draw(3).picture)
    shown = prepared(Image.fromarray(picture)).transpose(2, 0, 1)
    inside = shrinking() @ shown @ shrinking().T / 127.5 - 1
    # Pillow rounds the enlarged picture to whole numbers: half a step of 255
    assert np.abs(seen(picture[None])[0].numpy() - inside).max() < 0.6 / 127.5
    assert np.allclose(round_trip().sum(axis=1), 1, atol=1e-5)


def test_training_goes_on_where_it_was_stopped(
    gallery: Gallery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for folder in (whole, parts):
        folder.mkdir()
    train_tagger(gallery, whole, Budget(3))

    def stop(name: str, step: int, *_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(training, "KEEP_EVERY", 2)
        patched.setattr(training, "report", stop)  # the stop comes right after a checkpoint
        with pytest.raises(KeyboardInterrupt):
            train_tagger(gallery, parts, Budget(3))
    train_tagger(gallery, parts, Budget(3))
    one, two = (load_tagger(folder)[0].state_dict() for folder in (whole, parts))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_shipped_file_says_what_the_network_says(gallery: Gallery, tmp_path: Path) -> None:
    train_tagger(gallery, tmp_path, Budget(2))
    folder = write_tagger(tmp_path, tmp_path / "assets", choosing=4)
    tagger = WdTagger(folder)
    network, counts = load_tagger(tmp_path)
    with torch.inference_mode():
        said = network(seen(gallery.pixels[:4])).sigmoid().numpy()
    pictures = [Image.fromarray(pixels) for pixels in gallery.pixels[:4]]
    # weights rounded to float16, the picture to whole numbers
    assert np.abs(tagger.probabilities(pictures) - said).max() < 5e-3
    assert [tag.name for tag in tagger.tags] == list(all_labels().names)
    assert [tag.count for tag in tagger.tags] == counts
    assert [tag.category for tag in tagger.tags[:5]] == [Category.RATING] * 4 + [Category.GENERAL]
    assert 0.1 <= tagger.threshold < 0.9
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 6_000_000
    assert list((tmp_path / "assets").iterdir()) == [folder]


def test_threshold_is_where_most_is_right() -> None:
    probabilities = np.asarray([[0.9, 0.4, 0.3], [0.2, 0.45, 0.8]], np.float32)
    true = np.asarray([[1, 1, 0], [0, 1, 1]]) > 0
    chosen = best_threshold(probabilities, true)
    assert 0.3 < chosen <= 0.4
    assert micro_f1(probabilities >= chosen, true) == 1.0
    assert micro_f1(probabilities >= 0.5, true) == pytest.approx(2 * 2 / (2 + 4))
