"""The loop draws eagerly until a graph is ready, and nobody notices when it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch._dynamo.testing import CompileCounter

from engine.base.loading import LoadedBase
from engine.lora.packed import PackedStyle, Stack
from engine.lora.styles import packed
from engine.lora.weights import Lora, LoraModule
from engine.pictures.batch import Batch
from engine.pictures.easel import Easel
from engine.pictures.kept_texts import KeptTexts
from engine.pictures.picture import Picture, begin
from engine.pictures.recipe import Recipe
from engine.unet.graphs import Graphs

FOX = Recipe(prompt="", positive="red fox", seed=3, steps=4, width=64, height=64)
Job = Callable[[], None]


@pytest.fixture
def jobs() -> list[Job]:
    """What would be done by another thread."""
    return []


@pytest.fixture
def graphs(tiny_base: LoadedBase, jobs: list[Job]) -> Graphs:
    torch._dynamo.reset()
    return Graphs(tiny_base.unet, tiny_base.slots, jobs.append, backend=CompileCounter())


@pytest.fixture
def compiling(tiny_base: LoadedBase, graphs: Graphs) -> LoadedBase:
    return dataclasses.replace(tiny_base, graphs=graphs)


@pytest.fixture
def style(tiny_base: LoadedBase) -> PackedStyle:
    generator = torch.Generator().manual_seed(1)
    modules = {
        name: LoraModule(
            down=torch.randn(4, inner, generator=generator) * 0.2,
            up=torch.randn(outer, 4, generator=generator) * 0.2,
            alpha=2.0,
        )
        for name, (inner, outer) in tiny_base.slots.layout.members.items()
    }
    return packed(Lora(modules=modules), "style", tiny_base)


def pictures(base: LoadedBase, stacks: list[Stack]) -> list[Picture]:
    return [begin(base, dataclasses.replace(FOX, seed=n), s) for n, s in enumerate(stacks)]


def step(base: LoadedBase, stacks: list[Stack]) -> torch.Tensor:
    made = pictures(base, stacks)
    Batch(base, KeptTexts(base.unet, base.slots, 1 << 20), made).step()
    return torch.cat([picture.course.x for picture in made])


@pytest.mark.slow
def test_a_graph_takes_over_when_it_is_ready(
    tiny_base: LoadedBase,
    compiling: LoadedBase,
    jobs: list[Job],
    style: PackedStyle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stacks: list[Stack] = [((style, 0.7),), (), ((style, -0.5),)]  # three pictures: padded to eight
    wanted = step(tiny_base, stacks)
    assert torch.equal(step(compiling, stacks), wanted)
    assert len(jobs) == 1
    step(compiling, stacks)
    assert len(jobs) == 1  # asked for once
    jobs[0]()

    def eager(*_: Any) -> None:
        pytest.fail("it was ready")

    monkeypatch.setattr(tiny_base.unet, "predict", eager, raising=False)
    ready = step(compiling, stacks)
    four: list[Stack] = [(), (), ((style, 1.0),), ()]
    step(compiling, four)  # the same eight rows
    assert (ready - wanted).norm() / wanted.norm() < 1e-5


@pytest.mark.slow
def test_stacks_of_styles_stay_eager(
    tiny_base: LoadedBase, compiling: LoadedBase, jobs: list[Job], style: PackedStyle
) -> None:
    other = dataclasses.replace(style, linears=dataclasses.replace(style.linears, key="other"))
    stacks: list[Stack] = [((style, 0.7), (other, 0.2))]
    assert torch.equal(step(compiling, stacks), step(tiny_base, stacks))
    assert jobs == []


def test_what_cannot_be_compiled_stays_eager(
    tiny_base: LoadedBase, jobs: list[Job], caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> torch.Tensor:
        raise RuntimeError("no compiler here\nand a long story")

    graphs = Graphs(tiny_base.unet, tiny_base.slots, jobs.append)
    graphs._compiled._run = broken
    base = dataclasses.replace(tiny_base, graphs=graphs)
    wanted = step(tiny_base, [()])
    assert torch.equal(step(base, [()]), wanted)
    jobs[0]()
    assert torch.equal(step(base, [()]), wanted)
    assert len(jobs) == 1
    assert "the U-Net stays eager: no compiler here" in caplog.text
    assert "story" not in caplog.text


def test_no_weight_is_held_twice(tiny_base: LoadedBase, graphs: Graphs) -> None:
    own = {p.data_ptr() for p in tiny_base.unet.model.parameters()}
    assert {p.data_ptr() for p in graphs._compiled._unet.model.parameters()} == own
    twin = graphs._compiled._unet.model
    assert not {id(m) for m in twin.modules()} & {id(m) for m in tiny_base.unet.model.modules()}


def test_drawing_goes_on_while_it_compiles(compiling: LoadedBase, jobs: list[Job]) -> None:
    easel, left = Easel(compiling), pictures(compiling, [(), ()])
    while left:
        easel.do(easel.choose([left]))
        left = [picture for picture in left if not picture.course.finished]
    assert len(jobs) == 1
