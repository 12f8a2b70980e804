"""Read tags from pictures with a WD v3 tagger: SmilingWolf's files, or the built-in one.

The contract (model cards of SmilingWolf/wd-*-tagger-v3): one input, NHWC float32 448 by 448, BGR
from 0 to 255; one output, a probability per row of `selected_tags.csv`. The sigmoid is inside the
model; a second one would squeeze everything between 0.5 and 0.73.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from engine.captions.place import TAGGER_FILES
from engine.captions.seen import Seen
from engine.captions.wd_tags import Category, WdTag, read_tags, refuse

SIDE: Final = 448
MODEL, TAGS = TAGGER_FILES
#: Where precision equals recall, by model; from the model cards.
THRESHOLDS: Final = {
    "wd-eva02-large-tagger-v3": 0.5296,
    "wd-convnext-tagger-v3": 0.2682,
    "wd-swinv2-tagger-v3": 0.2653,
    "wd-vit-tagger-v3": 0.2614,
}
#: Characters are named only when the tagger is sure.
CHARACTER_THRESHOLD: Final = 0.85
#: The built-in tagger carries its threshold under this key of the model's metadata.
THRESHOLD_KEY: Final = "ownhand.threshold"
_WHITE: Final = (255, 255, 255)
_BATCH: Final = 8


class WdTagger:
    """One loaded tagger."""

    def __init__(self, folder: Path, *, threshold: float | None = None, threads: int = 1) -> None:
        """Load a folder with `model.onnx` and `selected_tags.csv`.

        JobFailed `tagger.unreadable` when they do not fit the contract, or when the tagger is not
        a known one and no threshold is given.
        """
        self.tags: Sequence[WdTag] = read_tags(folder / TAGS)
        self._session = _session(folder / MODEL, threads)
        self._input = _checked_input(folder / MODEL, self._session, len(self.tags))
        self.threshold = _threshold(folder, self._session) if threshold is None else threshold

    def probabilities(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return (pictures, tags) probabilities, columns in the order of `tags`."""
        rows = [np.empty((0, len(self.tags)), np.float32)]
        for first in range(0, len(pictures), _BATCH):
            batch = pictures[first : first + _BATCH]
            stacked = np.stack([prepared(picture) for picture in batch])
            found: Any = self._session.run(None, {self._input: stacked})  # typed as anything
            rows.append(found[0])
        return np.concatenate(rows)

    def read(self, pictures: Sequence[Image.Image]) -> list[Seen]:
        """Name what each picture shows."""
        return [self._reading(row) for row in self.probabilities(pictures)]

    def see(self, picture: Image.Image) -> Seen:
        """Name what one picture shows."""
        return self.read([picture])[0]

    def _reading(self, row: NDArray[np.float32]) -> Seen:
        return Seen(
            ratings=self._above(row, Category.RATING, 0.0),
            general=self._above(row, Category.GENERAL, self.threshold),
            characters=self._above(row, Category.CHARACTER, CHARACTER_THRESHOLD),
        )

    def _above(self, row: NDArray[np.float32], kind: Category, least: float) -> dict[str, float]:
        pairs = zip(self.tags, row.tolist(), strict=True)
        found = [(tag.name, share) for tag, share in pairs if tag.category == kind]
        sure = sorted(found, key=lambda pair: -pair[1])
        return {name: share for name, share in sure if share >= least}


def prepared(picture: Image.Image) -> NDArray[np.float32]:
    """Lay a picture on a white square and enlarge or shrink it: (448, 448, 3), BGR, 0 to 255."""
    seen = picture.convert("RGBA")
    side = max(seen.size)
    square = Image.new("RGB", (side, side), _WHITE)
    square.paste(seen, ((side - seen.width) // 2, (side - seen.height) // 2), seen)
    if side != SIDE:
        square = square.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return np.asarray(square, dtype=np.float32)[:, :, ::-1]


def _session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors only
    try:
        data = path.read_bytes()  # from memory, so that a model cannot name other files
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 - the library raises Exception's own subclasses
        refuse(path, (str(error).splitlines() or [type(error).__name__])[0][:200])


def _checked_input(path: Path, session: onnxruntime.InferenceSession, tags: int) -> str:
    """Return the input's name after looking at kinds and shapes."""
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1 or len(outputs) != 1:
        refuse(path, f"{len(inputs)} inputs and {len(outputs)} outputs")
    taken, given = inputs[0], outputs[0]
    if taken.type != "tensor(float)" or list(taken.shape[1:]) != [SIDE, SIDE, 3]:
        refuse(path, f"its input is {taken.type} {taken.shape}")
    if len(given.shape) != 2 or given.shape[1] != tags:
        refuse(path, f"its output is {given.shape}, its list has {tags} tags")
    return str(taken.name)


def _threshold(folder: Path, session: onnxruntime.InferenceSession) -> float:
    own = session.get_modelmeta().custom_metadata_map.get(THRESHOLD_KEY)
    if own is not None:
        return float(own)
    # The hub's cache calls a model's folder `models--owner--name`.
    names = [part.rpartition("--")[2] for part in folder.parts[::-1]]
    known = next((THRESHOLDS[name] for name in names if name in THRESHOLDS), None)
    if known is None:
        hint = "set TAGGER_THRESHOLD, or name the folder as its authors do"
        refuse(folder, f"no threshold is known for it; {hint}")
    return known
