"""What a style can turn: a plain look, and how far each knob of it goes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from engine.builtin.look import Look

#: In the middle of everything, so that any knob can be turned alone.
PLAIN: Final = Look(
    line_width=2.5,
    wobble=0.5,
    taper=0.0,
    ink=(36, 42, 92),
    ink_tint=0.0,
    hue_shift=0.0,
    saturation=0.9,
    paper=(245, 245, 245),
    shadow=(150, 150, 190),
    shadow_side=1.0,
    shadow_depth=0.12,
    grain=0.0,
    streaks=0.0,
    detail=0.5,
    head=1.0,
    eyes=1.0,
)
#: Knob → its two ends, as far apart as random looks go.
KNOBS: Final[dict[str, tuple[Any, Any]]] = {
    "line_width": (1.6, 3.6),
    "wobble": (0.0, 1.2),
    "taper": (0.0, 0.7),
    "ink": ((28, 26, 32), (120, 34, 40)),
    "ink_tint": (0.0, 0.75),
    "hue_shift": (-0.03, 0.03),
    "saturation": (0.65, 1.2),
    "paper": ((240, 248, 255), (255, 248, 236)),
    "shadow": ((110, 150, 216), (222, 132, 96)),
    "shadow_side": (-1.0, 1.0),
    "shadow_depth": (0.0, 0.18),
    "grain": (0.0, 3.0),
    "streaks": (0.0, 4.5),
    "detail": (0.0, 1.0),
    "head": (0.92, 1.12),
    "eyes": (0.8, 1.3),
}


def turned(knob: str) -> tuple[Look, Look]:
    """Return the plain look with this knob at its two ends."""
    low, high = KNOBS[knob]
    return replace(PLAIN, **{knob: low}), replace(PLAIN, **{knob: high})
