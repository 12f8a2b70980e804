"""The graph that a picture of ours carries, run by ComfyUI's validator and executor."""

# Another program, whose types are not ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
from PIL import Image

from engine.builtin.drawing import draw
from engine.lora.packed import Stack
from engine.pictures.comfyui import start_name
from engine.pictures.easel import Easel
from engine.pictures.encoding import decode, png
from engine.pictures.metadata import chunks
from engine.pictures.picture import begin
from engine.pictures.recipe import AdapterUse, Recipe
from engine.pictures.start import start_latent
from engine.sampling.prediction import Prediction
from scripts.compare_comfyui.bases import Base
from scripts.compare_comfyui.table import Report
from tests.engine.interop.compared import RECIPE, chain_of
from tests.engine.interop.files import Made, write

#: Of 255; a value may fall on either side of a whole number.
MOST: Final = 1
LEAST_EQUAL: Final = 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A case: a recipe with its styles, and what it starts from."""

    name: str
    base: Base
    recipe: Recipe
    stack: Stack = ()
    start: Path | None = None


def compare(base: Base, velocity: Base, home: Path, report: Report) -> None:
    """Draw every case here, and again there by what the file says."""
    import comfy_extras.nodes_model_advanced as extra
    import nodes as known

    known.NODE_CLASS_MAPPINGS.update(extra.NODE_CLASS_MAPPINGS)  # its server does so for all
    report.title(f"The graph in a picture, the {base.name} base")
    report.head("picture", "nodes", "equal values", "largest difference of 255", "spread of 255")
    made = [write(one, base.ours, home / "models/loras") for one in ("with text encoders", "LoCon")]
    for case in cases(base, velocity, made, home / "input"):
        file = home / "ours.png"
        file.write_bytes(_png(case))
        with Image.open(file) as ours:
            nodes, values = json.loads(ours.info["prompt"]), _values(ours)
        with Image.open(run(nodes, home / "output")) as picture:
            theirs = _values(picture)
        apart = np.abs(values - theirs)
        equal, most = float((apart == 0).mean()), int(apart.max())
        spread = f"{values.std():.0f}"
        report.row(case.name, str(len(nodes)), f"{equal:.3%}", str(most), spread)
        report.check(f"graph {case.name}", met=most <= MOST and equal >= LEAST_EQUAL)


def cases(base: Base, velocity: Base, made: list[Made], inputs: Path) -> Iterator[Drawn]:
    """Make what is drawn; what pictures start from is laid into ComfyUI's `input`."""
    told = dataclasses.replace(RECIPE, sampler="dpmpp_2m", schedule="karras", width=192)
    plain = dataclasses.replace(told, positive="a red fox", negative="")
    yield Drawn(name="a prompt", base=base, recipe=plain)
    yield Drawn(name="weights and BREAK", base=base, recipe=told)
    yield Drawn(name="the same, of a base that predicts velocity", base=velocity, recipe=told)
    stack, chain = chain_of(base.ours, made)
    uses = tuple(
        AdapterUse(
            name=one.file.stem,
            sha256=hashlib.sha256(one.file.read_bytes()).hexdigest(),
            weight=node.strength_model,
            text_weight=node.strength_clip,
        )
        for one, node in zip(made, chain, strict=True)
    )
    styled = dataclasses.replace(told, adapters=uses)
    yield Drawn(name="the same with two LoRAs", base=base, recipe=styled, stack=stack)
    file = io.BytesIO()
    draw(1).picture.resize((200, 150)).save(file, "PNG")
    sha256 = hashlib.sha256(file.getvalue()).hexdigest()
    begun = dataclasses.replace(styled, start_sha256=sha256, denoise=0.6)
    start = inputs / start_name(begun)
    start.write_bytes(file.getvalue())
    yield Drawn(name="the same from a drawing", base=base, recipe=begun, stack=stack, start=start)


def _png(case: Drawn) -> bytes:
    """Draw a case as the engine does, with all that it writes into the file."""
    ours, recipe = case.base.ours, case.recipe
    start = start_latent(ours, case.start, recipe) if case.start else None
    picture, easel = begin(ours, recipe, case.stack, start), Easel(ours)
    while not picture.course.finished:
        easel.do([picture])
    known = {"base": ours.name, "base_sha256": ours.sha256, "family": ours.family}
    predicts_v = ours.prediction is Prediction.VELOCITY
    told = chunks(dataclasses.replace(recipe, **known), predicts_v=predicts_v)
    return png(decode(ours, picture.course.x)[0], told)


def run(nodes: dict[str, Any], output: Path) -> Path:
    """Validate a graph and run it as ComfyUI's server does; the file that it saves."""
    import execution

    valid, error, outputs, errors = asyncio.run(execution.validate_prompt("ours", nodes, None))
    if not valid:
        raise RuntimeError(f"ComfyUI refuses the graph: {error}, {errors}")
    server = SimpleNamespace(client_id=None, last_node_id=None, send_sync=lambda *_, **__: None)
    executor = execution.PromptExecutor(server, cache_args={"lru": 0, "ram": 0.0})
    executor.execute(nodes, "ours", {}, outputs)
    if not executor.success:
        raise RuntimeError(f"ComfyUI stopped in the graph: {executor.status_messages[-1]}")
    [saved] = (
        one for told in executor.history_result["outputs"].values() for one in told["images"]
    )
    return output / saved["subfolder"] / saved["filename"]


def _values(picture: Image.Image) -> Any:
    return np.asarray(picture.convert("RGB"), dtype=int)
