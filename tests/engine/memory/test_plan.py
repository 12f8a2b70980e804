"""The plan gives up as little as it can, and says so when nothing helps."""

from __future__ import annotations

import dataclasses

import pytest

from engine.errors import JobFailed
from engine.memory.needs import Needs
from engine.memory.plan import GENEROUS, USUAL_ROWS, Plan, fitting

GIGA = 10**9
#: Rounded figures of SDXL at 1024².
NEEDS = Needs(
    pixels=1024 * 1024,
    weights=55 * GIGA // 10,
    texts=16 * GIGA // 10,
    style=GIGA // 10,
    drawing_row=27 * GIGA // 100,
    decoding=6 * GIGA,
    decoding_tile=16 * GIGA // 10,
    training=GIGA,
    learning=4 * GIGA // 10,
    training_row=7 * GIGA,
    training_row_again=6 * GIGA // 10,
)


def test_with_plenty_nothing_is_given_up() -> None:
    plan = fitting(NEEDS, 80 * GIGA)
    assert (plan.slots, plan.pictures, plan.checkpointed, plan.tiled) == (8, 8, False, False)
    assert plan.most_pixels == 8 * NEEDS.pixels
    assert plan.whole_pixels == NEEDS.pixels


@pytest.mark.parametrize("gigabytes", [10, 11, 12, 16, 24, 40, 80])
def test_a_plan_fits_and_more_memory_never_gives_less(gigabytes: int) -> None:
    plan, more = (fitting(NEEDS, amount * GIGA) for amount in (gigabytes, gigabytes + 4))
    assert plan.peak(NEEDS) <= gigabytes * GIGA
    assert more.slots >= plan.slots
    assert more.pictures >= plan.pictures
    assert more.checkpointed <= plan.checkpointed
    assert more.texts_on_host <= plan.texts_on_host


def test_what_comes_first_is_given_up_first() -> None:
    plan = fitting(NEEDS, 24 * GIGA)
    assert plan.checkpointed
    assert not plan.texts_on_host
    assert plan.slots == GENEROUS.slots


def test_drawing_and_training_take_turns() -> None:
    plan = Plan(checkpointed=True, train_rows=1)
    peaks = plan.peaks(NEEDS)
    assert peaks["drawing beside training"] < peaks["drawing"] + peaks["training"]
    assert peaks["drawing beside training"] - peaks["drawing"] == NEEDS.training


def test_every_training_at_once_needs_its_own_state() -> None:
    peak = fitting(NEEDS, 24 * GIGA).peak(NEEDS)
    assert fitting(NEEDS, peak).peak(NEEDS) == peak
    assert fitting(NEEDS, peak, trainings=2).peak(NEEDS) <= peak - NEEDS.training


def test_a_card_with_room_trains_several_in_one_pass() -> None:
    small = dataclasses.replace(NEEDS, training_row=GIGA)
    roomy, tight = (fitting(small, amount * GIGA, trainings=3) for amount in (80, 24))
    assert roomy.train_rows == 3 * USUAL_ROWS
    assert roomy.peak(small) + 2 * small.training <= 80 * GIGA
    assert tight.train_rows == USUAL_ROWS
    assert fitting(small, 80 * GIGA).train_rows == USUAL_ROWS


def test_the_largest_picture_takes_all_that_is_left() -> None:
    budget = 30 * GIGA
    plan = fitting(NEEDS, budget)
    assert plan.largest_pixels is not None
    rows = 2 * plan.largest_pixels / NEEDS.pixels
    held = plan.peak(NEEDS) - plan.drawing(NEEDS)
    assert held + rows * NEEDS.drawing_row <= budget
    assert plan.largest_pixels >= plan.most_pixels


def test_too_little_is_said_in_gigabytes() -> None:
    with pytest.raises(JobFailed) as failed:
        fitting(NEEDS, 6 * GIGA)
    least = dataclasses.replace(GENEROUS, slots=1)
    assert failed.value.key == "engine.small_memory"
    assert failed.value.facts["free"] == "6.0"
    assert 6 < float(str(failed.value.facts["needed"])) < least.peak(NEEDS) / GIGA


def test_the_host_may_ask_for_slots() -> None:
    assert fitting(NEEDS, 80 * GIGA, slots=12).slots == 12
    tight = fitting(NEEDS, 12 * GIGA, slots=6)
    assert tight.slots == 6
    assert tight.peak(NEEDS) <= 12 * GIGA
