"""Styles trained for the report, kept by what they depend on: base, code, recipe and drawings."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import logging
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

import torch

import engine
from engine.base.loading import LoadedBase, load_base
from engine.builtin.artists import ARTISTS, Artist
from engine.builtin.state import assets_folder, state_folder
from engine.lora.packed import PackedStyle
from engine.lora.styles import read_packed
from engine.lora.writing import write_style
from engine.protocol import FileRef, TrainDrawing, TrainRecipe
from engine.training.dataset import add_drawing, empty_set
from engine.training.loop import Training
from engine.training.plan import checkpoint_steps
from engine.training.recipes import OWN, recipe_for

log = logging.getLogger(__name__)

#: A style by whose it is and how it is trained.
Wanted = tuple[Artist, TrainRecipe]

_SOURCE: Final = Path(engine.__file__).parent
#: A style depends on this code; a change anywhere in it trains all styles anew.
_CODE: Final = ("base", "captions", "lora", "training", "sampling", "unet", "pictures/picture.py")


class Trained:
    """Trains a style, or takes it from the folder when the same one was trained before."""

    def __init__(
        self, base: LoadedBase, *, fresh: bool = False, folder: Path | None = None
    ) -> None:
        self._base = base
        self._fresh = fresh
        self._folder = folder or state_folder() / "styles"
        self._made: set[str] = set()

    def prepare(self, wanted: Sequence[Wanted], *, processes: int = 2) -> None:
        """Train what is missing of this, each in a process of one thread: two cores, two styles.

        Only of the built-in base, which the processes load themselves.
        """
        missing = [one for one in wanted if self._is_missing(*one)]
        jobs = [(artist.name, recipe, self._paths(artist, recipe)) for artist, recipe in missing]
        if jobs:
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(processes, context, _set_up) as pool:
                list(pool.map(_train_beside, jobs))
        self._made.update(self._mark(*one) for one in missing)

    def style(self, artist: Artist) -> PackedStyle:
        """Return the artist's style with default settings."""
        file = self.style_file(artist)
        return read_packed(file, file.stem, self._base)

    def style_file(self, artist: Artist) -> Path:
        """Return the file of the artist's style with default settings."""
        return self._files_of(artist, usual_recipe(artist))[-1]

    def checkpoints(self, artist: Artist, recipe: TrainRecipe) -> list[PackedStyle]:
        """Return the style after each of the recipe's checkpoints."""
        return [read_packed(file, file.stem, self._base) for file in self._files_of(artist, recipe)]

    def _files_of(self, artist: Artist, recipe: TrainRecipe) -> list[Path]:
        files = self._paths(artist, recipe)
        if self._is_missing(artist, recipe):
            train(self._base, artist, recipe, files)
            self._made.add(self._mark(artist, recipe))
        return files

    def _paths(self, artist: Artist, recipe: TrainRecipe) -> list[Path]:
        mark = self._mark(artist, recipe)
        names = (f"{artist.name}-{mark}-{step}" for step in checkpoint_steps(recipe))
        return [self._folder / f"{name}.safetensors" for name in names]

    def _is_missing(self, artist: Artist, recipe: TrainRecipe) -> bool:
        again = self._fresh and self._mark(artist, recipe) not in self._made
        return again or not all(file.exists() for file in self._paths(artist, recipe))

    def _mark(self, artist: Artist, recipe: TrainRecipe) -> str:
        parts = [self._base.sha256, json.dumps(dataclasses.asdict(recipe), sort_keys=True)]
        drawings = drawings_to_train(artist)
        parts += [f"{drawing.file.sha256} {drawing.caption}" for drawing in drawings]
        parts.append(code_sha256())
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def usual_recipe(artist: Artist) -> TrainRecipe:
    """Return the default settings for the artist's drawings; only the end is kept."""
    recipe = recipe_for(OWN, "builtin", len(drawings_to_train(artist)))
    return dataclasses.replace(recipe, checkpoints=1)


def train(base: LoadedBase, artist: Artist, recipe: TrainRecipe, files: Sequence[Path]) -> None:
    """Train on the artist's drawings; each checkpoint's file is there whole or not at all."""
    drawings = drawings_to_train(artist)
    data = empty_set(base, drawings)
    for number, drawing in enumerate(drawings):
        for _ in add_drawing(data, base, drawing, recipe, number=number):
            pass
    training = Training(base, data, recipe)
    due = dict(zip(checkpoint_steps(recipe), files, strict=True))
    while not training.done:
        training.step()
        if training.step_number in due:
            log.info("%s: step %d of %d", artist.name, training.step_number, recipe.steps)
            path = due[training.step_number]
            path.parent.mkdir(parents=True, exist_ok=True)
            write_style(path.with_suffix(".part"), training.lora, base.layout, {})
            path.with_suffix(".part").replace(path)


def _set_up() -> None:
    torch.set_num_threads(1)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")


def _train_beside(job: tuple[str, TrainRecipe, Sequence[Path]]) -> None:
    name, recipe, files = job
    train(_own_base(), ARTISTS[name], recipe, files)


@functools.cache
def _own_base() -> LoadedBase:
    return load_base("builtin")


def drawings_to_train(artist: Artist) -> list[TrainDrawing]:
    """Take the artist's shipped drawings, all but the held-out ones."""
    return [_drawing(path) for path in sorted(_folder(artist).glob("*.png"))]


def drawings_held_out(artist: Artist) -> list[TrainDrawing]:
    """Take the artist's held-out drawings."""
    found = sorted((_folder(artist) / "held_out").glob("*.png"))
    return [dataclasses.replace(_drawing(path), held_out=True) for path in found]


def _folder(artist: Artist) -> Path:
    return assets_folder() / "artists" / artist.name


def _drawing(path: Path) -> TrainDrawing:
    data = path.read_bytes()
    file = FileRef(path=str(path), sha256=hashlib.sha256(data).hexdigest(), size_bytes=len(data))
    caption = path.with_suffix(".txt").read_text(encoding="utf-8").strip()
    return TrainDrawing(file=file, caption=caption)


def code_sha256() -> str:
    """Hash the source of everything that a training runs through."""
    files = [
        file
        for name in _CODE
        for file in (sorted((_SOURCE / name).rglob("*.py")) or [_SOURCE / name])
    ]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
