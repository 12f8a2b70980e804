"""Outlines as arrays of points: ovals, smooth blobs, polygons, open curves and tubes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Path = NDArray[np.float64]  # (N, 2), pixels of the finished picture, y down
Point = tuple[float, float]


def oval(x: float, y: float, rx: float, ry: float, *, points: int = 28) -> Path:
    """Trace an axis-parallel ellipse, clockwise from its right end."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    return np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], axis=1)


def _spline(corners: Path, before: Path, after: Path, beyond: Path, steps: int) -> Path:
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    a, b, c, d = (part[:, None, :] for part in (before, corners, after, beyond))
    path = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    return path.reshape(-1, 2)


def blob(corners: Sequence[Point], *, steps: int = 6) -> Path:
    """Close a smooth Catmull-Rom curve through the corners."""
    at = np.asarray(corners, dtype=np.float64)
    return _spline(at, np.roll(at, 1, 0), np.roll(at, -1, 0), np.roll(at, -2, 0), steps)


def curve(corners: Sequence[Point], *, steps: int = 6) -> Path:
    """Run an open Catmull-Rom curve through the corners, ends included."""
    at = np.asarray(corners, dtype=np.float64)
    padded = np.concatenate([2 * at[:1] - at[1:2], at, 2 * at[-1:] - at[-2:-1]])
    return np.concatenate(
        [_spline(padded[1:-2], padded[:-3], padded[2:-1], padded[3:], steps), at[-1:]]
    )


def polygon(corners: Sequence[Point], *, steps: int = 4) -> Path:
    """Keep the corners sharp, but add points on each edge for the wobble to move."""
    at = np.asarray(corners, dtype=np.float64)
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    return (at[:, None] * (1 - t) + np.roll(at, -1, 0)[:, None] * t).reshape(-1, 2)


def box(left: float, top: float, right: float, bottom: float) -> Path:
    """Outline a rectangle."""
    return polygon([(left, top), (right, top), (right, bottom), (left, bottom)])


def tube(corners: Sequence[Point], start: float, end: float) -> Path:
    """Thicken an open curve to a limb, `start` and `end` pixels wide at its ends."""
    spine = curve(corners, steps=4)
    along = np.gradient(spine, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    half = np.linspace(start, end, len(spine))[:, None] / 2
    return np.concatenate([spine + normal * half, (spine - normal * half)[::-1]])


def scaled(path: Path, x: float, y: float, scale: float) -> Path:
    """Place a path drawn in units around the origin."""
    return path * scale + np.asarray([x, y])
