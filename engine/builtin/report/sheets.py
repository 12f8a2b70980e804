"""Contact sheets to look at beside the figures: one per artist, one for the scores."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PIL import Image

from engine.base.loading import LoadedBase
from engine.builtin.artists import ARTISTS, Artist
from engine.builtin.report.hands import held_out
from engine.builtin.report.lengths import FIRST_SEED as CAPTIONS_SEED
from engine.builtin.report.obedience import asked
from engine.builtin.report.painter import draw_all, wanted
from engine.builtin.report.scores import FIRST_SEED as SCORES_SEED
from engine.builtin.report.trained import Trained
from engine.builtin.sheet import contact_sheet
from engine.builtin.vocabulary import SCORES

SHOWN: Final = 8
COLOURS: Final = 128


def write_sheets(folder: Path, base: LoadedBase, trained: Trained) -> list[Path]:
    """Write `artist-NAME.png` for each, and `scores.png`."""
    folder.mkdir(parents=True, exist_ok=True)
    sheets = {f"artist-{name}": _artist(base, trained, a) for name, a in ARTISTS.items()}
    sheets["scores"] = _scores(base)
    return [_written(sheet, folder / f"{name}.png") for name, sheet in sheets.items()]


def _artist(base: LoadedBase, trained: Trained, artist: Artist) -> Image.Image:
    """Above, held-out drawings; below, what the style draws from their captions."""
    shown = held_out(artist)[:SHOWN]
    recipes = [
        wanted(caption, CAPTIONS_SEED + number, score=artist.score)
        for number, (_, caption) in enumerate(shown)
    ]
    made = draw_all(base, recipes, ((trained.style(artist), 1.0),))
    return contact_sheet([*(picture for picture, _ in shown), *made], columns=SHOWN)


def _scores(base: LoadedBase) -> Image.Image:
    """One prompt and seed per column, the lowest score on top."""
    recipes = [
        wanted(", ".join(tags), SCORES_SEED + number, score=score)
        for score in sorted(SCORES)
        for number, tags in enumerate(asked(SHOWN, SCORES_SEED))
    ]
    return contact_sheet(draw_all(base, recipes), columns=SHOWN)


def _written(sheet: Image.Image, path: Path) -> Path:
    sheet.quantize(COLOURS).save(path, optimize=True)
    return path
