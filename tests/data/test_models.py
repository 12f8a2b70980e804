"""Ids can be put into buttons and read out loud."""

from __future__ import annotations

import dataclasses
import inspect

import pytest

from data import models
from data.ids import ID_ALPHABET, ID_LENGTH, new_id
from data.models import JobState


def test_ids_are_short_and_without_letters_that_look_alike() -> None:
    for _ in range(200):
        made = new_id()
        assert len(made) == ID_LENGTH
        assert set(made) <= set(ID_ALPHABET)
        assert not set(made) & set("ilou")


def test_ids_do_not_repeat() -> None:
    assert len({new_id() for _ in range(2_000)}) == 2_000


def test_exactly_three_states_are_ends() -> None:
    ends = {state for state in JobState if state.is_terminal}
    assert ends == {JobState.DONE, JobState.FAILED, JobState.CANCELLED}


VALUES = [
    value
    for _, value in inspect.getmembers(models, inspect.isclass)
    if dataclasses.is_dataclass(value)
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.__name__)
def test_values_are_frozen_and_slotted(value: type) -> None:
    assert getattr(value, "__dataclass_params__").frozen  # noqa: B009 - pyright knows no such name
    assert "__slots__" in vars(value)
