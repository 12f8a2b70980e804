"""What a base needs follows from its configuration, and is what it really takes."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from engine.base.loading import LoadedBase
from engine.memory.device import Limits, plan_for
from engine.memory.needs import Needs, needs_of
from engine.memory.plan import GENEROUS


@pytest.fixture(scope="module")
def needs(tiny_base_folder: Path) -> Needs:
    return needs_of(tiny_base_folder, torch.float32, 16, (64, 64))


def test_weights_are_those_of_the_loaded_base(needs: Needs, tiny_base: LoadedBase) -> None:
    unet, vae = tiny_base.unet.model, tiny_base.vae
    wanted = sum(p.nbytes for part in (unet, vae) for p in part.parameters())
    assert needs.weights == wanted
    encoders = tiny_base.text.encoders
    texts = (p.nbytes for e in (encoders.first, encoders.second) for p in e.parameters())
    assert needs.texts == sum(texts)
    assert needs.style == 4 * tiny_base.slots.layout.size


def test_computing_again_keeps_less(needs: Needs) -> None:
    assert needs.drawing_row < needs.training_row_again < needs.training_row / 2


def test_a_larger_picture_takes_more(needs: Needs, tiny_base_folder: Path) -> None:
    large = needs_of(tiny_base_folder, torch.float32, 16, (128, 128))
    assert 3 < large.drawing_row / needs.drawing_row < 4.5  # some of it is per row
    assert 3.5 < large.decoding / needs.decoding < 4.5


def test_a_processor_is_not_limited(tiny_base_folder: Path) -> None:
    limits = Limits(gpu_memory_gb=1, slots=3)
    device, kind = torch.device("cpu"), torch.float32
    plan = plan_for(tiny_base_folder, device, kind, size=(64, 64), rank=16, limits=limits)
    assert plan == dataclasses.replace(GENEROUS, slots=3)
