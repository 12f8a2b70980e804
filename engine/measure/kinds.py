"""Find out whether an artist's drawings are of several kinds, as finished ones and sketches are.

What is looked at are four numbers per drawing, each on its own fixed scale: what is like the
artist's other drawings must not be torn apart because nothing else differs. Some artists' kinds
cannot be told so (one brush for lines and fills is one of them); the artist puts those right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.measure.colour import lab_of, pixels_of
from engine.measure.lines import find_lines

Values = NDArray[np.float64]

KINDS_MOST: Final = 4
#: Fewer of them are single drawings, no kind.
KIND_LEAST: Final = 3
#: Traits are read at this size, so that they mean the same for every drawing.
_SIDE: Final = 256
_LIGHTEST: Final = 0.05
#: A colour so near to the paper's, in CIELAB, is paper.
_PAPER: Final = 6.0
_STRONGEST: Final = 90  # percentile
#: Share of empty paper, and lightness of ink, that weigh as much as twice the colour.
_EMPTY_STEP, _INK_STEP = 0.5, 20.0
#: Mean silhouette (Rousseeuw 1987). Of the sample artists' sets the one of two kinds and more
#: reaches 0.58, the four of one kind 0.42 at most.
_APART: Final = 0.5


def kind_traits(picture: Image.Image) -> Values:
    """Measure colour (strongest, mean of what is drawn), empty paper and ink; (4,)."""
    small = picture.convert("RGB")
    small.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    lab = lab_of(pixels_of(small))
    light = lab[..., 0]
    paper = lab[light >= np.quantile(light, 1 - _LIGHTEST)].mean(axis=0)
    drawn = np.linalg.norm(lab - paper, axis=-1) >= _PAPER
    colour = np.hypot(lab[..., 1] - paper[1], lab[..., 2] - paper[2])
    mean = float(colour[drawn].mean()) if drawn.any() else 0.0
    return np.asarray(
        [
            np.log2(1 + np.percentile(colour, _STRONGEST)),
            np.log2(1 + mean),
            (1 - drawn.mean()) / _EMPTY_STEP,
            _ink(light) / _INK_STEP,
        ]
    )


def _ink(light: Values) -> float:
    """Return how light the surest half of the lines is; without lines, what is darkest."""
    lines = find_lines(light)
    if not lines.here.any():
        return float(light.min())
    sure = lines.here & (lines.depth >= np.median(lines.depth[lines.here]))
    return float(light[sure].mean())


def suggest_kinds(traits: Sequence[Values]) -> tuple[int, ...]:
    """Give each drawing a kind from 1, the largest kind first; all 1 when they are of one kind."""
    if not traits:
        return ()
    points = np.stack(traits)
    best, chosen = _APART, np.zeros(len(points), dtype=np.int64)
    for labels in _merged(points):
        if np.bincount(labels).min() >= KIND_LEAST:
            apart = _silhouette(points, labels)
            if apart > best:
                best, chosen = apart, labels
    return _by_size(chosen)


def _merged(points: Values) -> list[NDArray[np.int64]]:
    """Merge the two nearest clusters again and again (Ward 1963); return the last 4 to 2."""
    clusters = [[index] for index in range(len(points))]
    found: list[NDArray[np.int64]] = []
    while len(clusters) > 2:
        first, second = _nearest(points, clusters)
        clusters[first] += clusters.pop(second)
        if len(clusters) <= KINDS_MOST:
            labels = np.zeros(len(points), dtype=np.int64)
            for number, cluster in enumerate(clusters):
                labels[cluster] = number
            found.append(labels)
    return found


def _nearest(points: Values, clusters: Sequence[Sequence[int]]) -> tuple[int, int]:
    means = np.asarray([points[list(cluster)].mean(axis=0) for cluster in clusters])
    sizes = np.asarray([len(cluster) for cluster in clusters], dtype=np.float64)
    weights = np.outer(sizes, sizes) / np.add.outer(sizes, sizes)
    costs = weights * np.square(means[:, None] - means[None]).sum(axis=-1)
    costs[np.tril_indices(len(clusters))] = np.inf
    first, second = np.unravel_index(int(costs.argmin()), costs.shape)
    return int(first), int(second)


def _silhouette(points: Values, labels: NDArray[np.int64]) -> float:
    """Average how much nearer each drawing is to its own cluster than to the next one."""
    distances = np.linalg.norm(points[:, None] - points[None], axis=-1)
    member = labels[:, None] == np.arange(labels.max() + 1)
    sizes = member.sum(axis=0)
    sums = distances @ member
    own = sums[member] / (sizes[labels] - 1)
    other = np.where(member, np.inf, sums / sizes).min(axis=1)
    return float(((other - own) / np.maximum(np.maximum(own, other), 1e-9)).mean())


def _by_size(labels: NDArray[np.int64]) -> tuple[int, ...]:
    found = labels.tolist()
    order = sorted(set(found), key=lambda label: (-found.count(label), found.index(label)))
    return tuple(order.index(label) + 1 for label in found)
