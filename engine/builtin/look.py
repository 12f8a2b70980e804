"""A look: the knobs that make one artist's pictures differ from another's."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np

from engine.builtin.vocabulary import RGB

INKS: tuple[RGB, ...] = (
    (28, 26, 32),
    (28, 26, 32),
    (74, 44, 32),
    (36, 42, 92),
    (84, 34, 84),
    (120, 34, 40),
    (28, 72, 62),
    (92, 88, 96),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Lengths are in pixels of the finished 128-pixel picture; shares run from 0 to 1."""

    line_width: float
    wobble: float
    taper: float
    ink: RGB
    ink_tint: float
    hue_shift: float
    saturation: float
    paper: RGB
    shadow: RGB
    shadow_side: float
    shadow_depth: float
    grain: float
    streaks: float
    detail: float
    head: float
    eyes: float

    def tone(self, colour: RGB) -> RGB:
        """Shift a palette colour by the look's hue (turns), saturation and paper tint."""
        hue, light, saturation = colorsys.rgb_to_hls(*(part / 255 for part in colour))
        mixed = colorsys.hls_to_rgb(
            (hue + self.hue_shift) % 1, light, min(1.0, saturation * self.saturation)
        )
        red, green, blue = (
            round(255 * part * tint / 255) for part, tint in zip(mixed, self.paper, strict=True)
        )
        return red, green, blue

    def line_colour(self, fill: RGB) -> RGB:
        """Mix the ink with a darkened fill, as artists do who colour their lines."""
        share = self.ink_tint
        red, green, blue = (
            round((1 - share) * ink + share * 0.55 * part)
            for ink, part in zip(self.ink, fill, strict=True)
        )
        return red, green, blue


def _maybe(rng: np.random.Generator, chance: float, low: float, high: float) -> float:
    value = float(rng.uniform(low, high))
    return value if rng.random() < chance else 0.0


def _tint(rng: np.random.Generator) -> RGB:
    red, green, blue = (int(part) for part in rng.integers(232, 256, 3))
    return red, green, blue


def _shadow(rng: np.random.Generator) -> RGB:
    parts = colorsys.hls_to_rgb(
        float(rng.random()), float(rng.uniform(0.5, 0.7)), float(rng.uniform(0.15, 0.6))
    )
    red, green, blue = (round(255 * part) for part in parts)
    return red, green, blue


def random_look(rng: np.random.Generator) -> Look:
    """Draw a look at random; every training picture gets its own, so the base has none."""
    ink = INKS[int(rng.integers(len(INKS)))]
    return Look(
        line_width=float(rng.uniform(1.5, 3.8)),
        wobble=float(rng.uniform(0.0, 1.3)),
        taper=_maybe(rng, 0.5, 0.2, 0.8),
        ink=ink,
        ink_tint=_maybe(rng, 0.5, 0.2, 0.8),
        hue_shift=float(rng.uniform(-0.03, 0.03)),
        saturation=float(rng.uniform(0.6, 1.25)),
        paper=_tint(rng),
        shadow=_shadow(rng),
        shadow_side=float(rng.choice([-1.0, 1.0])),
        shadow_depth=_maybe(rng, 0.8, 0.07, 0.2),
        grain=_maybe(rng, 0.5, 1.0, 3.5),
        streaks=_maybe(rng, 0.4, 2.0, 5.0),
        detail=float(rng.random()),
        head=float(rng.uniform(0.9, 1.14)),
        eyes=float(rng.uniform(0.78, 1.35)),
    )
