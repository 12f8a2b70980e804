"""What the VAE loses of drawings that no run has seen."""

from __future__ import annotations

import statistics
from typing import Final

from engine.builtin.artists import ARTISTS
from engine.builtin.codec import psnr, round_trips
from engine.builtin.report.figure import Figure
from engine.builtin.report.hands import held_out
from engine.builtin.shipping import shipped_codec
from engine.builtin.state import assets_folder
from engine.measure.traits import line_width

LEAST_PSNR_DB: Final = 27.0
MOST_WIDTH_PX: Final = 0.5


def measure() -> list[Figure]:
    """Send all artists' held-out drawings through and compare."""
    drawn = [picture for artist in ARTISTS.values() for picture, _ in held_out(artist)]
    made = round_trips(shipped_codec(assets_folder()).eval(), drawn)
    pairs = list(zip(made, drawn, strict=True))
    widths = [abs(line_width(one) - line_width(other)) for one, other in pairs]
    return [
        Figure(
            name="VAE: median PSNR of a round trip, dB",
            value=statistics.median(psnr(*pair) for pair in pairs),
            bar=LEAST_PSNR_DB,
        ),
        Figure(
            name="VAE: median change of the line width, pixels",
            value=statistics.median(widths),
            bar=MOST_WIDTH_PX,
            side="at most",
        ),
    ]
