"""What is left of a drawing when its empty borders are cut off."""

from __future__ import annotations

from typing import Final

from data.looks import Box

#: What is left around it, as a part of its sides.
_MARGIN: Final = 0.06


def without_borders(content: Box, size: tuple[int, int], least: int) -> Box:
    """Put some room around its content, and so much that no side is shorter than `least`.

    All in pixels of the drawing, which is of this size.
    """
    left, right = _side(content[0], content[2], size[0], least)
    top, bottom = _side(content[1], content[3], size[1], least)
    return left, top, right, bottom


def _side(low: int, high: int, whole: int, least: int) -> tuple[int, int]:
    margin = max(round((high - low) * _MARGIN), (least - (high - low) + 1) // 2)
    low, high = max(0, low - margin), min(whole, high + margin)
    if high - low >= least:
        return low, high
    # At an edge all the room is on the other side.
    return (0, min(whole, least)) if low == 0 else (max(0, whole - least), whole)
