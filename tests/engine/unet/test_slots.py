"""Every row of a batch gets its own styles, exactly as if it were alone."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers import UNet2DConditionModel

from engine.errors import JobFailed
from engine.lora.layout import FlatLayout
from engine.lora.packed import Packed
from engine.lora.slots import Slots, changes
from engine.lora.weights import Lora
from tests.engine.unet.conftest import Inputs, Joined, MakeStyle, merged

RANK = 8


@pytest.fixture
def styles(make_style: MakeStyle) -> dict[str, Lora]:
    """Ranks below, at and above the slots'; two lack layers."""
    return {
        "low": make_style(1, rank=3),
        "same": make_style(2, rank=RANK, skip=(1,)),
        "high": make_style(3, rank=20, skip=(0, 2)),
    }


@pytest.fixture
def slots(joined: Joined) -> Slots:
    return Slots(FlatLayout(list(joined.products), RANK), 5)


@pytest.fixture
def packed(slots: Slots, styles: dict[str, Lora]) -> dict[str, Packed]:
    return {key: Packed.of(key, style, slots.layout) for key, style in styles.items()}


def rows(
    packed: dict[str, Packed], pictures: list[list[tuple[str, float]]]
) -> list[list[tuple[Packed, float]]]:
    return [[(packed[key], weight) for key, weight in uses] for uses in pictures]


@torch.no_grad()
@pytest.mark.parametrize(
    "pictures",
    [
        [[("low", 1.0)], [("same", 0.7)], [], [("low", -0.5)]],
        [[("low", 1.0), ("same", -0.5)], [("high", 0.7)], [], [("high", 1.0), ("low", 2.0)]],
    ],
)
def test_a_mixed_batch_equals_its_rows_alone(
    stock: UNet2DConditionModel,
    joined: Joined,
    slots: Slots,
    styles: dict[str, Lora],
    packed: dict[str, Packed],
    inputs: Inputs,
    pictures: list[list[tuple[str, float]]],
) -> None:
    alone: list[Any] = []
    for row, uses in enumerate(pictures):
        own = merged(stock, [(styles[key], weight) for key, weight in uses])
        alone.append(inputs.run(own, slice(row, row + 1)))
    joined.use(slots.rows(rows(packed, pictures)))
    wanted = torch.cat(alone)
    assert (inputs.run(joined.unet) - wanted).norm() / wanted.norm() < 1e-5


@torch.no_grad()
def test_the_base_stays_bit_for_bit(
    joined: Joined, slots: Slots, packed: dict[str, Packed], inputs: Inputs
) -> None:
    before = [p.clone() for p in joined.unet.parameters()]
    for pictures in ([[("low", 1.0)]] * 4, [[("high", 2.0)], [], [("same", 1.0)], []]):
        joined.use(slots.rows(rows(packed, pictures)))
        inputs.run(joined.unet)
    assert all(torch.equal(p, q) for p, q in zip(joined.unet.parameters(), before, strict=True))


def small(key: str, layout: FlatLayout, make_style: MakeStyle, slots: int = 1) -> Packed:
    return Packed.of(key, make_style(7, rank=RANK * slots), layout)


def test_a_style_used_long_ago_makes_room(joined: Joined, make_style: MakeStyle) -> None:
    layout = FlatLayout(list(joined.products), RANK)
    slots = Slots(layout, 2)
    for key in ("a", "b", "a", "c"):
        slots.put([small(key, layout, make_style)])
    assert slots.keys == {"a", "c"}


def test_what_the_same_batch_uses_makes_no_room(joined: Joined, make_style: MakeStyle) -> None:
    layout = FlatLayout(list(joined.products), RANK)
    slots = Slots(layout, 3)
    slots.put([small(key, layout, make_style) for key in ("a", "b", "c")])
    slots.put([small("a", layout, make_style), small("d", layout, make_style, slots=2)])
    assert slots.keys == {"a", "d"}


def test_more_than_ever_fits_is_refused_and_changes_nothing(
    joined: Joined, make_style: MakeStyle
) -> None:
    layout = FlatLayout(list(joined.products), RANK)
    slots = Slots(layout, 2)
    slots.put([small("a", layout, make_style)])
    with pytest.raises(JobFailed) as failed:
        slots.put([small("b", layout, make_style, slots=2), small("c", layout, make_style)])
    assert (failed.value.key, failed.value.facts) == ("style.no_room", {"needed": 3, "most": 2})
    assert slots.keys == {"a"}


def test_a_layer_of_another_base_is_named(joined: Joined, make_style: MakeStyle) -> None:
    style = make_style(1)
    other = Lora(modules={"somewhere.else.to_q": next(iter(style.modules.values()))})
    with pytest.raises(JobFailed) as failed:
        FlatLayout(list(joined.products), RANK).pack(other)
    assert failed.value.key == "style.other_base"
    assert failed.value.facts["layer"] == "somewhere.else.to_q"


def test_two_users_train_in_one_batch_as_apart(
    joined: Joined, make_style: MakeStyle, inputs: Inputs
) -> None:
    layout = FlatLayout(list(joined.products), RANK)
    both = torch.cat([layout.pack(make_style(seed, rank=RANK)) for seed in (1, 2)])
    together = torch.zeros_like(both)
    joined.use(changes(layout, both, together))
    inputs.run(joined.unet).square().sum().backward()
    for user in (0, 1):
        one = both[user : user + 1]
        grads = torch.zeros_like(one)
        joined.use(changes(layout, one, grads))
        inputs.run(joined.unet, slice(2 * user, 2 * user + 2)).square().sum().backward()
        assert (together[user] - grads[0]).norm() / grads.norm() < 1e-4


def test_the_mask_keeps_what_layers_have(joined: Joined, make_style: MakeStyle) -> None:
    layout = FlatLayout(list(joined.products), RANK)
    flat = layout.pack(make_style(4, rank=RANK))
    assert torch.equal(flat * layout.mask(), flat)
    numbers = sum(
        RANK * (group.in_features * len(group.members) + sum(group.out_features))
        for group in layout.groups
    )
    assert layout.mask().sum() == numbers
