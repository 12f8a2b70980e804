"""Whether files and pictures mean the same elsewhere: `python -m benchmarks.interop`.

The other side is the second program of `tests/engine/interop`, which restates the peers' naming and
arithmetic and shares no code with the engine. `docs/interop.md` keeps what it prints.
"""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path

import torch

from engine.base.loading import LoadedBase, base_folder, load_base
from engine.pictures.recipe import Recipe
from engine.sampling.samplers import SAMPLERS
from engine.sampling.sigmas import SCHEDULES
from tests.engine.interop.compared import RECIPE, STEEP, chain_of, latents_error, load
from tests.engine.interop.files import KINDS, write
from tests.engine.interop.peer import Peer


def main() -> None:
    """Print all three tables."""
    wide = torch.float64
    base, peer = load_base("builtin"), Peer(base_folder("builtin"))
    exact = load_base("builtin", dtype=wide), Peer(base_folder("builtin"), wide)
    with tempfile.TemporaryDirectory() as folder:
        _files(base, peer, Path(folder))
        print()
        _pictures(base, peer, Path(folder), RECIPE)
        print()
        _pictures(*exact, Path(folder), STEEP)


def _files(base: LoadedBase, peer: Peer, folder: Path) -> None:
    print("| file | layers | loaded | largest error of a weight's change |\n|---|---|---|---|")
    for kind in KINDS:
        loaded = load(write(kind, base, folder), base, peer)
        share = loaded.loaded / loaded.layers
        print(f"| {kind} | {loaded.layers} | {share:.0%} | {loaded.error:.1e} |")


def _pictures(base: LoadedBase, peer: Peer, folder: Path, told: Recipe) -> None:
    made = [write(kind, base, folder) for kind in ("with text encoders", "LoCon")]
    stack, nodes = chain_of(base, made)
    other = peer.with_loras(nodes)
    print(f"| sampler | {' | '.join(SCHEDULES)} |\n|---{'|---' * len(SCHEDULES)}|")
    for sampler in SAMPLERS:
        recipes = (dataclasses.replace(told, sampler=sampler, schedule=s) for s in SCHEDULES)
        errors = (latents_error(base, stack, other, recipe) for recipe in recipes)
        print(f"| {sampler} | {' | '.join(f'{error:.0e}' for error in errors)} |", flush=True)


if __name__ == "__main__":
    main()
