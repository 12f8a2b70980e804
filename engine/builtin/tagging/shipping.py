"""Write the tagger into `data/assets/tagger`, with the threshold that suits it best."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.builtin.gallery import UNSEEN_SEED
from engine.builtin.tagging.export import onnx_model
from engine.builtin.tagging.labels import RATINGS, all_labels
from engine.builtin.tagging.training import load_tagger
from engine.builtin.tagging.unseen import micro_f1, unseen
from engine.captions.wd import MODEL, TAGS, WdTagger
from engine.captions.wd_tags import COLUMNS, Category

log = logging.getLogger(__name__)

#: Drawings that choose the threshold: never trained on, and not those that the report measures on.
CHOOSING_SEED: Final = UNSEEN_SEED + 500_000
CHOOSING: Final = 600
README: Final = """# The built-in tagger

Reads the tags of the project's own drawing generator from a picture, in the contract of the WD v3
taggers (one input NHWC float32 448x448 BGR 0-255, one output of probabilities, a row per output in
`selected_tags.csv`). Its threshold is in the model's metadata.

It knows nothing but the generator's few hundred tags and was trained on the generator's drawings
only, so it is of use for the built-in base alone; on other pictures it says nonsense.
`python -m engine.builtin tagger` trains it again.

Licence: MIT, like the rest of the project.
"""


def best_threshold(probabilities: NDArray[np.float32], true: NDArray[np.bool_]) -> float:
    """Choose where micro-F1 is highest."""
    steps = np.arange(0.1, 0.9, 0.01)
    return float(max(steps, key=lambda step: micro_f1(probabilities >= step, true)))


def write_tagger(state: Path, assets: Path, *, choosing: int = CHOOSING) -> Path:
    """Write the newest weights; the file that is measured is the file that is shipped."""
    network, counts = load_tagger(state)
    folder = assets / "tagger"
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    (part / TAGS).write_text(_list(counts), encoding="utf-8")
    (part / "README.md").write_text(README, encoding="utf-8")
    (part / MODEL).write_bytes(onnx_model(network, 0.5).SerializeToString())
    pictures, true = unseen(CHOOSING_SEED, choosing)
    found = WdTagger(part).probabilities(pictures)[:, len(RATINGS) :]
    threshold = best_threshold(found, true)
    (part / MODEL).write_bytes(onnx_model(network, threshold).SerializeToString())
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)
    size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    f1 = micro_f1(found >= threshold, true)
    log.info("wrote %s, %.1f MB, threshold %.2f, micro-F1 %.3f", folder, size, threshold, f1)
    return folder


def _list(counts: list[int]) -> str:
    """Spell the list of tags; the numbers are our own, since no board gave them any."""
    rows = [
        f"{number},{name.replace(' ', '_')},"
        f"{int(Category.RATING if name in RATINGS else Category.GENERAL)},{count}"
        for number, (name, count) in enumerate(zip(all_labels().names, counts, strict=True))
    ]
    return "\n".join([",".join(COLUMNS), *rows]) + "\n"
