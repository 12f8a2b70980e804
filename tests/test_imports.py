"""The bot process never loads torch, whatever of the bot it imports."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.sources import ROOT, dotted, modules

HEAVY = ("torch", "diffusers", "transformers", "peft", "accelerate", "onnxruntime")
#: What the bot process needs of the engine; the rest belongs to the worker process.
ENGINE_SIDE = (
    "engine.backoff",
    "engine.base.buckets",
    "engine.base.counting",
    "engine.base.families",
    "engine.base.prompt_weights",
    "engine.base.kinds",
    "engine.base.place",
    "engine.base.tokens",
    "engine.base.windows",
    "engine.child",
    "engine.client",
    "engine.errors",
    "engine.fake",
    "engine.flights",
    "engine.framing",
    "engine.lora.names",
    "engine.lora.reading",
    "engine.lora.shrinking",
    "engine.lora.streaming",
    "engine.lora.thumbnails",
    "engine.outbox",
    "engine.pictures.comfyui",
    "engine.pictures.litegraph",
    "engine.pictures.metadata",
    "engine.pictures.recipe",
    "engine.pictures.webp",
    "engine.protocol",
    "engine.scripted",
    "engine.supervisor",
    "engine.training.recipes",
)

LOOK = """
import importlib, json, sys
for name in sys.argv[2:]:
    importlib.import_module(name)
print(json.dumps(sorted(set(sys.argv[1].split(",")) & set(sys.modules))))
"""


def loaded_by(names: list[str]) -> list[str]:
    """Import the modules in a fresh interpreter; return the heavy libraries it has then."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK, ",".join(HEAVY), *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def names_in(*folders: str) -> list[str]:
    """Return the modules that can be imported without starting a program."""
    found = [dotted(module) for module in modules(*folders)]
    return [name for name in found if not name.endswith("__main__")]


@pytest.mark.parametrize("package", ["bot", "cogs", "data"])
def test_package_loads_nothing_heavy(package: str) -> None:
    assert loaded_by(names_in(package)) == []


def test_clients_side_of_the_engine_loads_nothing_heavy() -> None:
    there = [name for name in ENGINE_SIDE if name in names_in("engine")]
    assert there
    assert loaded_by(there) == []


def test_the_look_would_see_it() -> None:
    assert loaded_by(["onnxruntime"]) == ["onnxruntime"]
