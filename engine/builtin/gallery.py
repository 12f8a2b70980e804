"""The training pictures: drawn once, kept as one array with their tags beside it."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.builtin.drawing import draw
from engine.builtin.pen import SIDE, Face

log = logging.getLogger(__name__)

PICTURES = 30_000
UNSEEN_SEED = 10_000_000  # seeds from here on are never trained on
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Gallery:
    """`pixels` is (N, 128, 128, 3) uint8, mapped from disk."""

    pixels: NDArray[np.uint8]
    tags: list[tuple[str, ...]]
    scores: list[int]
    faces: list[Face | None]


def _draw_chunk(seeds: range) -> tuple[NDArray[np.uint8], list[str]]:
    drawings = [draw(seed) for seed in seeds]
    pixels = np.stack([np.asarray(drawing.picture) for drawing in drawings])
    known = [{"tags": d.tags, "score": d.score, "face": d.face} for d in drawings]
    return pixels, [json.dumps(each) for each in known]


def _draw_all(folder: Path, workers: int) -> None:
    shape = (PICTURES, SIDE, SIDE, 3)
    pixels = np.lib.format.open_memmap(
        folder / "pictures.part.npy", mode="w+", dtype=np.uint8, shape=shape
    )
    lines: list[str] = []
    with ProcessPoolExecutor(workers) as pool:
        chunks = [range(first, first + CHUNK) for first in range(0, PICTURES, CHUNK)]
        for index, (chunk, known) in enumerate(pool.map(_draw_chunk, chunks)):
            pixels[index * CHUNK : (index + 1) * CHUNK] = chunk
            lines += known
            log.info("drawn %d of %d pictures", (index + 1) * CHUNK, PICTURES)
    pixels.flush()
    (folder / "pictures.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "pictures.part.npy").replace(folder / "pictures.npy")


def open_gallery(folder: Path, *, workers: int = 2) -> Gallery:
    """Open the training pictures, drawing them first when they are not there.

    ValueError when they are another version's, which nothing later would notice.
    """
    if not (folder / "pictures.npy").exists():
        _draw_all(folder, workers)
    rows = [
        json.loads(line)
        for line in (folder / "pictures.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    pixels = np.load(folder / "pictures.npy", mmap_mode="r")
    if "face" not in rows[0] or not np.array_equal(pixels[0], np.asarray(draw(0).picture)):
        raise ValueError(
            f"the drawings in {folder} are an older generator's: remove pictures.npy, "
            "pictures.jsonl and latents.pt, and everything after them is made anew"
        )
    return Gallery(
        pixels,
        tags=[tuple(row["tags"]) for row in rows],
        scores=[row["score"] for row in rows],
        faces=[row["face"] and tuple(row["face"]) for row in rows],
    )
