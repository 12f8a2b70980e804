"""The window's graph says the same as the server's."""

from __future__ import annotations

import dataclasses
import json
from itertools import combinations
from typing import Any

import pytest

from engine.pictures.comfyui import LoraFile, Nodes, graph_of
from engine.pictures.litegraph import window_of, workflow
from engine.pictures.recipe import Recipe

RECIPE = Recipe(
    prompt="fox", positive="fox BREAK hat", negative="dog", seed=2**53 + 1, width=1024, height=832
)
LORAS = [LoraFile(file_name="a.safetensors"), LoraFile(file_name="b.safetensors", weight=-0.5)]
#: The order of what can be typed into each node of ComfyUI 0.3.64.
FIELDS = {
    "CheckpointLoaderSimple": ["ckpt_name"],
    "ModelSamplingDiscrete": ["sampling", "zsnr"],
    "LoraLoader": ["lora_name", "strength_model", "strength_clip"],
    "CLIPTextEncode": ["text"],
    "ConditioningConcat": [],
    "EmptyLatentImage": ["width", "height", "batch_size"],
    "LoadImage": ["image", "folder"],
    "ImageScale": ["upscale_method", "width", "height", "crop"],
    "VAEEncode": [],
    "KSampler": ["seed", "after", "steps", "cfg", "sampler_name", "scheduler", "denoise"],
    "VAEDecode": [],
    "SaveImage": ["filename_prefix"],
}

#: What its page makes each node at least (`computeSize` in front ends 1.32.9 to 1.58.1).
LEAST = {
    "CheckpointLoaderSimple": (210, 98),
    "ModelSamplingDiscrete": (210, 82),
    "LoraLoader": (210, 126),
    "CLIPTextEncode": (219, 88),
    "ConditioningConcat": (237, 46),
    "EmptyLatentImage": (210, 106),
    "LoadImage": (223, 102),
    "ImageScale": (210, 130),
    "VAEEncode": (140, 46),
    "KSampler": (210, 262),
    "VAEDecode": (140, 46),
    "SaveImage": (210, 58),
}
TITLE = 30
START = dataclasses.replace(RECIPE, start_sha256="ab" * 32, denoise=0.5)
LONG = dataclasses.replace(START, positive=" BREAK ".join("abcde"), negative="x BREAK y")


def read_back(window: dict[str, Any]) -> Nodes:
    """Make the server's graph of the window's, as the window does when it is run."""
    links = {link[0]: link for link in window["links"]}
    nodes: Nodes = {}
    for node in window["nodes"]:
        inputs = dict(zip(FIELDS[node["type"]], node["widgets_values"], strict=True))
        inputs.pop("after", None)
        inputs.pop("folder", None)
        for place, socket in enumerate(node["inputs"]):
            _, source, output, target, slot, kind = links[socket["link"]]
            assert (target, slot, kind) == (node["id"], place, socket["type"])
            inputs[socket["name"]] = [str(source), output]
        nodes[str(node["id"])] = {"class_type": node["type"], "inputs": inputs}
    return nodes


def graph() -> Nodes:
    return graph_of(RECIPE, LORAS, checkpoint="pony.safetensors", predicts_v=True)


def test_the_window_runs_the_servers_graph() -> None:
    assert read_back(window_of(graph())) == graph()


def test_a_start_is_run_too() -> None:
    nodes = graph_of(START, LORAS, checkpoint="pony.safetensors")
    assert read_back(window_of(nodes)) == nodes


def test_a_file_for_the_window_is_what_the_window_keeps() -> None:
    # The API format opens as well, but with "randomize" beside the seed.
    text = workflow(RECIPE, LORAS, checkpoint="pony.safetensors", predicts_v=True)
    assert json.loads(text) == window_of(graph())


def test_both_ends_of_a_link_know_of_it() -> None:
    window = window_of(graph())
    told = {
        (link, node["id"], slot)
        for node in window["nodes"]
        for slot, output in enumerate(node["outputs"])
        for link in output["links"]
    }
    assert told == {(link[0], link[1], link[2]) for link in window["links"]}


def laid_out(recipe: Recipe, loras: list[LoraFile]) -> list[dict[str, Any]]:
    nodes = graph_of(recipe, loras, checkpoint="pony.safetensors", predicts_v=True)
    return window_of(nodes)["nodes"]


def box(node: dict[str, Any]) -> tuple[int, int, int, int]:
    """What a node covers in the page, its title too: left, top, right, bottom."""
    (left, top), (width, height) = node["pos"], node["size"]
    return left, top - TITLE, left + width, top + height


@pytest.mark.parametrize("loras", [0, 2, 5])
@pytest.mark.parametrize("recipe", [RECIPE, START, LONG], ids=["text", "start", "breaks"])
def test_no_node_covers_another(recipe: Recipe, loras: int) -> None:
    shown = laid_out(recipe, LORAS[:1] * loras)
    for one, other in combinations(map(box, shown), 2):
        apart_x = one[2] < other[0] or other[2] < one[0]
        apart_y = one[3] < other[1] or other[3] < one[1]
        assert apart_x or apart_y, (one, other)


@pytest.mark.parametrize("recipe", [RECIPE, LONG], ids=["text", "breaks"])
def test_the_page_does_not_have_to_widen_a_node(recipe: Recipe) -> None:
    for node in laid_out(recipe, LORAS):
        least = LEAST[node["type"]]
        assert node["size"][0] >= least[0], node["type"]
        assert node["size"][1] >= least[1], node["type"]


def test_links_lead_to_the_right_or_down() -> None:
    window = window_of(graph_of(LONG, LORAS, checkpoint="pony.safetensors"))
    boxes = {node["id"]: box(node) for node in window["nodes"]}
    for _, source, _, target, *_ in window["links"]:
        one, other = boxes[source], boxes[target]
        assert one[2] < other[0] or (one[0] == other[0] and one[3] < other[1]), (one, other)


@pytest.mark.parametrize("recipe", [RECIPE, START], ids=["text", "start"])
def test_titles_can_be_read_at_first(recipe: Recipe) -> None:
    # The page fits a graph into three quarters of its canvas, in 1.28.7 beside a bar, and draws no
    # titles below 0.6 (4/7 in newer ones).
    boxes = [box(node) for node in laid_out(recipe, LORAS)]
    width = max(one[2] for one in boxes) - min(one[0] for one in boxes)
    height = max(one[3] for one in boxes) - min(one[1] for one in boxes)
    assert 0.75 * min(1240 / width, 860 / height) > 0.6


def test_the_seed_stays_as_it_is() -> None:
    [sampler] = [n for n in window_of(graph())["nodes"] if n["type"] == "KSampler"]
    assert sampler["widgets_values"][:2] == [2**53 + 1, "fixed"]
