"""Files load and pictures come out as in a second program that shares no code with the engine."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from engine.base.loading import LoadedBase, base_folder, load_base
from engine.lora.packed import Stack
from engine.sampling.samplers import SAMPLERS
from engine.sampling.sigmas import SCHEDULES
from tests.engine.interop import peer_sampling
from tests.engine.interop.compared import RECIPE, STEEP, chain_of, latents_error, load
from tests.engine.interop.files import KINDS, Made, write
from tests.engine.interop.peer import Peer

#: fp16 rounding of the files; float32 sums in another order over 8 steps.
MOST = 1e-3
PAIRS = [(sampler, schedule) for sampler in SAMPLERS for schedule in SCHEDULES]
#: Both sides in float64: nothing but the order of sums is left, and what a steep base makes of it.
MOST_EXACT = 1e-6
#: every sampler and every schedule once; the rest is for patience
QUICK = {
    ("euler", "normal"),
    ("euler_ancestral", "karras"),
    ("dpmpp_2m", "exponential"),
    ("dpmpp_2m", "simple"),
    ("dpmpp_2m_sde", "sgm_uniform"),
    ("ddim", "ddim_uniform"),
    ("heun", "karras"),
    ("lcm", "sgm_uniform"),
}
#: on the schedule that float32 rounds worst; `python -m benchmarks.interop` has all of them
EXACT = [pair for pair in PAIRS if pair[1] == "ddim_uniform"]
QUICK_EXACT = {("dpmpp_2m", "ddim_uniform")}


@pytest.fixture(scope="module")
def base() -> LoadedBase:
    return load_base("builtin")


@pytest.fixture(scope="module")
def peer() -> Peer:
    return Peer(base_folder("builtin"))


@pytest.fixture(scope="module")
def exact() -> tuple[LoadedBase, Peer]:
    wide = torch.float64
    return load_base("builtin", dtype=wide), Peer(base_folder("builtin"), wide)


@pytest.fixture(scope="module")
def files(base: LoadedBase, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    folder: Path = tmp_path_factory.mktemp("files")
    return {kind: write(kind, base, folder) for kind in KINDS}


@pytest.fixture(scope="module")
def chained(base: LoadedBase, peer: Peer, files: dict[str, Made]) -> tuple[Stack, Peer]:
    stack, nodes = chain_of(base, [files["with text encoders"], files["LoCon"]])
    return stack, peer.with_loras(nodes)


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_loads_and_means_the_same(
    base: LoadedBase, peer: Peer, files: dict[str, Made], kind: str
) -> None:
    loaded = load(files[kind], base, peer)
    assert loaded.loaded == loaded.layers == len(files[kind].lora.modules)
    assert loaded.error < MOST


@pytest.mark.parametrize(
    ("sampler", "schedule"),
    [
        pytest.param(*pair, marks=() if pair in QUICK else pytest.mark.slow, id=" ".join(pair))
        for pair in PAIRS
    ],
)
def test_the_latents_are_the_same(
    base: LoadedBase, chained: tuple[Stack, Peer], sampler: str, schedule: str
) -> None:
    stack, other = chained
    recipe = dataclasses.replace(RECIPE, sampler=sampler, schedule=schedule)
    assert latents_error(base, stack, other, recipe) < MOST


@pytest.mark.parametrize(
    ("sampler", "schedule"),
    [
        pytest.param(
            *pair, marks=() if pair in QUICK_EXACT else pytest.mark.slow, id=" ".join(pair)
        )
        for pair in EXACT
    ],
)
def test_a_steep_base_gives_the_same_where_rounding_is_small(
    exact: tuple[LoadedBase, Peer], files: dict[str, Made], sampler: str, schedule: str
) -> None:
    base, peer = exact
    stack, nodes = chain_of(base, [files["with text encoders"], files["LoCon"]])
    recipe = dataclasses.replace(STEEP, sampler=sampler, schedule=schedule)
    assert latents_error(base, stack, peer.with_loras(nodes), recipe) < MOST_EXACT


@pytest.mark.parametrize("mark", ["1.25", "0.6", "BREAK", "1.2)"])
def test_the_comparison_sees_every_mark(
    base: LoadedBase, chained: tuple[Stack, Peer], mark: str
) -> None:
    # Ours draws with one mark less than theirs.
    stack, other = chained
    ours = dataclasses.replace(
        RECIPE,
        steps=2,
        positive=RECIPE.positive.replace(mark, ", " if mark == "BREAK" else "1"),
        negative=RECIPE.negative.replace(mark, "1)"),
    )
    theirs = dataclasses.replace(RECIPE, steps=2)
    assert latents_error(base, stack, other, ours, theirs) > MOST


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("steps", [1, 8, 30])
def test_noise_levels_are_the_same(base: LoadedBase, schedule: str, steps: int) -> None:
    ours = SCHEDULES[schedule](base.levels, steps).tolist()
    assert ours == peer_sampling.sigmas(schedule, steps)
    told = [int(base.levels.timestep(base.levels.sigmas.new_tensor(one))) for one in ours[:-1]]
    assert told == [peer_sampling.nearest_step(one) for one in ours[:-1]]
