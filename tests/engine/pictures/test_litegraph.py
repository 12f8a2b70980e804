"""The window's graph says the same as the server's."""

from __future__ import annotations

import dataclasses
from typing import Any

from engine.pictures.comfyui import LoraFile, Nodes, graph_of
from engine.pictures.litegraph import window_of
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
    part = dataclasses.replace(RECIPE, start_sha256="ab" * 32, denoise=0.5)
    nodes = graph_of(part, LORAS, checkpoint="pony.safetensors")
    assert read_back(window_of(nodes)) == nodes


def test_both_ends_of_a_link_know_of_it() -> None:
    window = window_of(graph())
    told = {
        (link, node["id"], slot)
        for node in window["nodes"]
        for slot, output in enumerate(node["outputs"])
        for link in output["links"]
    }
    assert told == {(link[0], link[1], link[2]) for link in window["links"]}


def test_no_node_covers_another() -> None:
    places = [tuple(node["pos"]) for node in window_of(graph())["nodes"]]
    assert len(set(places)) == len(places)


def test_the_seed_stays_as_it_is() -> None:
    [sampler] = [n for n in window_of(graph())["nodes"] if n["type"] == "KSampler"]
    assert sampler["widgets_values"][:2] == [2**53 + 1, "fixed"]
