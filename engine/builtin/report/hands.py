"""The artists' own traits, and how near a picture comes to whose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.builtin.artists import ARTISTS, Artist
from engine.builtin.codec import round_trips
from engine.builtin.shipping import shipped_codec
from engine.builtin.state import assets_folder
from engine.measure.traits import traits

NAMES: Final = tuple(ARTISTS)


def held_out(artist: Artist) -> list[tuple[Image.Image, str]]:
    """Read the artist's held-out drawings and their captions."""
    paths = sorted((assets_folder() / "artists" / artist.name / "held_out").glob("*.png"))
    return [
        (Image.open(path).convert("RGB"), path.with_suffix(".txt").read_text("utf-8").strip())
        for path in paths
    ]


def traits_of(pictures: Sequence[Image.Image]) -> NDArray[np.float64]:
    """Measure pictures, (N, T)."""
    return np.stack([traits(picture) for picture in pictures])


@cache
def own_traits() -> Mapping[str, NDArray[np.float64]]:
    """Measure everybody's held-out drawings, (12, T) each, as the base's VAE gives them back.

    Generated pictures come out of that VAE, so drawings go through it before a comparison.
    """
    codec = shipped_codec(assets_folder()).eval()
    return {
        name: traits_of(round_trips(codec, [picture for picture, _ in held_out(artist)]))
        for name, artist in ARTISTS.items()
    }


def scale() -> NDArray[np.float64]:
    """Return how much each trait varies among drawings of one artist, (T,)."""
    within = [own - own.mean(axis=0) for own in own_traits().values()]
    return np.concatenate(within).std(axis=0)


def nearest(deviations: NDArray[np.float64], scatter: NDArray[np.float64]) -> list[str]:
    """Name the artist nearest to each row: deviations from what all styles have in common, (N, T).

    The artists' own deviations are theirs from the mean of all five. `scatter`, (T,), is how much
    one style's pictures differ from prompt to prompt; a trait counts by that and by `scale`
    together, as a picture is compared with drawings and both are read with their own chance. What
    is compared is the angle between them: a style that goes half the way to its artist is on the
    artist's way, and would else be called the one's who stands out least.
    """
    unit = np.hypot(scale(), scatter)
    means = np.stack([own_traits()[name].mean(axis=0) for name in NAMES])
    own = (means - means.mean(axis=0)) / unit
    own /= np.linalg.norm(own, axis=1, keepdims=True)
    along = (deviations / unit) @ own.T
    return [NAMES[index] for index in along.argmax(axis=1)]
