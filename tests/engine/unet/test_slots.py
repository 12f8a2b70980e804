"""Every row of a batch gets its own styles, exactly as if it were alone."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers import UNet2DConditionModel

from engine.errors import JobFailed
from engine.lora.adapters import Adapters
from engine.lora.layout import FlatLayout
from engine.lora.slots import Slots, Uses, changes
from engine.lora.weights import Lora
from tests.engine.unet.conftest import Inputs, Joined, MakeStyle

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
def slots(joined: Joined, styles: dict[str, Lora]) -> Slots:
    layout = FlatLayout(list(joined.products), RANK)
    filled = Slots(layout, 5)
    for key, style in styles.items():
        filled.put(key, layout.pack(style))
    return filled


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
    inputs: Inputs,
    pictures: list[Uses],
) -> None:
    adapters = Adapters(stock)
    alone: list[Any] = []
    for row, uses in enumerate(pictures):
        with adapters.using([(styles[key], weight) for key, weight in uses]):
            alone.append(inputs.run(stock, slice(row, row + 1)))
    adapters.close()
    joined.use(slots.rows(pictures))
    wanted = torch.cat(alone)
    assert (inputs.run(joined.unet) - wanted).norm() / wanted.norm() < 1e-5


@torch.no_grad()
def test_the_base_stays_bit_for_bit(joined: Joined, slots: Slots, inputs: Inputs) -> None:
    before = [p.clone() for p in joined.unet.parameters()]
    for pictures in ([[("low", 1.0)]] * 4, [[("high", 2.0)], [], [("same", 1.0)], []]):
        joined.use(slots.rows(pictures))
        inputs.run(joined.unet)
    assert all(torch.equal(p, q) for p, q in zip(joined.unet.parameters(), before, strict=True))


def test_a_style_used_long_ago_makes_room(joined: Joined, make_style: MakeStyle) -> None:
    layout = FlatLayout(list(joined.products), RANK)
    slots = Slots(layout, 2)
    for key in ("a", "b", "a", "c"):
        slots.put(key, layout.pack(make_style(7)))
    assert slots.keys == {"a", "c"}


def test_what_is_in_use_makes_no_room(joined: Joined, make_style: MakeStyle) -> None:
    layout = FlatLayout(list(joined.products), RANK)
    slots = Slots(layout, 2)
    for key in ("a", "b"):
        slots.put(key, layout.pack(make_style(7)))
    with pytest.raises(JobFailed) as failed:
        slots.put("c", layout.pack(make_style(8)), keep=frozenset(("a", "b")))
    assert failed.value.key == "style.no_room"
    assert slots.keys == {"a", "b"}


def test_a_layer_of_another_base_is_named(joined: Joined, make_style: MakeStyle) -> None:
    style = make_style(1)
    other = Lora(modules={"somewhere.else.to_q": next(iter(style.modules.values()))})
    with pytest.raises(KeyError, match=r"somewhere\.else"):
        FlatLayout(list(joined.products), RANK).pack(other)


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
