"""Styles trained for the report, kept by what they depend on: base, code, recipe and drawings."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import engine
from engine.base.loading import LoadedBase
from engine.builtin.artists import Artist
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

    def style(self, artist: Artist) -> PackedStyle:
        """Return the artist's style with default settings."""
        file = self.style_file(artist)
        return read_packed(file, file.stem, self._base)

    def style_file(self, artist: Artist) -> Path:
        """Return the file of the artist's style with default settings."""
        recipe = recipe_for(OWN, self._base.family, len(drawings_to_train(artist)))
        return self._files_of(artist, dataclasses.replace(recipe, checkpoints=1))[-1]

    def checkpoints(self, artist: Artist, recipe: TrainRecipe) -> list[PackedStyle]:
        """Return the style after each of the recipe's checkpoints."""
        return [read_packed(file, file.stem, self._base) for file in self._files_of(artist, recipe)]

    def _files_of(self, artist: Artist, recipe: TrainRecipe) -> list[Path]:
        drawings = drawings_to_train(artist)
        mark = self._mark(recipe, drawings)
        files = [
            self._folder / f"{artist.name}-{mark}-{step}.safetensors"
            for step in checkpoint_steps(recipe)
        ]
        again = self._fresh and mark not in self._made
        if again or not all(file.exists() for file in files):
            self._train(artist, recipe, drawings, files)
            self._made.add(mark)
        return files

    def _train(
        self,
        artist: Artist,
        recipe: TrainRecipe,
        drawings: Sequence[TrainDrawing],
        files: Sequence[Path],
    ) -> None:
        data = empty_set(self._base, drawings)
        for number, drawing in enumerate(drawings):
            for _ in add_drawing(data, self._base, drawing, recipe, number=number):
                pass
        training = Training(self._base, data, recipe)
        due = dict(zip(checkpoint_steps(recipe), files, strict=True))
        self._folder.mkdir(parents=True, exist_ok=True)
        while not training.done:
            training.step()
            if training.step_number in due:
                log.info("%s: step %d of %d", artist.name, training.step_number, recipe.steps)
                path = due[training.step_number]
                write_style(path.with_suffix(".part"), training.lora, self._base.layout, {})
                path.with_suffix(".part").replace(path)

    def _mark(self, recipe: TrainRecipe, drawings: Sequence[TrainDrawing]) -> str:
        parts = [self._base.sha256, json.dumps(dataclasses.asdict(recipe), sort_keys=True)]
        parts += [f"{drawing.file.sha256} {drawing.caption}" for drawing in drawings]
        parts.append(code_sha256())
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def drawings_to_train(artist: Artist) -> list[TrainDrawing]:
    """Take the artist's shipped drawings, all but the held-out ones."""
    folder = assets_folder() / "artists" / artist.name
    return [_drawing(path) for path in sorted(folder.glob("*.png"))]


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
