"""A recipe as a ComfyUI graph: every input that its nodes ask for, every link of the right kind."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from engine.base.families import FAMILIES, Family, family_of
from engine.pictures.comfyui import LoraFile, graph_of
from engine.pictures.recipe import Recipe

#: What ComfyUI 0.3.64 declares of these nodes: required inputs, and what each output is.
NODES: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "CheckpointLoaderSimple": ({"ckpt_name": "text"}, ("MODEL", "CLIP", "VAE")),
    "ModelSamplingDiscrete": (
        {"model": "MODEL", "sampling": "text", "zsnr": "yes or no"},
        ("MODEL",),
    ),
    "LoraLoader": (
        {
            "model": "MODEL",
            "clip": "CLIP",
            "lora_name": "text",
            "strength_model": "number",
            "strength_clip": "number",
        },
        ("MODEL", "CLIP"),
    ),
    "CLIPTextEncode": ({"text": "text", "clip": "CLIP"}, ("CONDITIONING",)),
    "ConditioningConcat": (
        {"conditioning_to": "CONDITIONING", "conditioning_from": "CONDITIONING"},
        ("CONDITIONING",),
    ),
    "EmptyLatentImage": (
        {"width": "number", "height": "number", "batch_size": "number"},
        ("LATENT",),
    ),
    "LoadImage": ({"image": "text"}, ("IMAGE", "MASK")),
    "ImageScale": (
        {
            "image": "IMAGE",
            "upscale_method": "text",
            "width": "number",
            "height": "number",
            "crop": "text",
        },
        ("IMAGE",),
    ),
    "VAEEncode": ({"pixels": "IMAGE", "vae": "VAE"}, ("LATENT",)),
    "KSampler": (
        {
            "model": "MODEL",
            "seed": "number",
            "steps": "number",
            "cfg": "number",
            "sampler_name": "text",
            "scheduler": "text",
            "positive": "CONDITIONING",
            "negative": "CONDITIONING",
            "latent_image": "LATENT",
            "denoise": "number",
        },
        ("LATENT",),
    ),
    "VAEDecode": ({"samples": "LATENT", "vae": "VAE"}, ("IMAGE",)),
    "SaveImage": ({"images": "IMAGE", "filename_prefix": "text"}, ()),
}
SAMPLERS = {"euler", "euler_ancestral", "heun", "dpmpp_2m", "dpmpp_2m_sde", "ddim", "lcm"}
SCHEDULES = {"normal", "karras", "exponential", "sgm_uniform", "simple", "ddim_uniform"}


def kind_of(value: Any, graph: dict[str, Any]) -> str:
    match value:
        case [str(node), int(output)]:
            return NODES[graph[node]["class_type"]][1][output]
        case bool():
            return "yes or no"
        case str():
            return "text"
        case _:
            return "number"


def recipe_of(family: Family) -> Recipe:
    return Recipe(
        prompt="1girl",
        positive=family.compose("1girl", 7),
        negative="худо",
        seed=5,
        steps=family.steps,
        guidance=family.guidance,
        sampler=family.sampler,
        schedule=family.schedule,
        width=family.width,
        height=family.height,
    )


@pytest.mark.parametrize("predicts_v", [False, True], ids=["epsilon", "v"])
@pytest.mark.parametrize("loras", [0, 1, 3])
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_comfyui_finds_all_that_its_nodes_ask_for(
    family: Family, loras: int, predicts_v: bool
) -> None:
    files = [LoraFile(file_name=f"{n}.safetensors", weight=0.5 + n) for n in range(loras)]
    recipe = recipe_of(family)
    graph = graph_of(recipe, files, checkpoint="a.safetensors", predicts_v=predicts_v)
    for node in graph.values():
        wanted, _ = NODES[node["class_type"]]
        assert {name: kind_of(value, graph) for name, value in node["inputs"].items()} == wanted
    kinds = [node["class_type"] for node in graph.values()]
    assert kinds.count("LoraLoader") == loras
    assert kinds.count("ModelSamplingDiscrete") == predicts_v
    [sampler] = [n["inputs"] for n in graph.values() if n["class_type"] == "KSampler"]
    assert sampler["sampler_name"] in SAMPLERS
    assert sampler["scheduler"] in SCHEDULES
    assert (sampler["seed"], sampler["steps"]) == (5, family.steps)


def test_the_text_encoders_have_a_strength_of_their_own() -> None:
    files = [LoraFile(file_name="a", weight=0.8, text_weight=-0.5)]
    graph = graph_of(recipe_of(FAMILIES[1]), files, checkpoint="pony.safetensors")
    [lora] = [n["inputs"] for n in graph.values() if n["class_type"] == "LoraLoader"]
    assert (lora["strength_model"], lora["strength_clip"]) == (0.8, -0.5)


def test_break_becomes_texts_side_by_side() -> None:
    recipe = dataclasses.replace(recipe_of(FAMILIES[1]), positive="a, BREAK (b:1.2) BREAK c")
    graph = graph_of(recipe, [], checkpoint="pony.safetensors")
    [sampler] = [n["inputs"] for n in graph.values() if n["class_type"] == "KSampler"]
    last = graph[sampler["positive"][0]]["inputs"]
    first = graph[last["conditioning_to"][0]]["inputs"]
    assert graph[last["conditioning_from"][0]]["inputs"]["text"] == "c"
    assert graph[first["conditioning_to"][0]]["inputs"]["text"] == "a,"
    assert graph[first["conditioning_from"][0]]["inputs"]["text"] == "(b:1.2)"


def test_texts_of_old_rules_are_spelled_so_that_comfyui_reads_no_marks() -> None:
    recipe = dataclasses.replace(recipe_of(FAMILIES[1]), positive="fox (b) BREAK", rules=2)
    graph = graph_of(recipe, [], checkpoint="pony.safetensors")
    texts = [n["inputs"]["text"] for n in graph.values() if n["class_type"] == "CLIPTextEncode"]
    assert texts[0] == r"fox \(b\) break"


def test_every_style_passes_through_all_before_it() -> None:
    files = [LoraFile(file_name="a"), LoraFile(file_name="b", weight=-0.5)]
    graph = graph_of(recipe_of(FAMILIES[1]), files, checkpoint="pony.safetensors")
    number = {node["inputs"].get("lora_name"): key for key, node in graph.items()}
    assert graph[number["b"]]["inputs"]["model"] == [number["a"], 0]
    assert graph[number["b"]]["inputs"]["clip"] == [number["a"], 1]
    assert graph[number["b"]]["inputs"]["strength_clip"] == -0.5
    [sampler] = [n["inputs"] for n in graph.values() if n["class_type"] == "KSampler"]
    texts = [n for n in graph.values() if n["class_type"] == "CLIPTextEncode"]
    assert sampler["model"] == [number["b"], 0]
    assert {tuple(one["inputs"]["clip"]) for one in texts} == {(number["b"], 1)}
    assert graph[sampler["positive"][0]]["inputs"]["text"].startswith("score_7")
    assert graph[sampler["negative"][0]]["inputs"]["text"] == "худо"


def test_a_picture_that_starts_from_another_loads_it() -> None:
    part = dataclasses.replace(
        recipe_of(family_of("pony")), start_sha256="ab" * 32, denoise=0.35, width=832, height=1216
    )
    graph = graph_of(part, [], checkpoint="pony.safetensors")
    for node in graph.values():
        inputs = NODES[node["class_type"]][0]
        assert {name: kind_of(value, graph) for name, value in node["inputs"].items()} == inputs
    by_kind = {node["class_type"]: node["inputs"] for node in graph.values()}
    assert by_kind["LoadImage"] == {"image": "abababababababab.png"}
    assert (by_kind["ImageScale"]["width"], by_kind["ImageScale"]["crop"]) == (832, "center")
    assert by_kind["KSampler"]["denoise"] == 0.35
    assert "EmptyLatentImage" not in by_kind
