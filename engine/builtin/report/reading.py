"""How well the tagger reads drawings that nobody has seen."""

from __future__ import annotations

from typing import Final

from engine.builtin.gallery import UNSEEN_SEED
from engine.builtin.report.figure import Figure
from engine.builtin.tagging.labels import RATINGS
from engine.builtin.tagging.unseen import micro_f1, unseen
from engine.captions.wd import WdTagger

PICTURES: Final = 500
BAR: Final = 0.92


def measure(tagger: WdTagger, count: int = PICTURES) -> list[Figure]:
    """Compare with the generator's own tags, at the tagger's own threshold."""
    pictures, true = unseen(UNSEEN_SEED, count)
    said = tagger.probabilities(pictures)[:, len(RATINGS) :] >= tagger.threshold
    name = f"tagger: micro-F1 on {count} unseen drawings"
    return [Figure(name=name, value=micro_f1(said, true), bar=BAR)]
