"""The sizes that drawings are trained in, by their shape; torch-free."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Final

from engine.base.families import Family

Size = tuple[int, int]
Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class BucketRules:
    """Which sizes there are: about `area_side`² pixels, sides in steps; all in pixels."""

    area_side: int
    step: int
    #: shortest and longest side
    least: int
    most: int


#: What SDXL was trained in, and what its trainers agree on.
SDXL_RULES: Final = BucketRules(area_side=1024, step=64, least=512, most=2048)


def rules_of(family: Family) -> BucketRules:
    """Say which sizes a family is trained in; a base of small pictures knows its own size only."""
    side = family.width
    if side == SDXL_RULES.area_side:
        return SDXL_RULES
    return BucketRules(area_side=side, step=side, least=side, most=side)


@cache
def _sizes(rules: BucketRules) -> tuple[Size, ...]:
    found: set[Size] = set()
    for width in range(rules.least, rules.most + 1, rules.step):
        height = min(rules.most, rules.area_side**2 // width // rules.step * rules.step)
        if height >= rules.least:
            found |= {(width, height), (height, width)}
    return tuple(sorted(found))


def bucket_sizes(rules: BucketRules) -> list[Size]:
    """List all sizes as (width, height), the narrowest first."""
    return list(_sizes(rules))


def nearest_bucket(width: int, height: int, rules: BucketRules) -> Size:
    """Find the size whose shape is nearest, as a ratio; of two alike the one with more pixels."""
    shape = math.log(width / height)

    def distance(size: Size) -> tuple[float, int]:
        return round(abs(math.log(size[0] / size[1]) - shape), 9), -size[0] * size[1]

    return min(_sizes(rules), key=distance)


def enlargement(size: Size, bucket: Size) -> float:
    """Tell by which factor a drawing is scaled to cover the bucket; above 1 it is enlarged."""
    return max(bucket[0] / size[0], bucket[1] / size[1])


def crop_box(size: Size, bucket: Size) -> Box:
    """Say what of a drawing the bucket shows, from its middle: left, top, right, bottom."""
    factor = enlargement(size, bucket)
    width = min(size[0], max(1, round(bucket[0] / factor)))
    height = min(size[1], max(1, round(bucket[1] / factor)))
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return left, top, left + width, top + height


def kept_share(size: Size, bucket: Size) -> float:
    """Tell which share of a drawing's area the bucket shows, 0 to 1."""
    shapes = (size[0] / size[1], bucket[0] / bucket[1])
    return min(shapes) / max(shapes)
