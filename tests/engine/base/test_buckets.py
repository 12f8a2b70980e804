"""Which size a drawing is trained in, and what of it is seen there."""

from __future__ import annotations

import math

import pytest

from engine.base.buckets import (
    SDXL_RULES,
    BucketRules,
    bucket_sizes,
    crop_box,
    enlargement,
    kept_share,
    nearest_bucket,
    rules_of,
)
from engine.base.families import FAMILIES, family_of


def test_sdxl_has_33_sizes_within_its_area() -> None:
    sizes = bucket_sizes(SDXL_RULES)
    assert len(sizes) == len(set(sizes)) == 33
    for width, height in sizes:
        assert (height, width) in sizes
        assert width % 64 == height % 64 == 0
        assert 512 <= width <= 2048
        assert width * height <= 1024**2
    assert {(1024, 1024), (832, 1216), (512, 2048)} <= set(sizes)


def test_wider_limits_give_97_sizes() -> None:
    rules = BucketRules(area_side=1024, step=64, least=256, most=4096)
    assert len(bucket_sizes(rules)) == 97


def test_a_small_base_has_its_own_size_only() -> None:
    assert bucket_sizes(rules_of(family_of("builtin"))) == [(128, 128)]
    real = [family for family in FAMILIES if family.name != "builtin"]
    assert {rules_of(family) for family in real} == {SDXL_RULES}


@pytest.mark.parametrize(
    ("size", "bucket"),
    [
        ((500, 500), (1024, 1024)),
        ((3000, 2990), (1024, 1024)),
        ((832, 1216), (832, 1216)),
        ((1664, 2432), (832, 1216)),
        ((100, 10_000), (512, 2048)),
        ((10_000, 100), (2048, 512)),
    ],
)
def test_the_nearest_shape_wins(size: tuple[int, int], bucket: tuple[int, int]) -> None:
    assert nearest_bucket(*size, SDXL_RULES) == bucket


def test_nearest_is_a_matter_of_ratio_and_the_same_lying_down() -> None:
    for width, height in ((900, 1000), (1234, 777), (640, 2000), (1000, 1001)):
        upright = nearest_bucket(width, height, SDXL_RULES)
        assert nearest_bucket(height, width, SDXL_RULES) == upright[::-1]
        off = [abs(math.log(w * height / h / width)) for w, h in bucket_sizes(SDXL_RULES)]
        assert abs(math.log(upright[0] * height / upright[1] / width)) == pytest.approx(min(off))


@pytest.mark.parametrize("size", [(100, 100), (101, 100), (64, 300), (2048, 1500)])
@pytest.mark.parametrize("bucket", [(128, 128), (832, 1216), (2048, 512)])
def test_the_crop_has_the_buckets_shape_and_lies_in_the_middle(
    size: tuple[int, int], bucket: tuple[int, int]
) -> None:
    left, top, right, bottom = crop_box(size, bucket)
    assert 0 <= left < right <= size[0]
    assert 0 <= top < bottom <= size[1]
    assert abs(left - (size[0] - right)) <= 1
    assert abs(top - (size[1] - bottom)) <= 1
    assert left == 0 or top == 0, "the shape is covered, so one side is whole"
    share = (right - left) * (bottom - top) / (size[0] * size[1])
    assert share == pytest.approx(kept_share(size, bucket), abs=0.5 / min(size) + 1e-9)


def test_what_fits_exactly_loses_nothing() -> None:
    assert kept_share((832, 1216), (832, 1216)) == 1
    assert crop_box((416, 608), (832, 1216)) == (0, 0, 416, 608)
    assert enlargement((416, 608), (832, 1216)) == 2
    assert enlargement((3000, 1000), (1024, 1024)) == 1.024
