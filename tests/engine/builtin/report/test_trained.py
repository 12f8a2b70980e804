"""Styles are kept by what they depend on, and trained anew when any of it changes."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

import engine.training.dataset as dataset
from engine.base.families import family_of
from engine.base.loading import LoadedBase, load_base
from engine.builtin.artists import ADA, BORIS
from engine.builtin.report import trained
from engine.builtin.report.trained import Trained, drawings_to_train
from engine.training.recipes import OWN, recipe_for

SHORT = dataclasses.replace(recipe_for(OWN, "builtin", 36), steps=2, batch=1, checkpoints=2)


def files(folder: Path) -> dict[str, int]:
    """List what is kept, with the time it was written."""
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*")}


def test_all_but_the_held_out_drawings_are_trained_on() -> None:
    drawings = drawings_to_train(ADA)
    assert len(drawings) == 36
    assert all(Path(drawing.file.path).parent.name == "ada" for drawing in drawings)
    assert all(drawing.caption for drawing in drawings)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    # The tiny base's family draws at 1024 pixels, which is slow for nothing here.
    small = dataclasses.replace(family_of("builtin"), width=64, height=64)
    monkeypatch.setattr(dataset, "family_of", lambda _: small)
    monkeypatch.setattr(trained, "drawings_to_train", lambda one: drawings_to_train(one)[:4])


@pytest.fixture(name="kept")
def _kept(tmp_path: Path, tiny_base: LoadedBase) -> Trained:
    return Trained(tiny_base, folder=tmp_path)


def test_a_style_is_trained_once(kept: Trained, tmp_path: Path) -> None:
    first = kept.checkpoints(ADA, SHORT)
    before = files(tmp_path)
    again = kept.checkpoints(ADA, SHORT)
    assert files(tmp_path) == before
    assert torch.equal(first[1].linears.chunks, again[1].linears.chunks)
    assert not torch.equal(first[0].linears.chunks, first[1].linears.chunks)
    assert len(before) == 2


def test_another_recipe_artist_or_code_is_another_style(
    kept: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.checkpoints(ADA, SHORT)
    kept.checkpoints(ADA, dataclasses.replace(SHORT, seed=2))
    kept.checkpoints(BORIS, SHORT)
    monkeypatch.setattr(trained, "code_sha256", lambda: "other code")
    kept.checkpoints(ADA, SHORT)
    assert len(files(tmp_path)) == 8


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_processes_train_what_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # the other processes know nothing of the tiny family
    base = load_base("builtin")
    wanted = [(artist, dataclasses.replace(SHORT, steps=1)) for artist in (ADA, BORIS)]
    beside, here = (Trained(base, folder=tmp_path / name) for name in ("beside", "here"))
    beside.prepare(wanted)
    before = files(tmp_path / "beside")
    assert len(before) == 2
    for artist, recipe in wanted:
        [ours] = beside.checkpoints(artist, recipe)
        [alone] = here.checkpoints(artist, recipe)
        first_up = base.slots.layout.first_up
        moved = [style.linears.chunks[:, first_up:] for style in (ours, alone)]
        # More threads sum up in another order, and Adam's first step is nearly the sign of the
        # gradient: where that is almost nothing, rounding decides it.
        assert float((moved[0] - moved[1]).norm()) < 0.05 * float(moved[1].norm())
    assert files(tmp_path / "beside") == before


def test_fresh_trains_once_more_and_no_oftener(
    kept: Trained, tiny_base: LoadedBase, tmp_path: Path
) -> None:
    kept.checkpoints(ADA, SHORT)
    before = files(tmp_path)
    fresh = Trained(tiny_base, folder=tmp_path, fresh=True)
    fresh.checkpoints(ADA, SHORT)
    after = files(tmp_path)
    assert set(after) == set(before)
    assert after != before
    fresh.checkpoints(ADA, SHORT)
    assert files(tmp_path) == after
