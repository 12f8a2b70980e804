"""A picture says how it was drawn, in our words and in A1111's."""

from __future__ import annotations

import dataclasses
import io
import json

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from engine.pictures.metadata import chunks, parameters, read_recipe
from engine.pictures.recipe import AdapterUse, Recipe

RECIPE = Recipe(
    prompt="fox",
    positive="score_7, score_6_up, fox",
    negative="furry, pony",
    score=7,
    seed=123,
    steps=25,
    guidance=7.0,
    width=1024,
    height=832,
    adapters=(
        AdapterUse(name="mira", sha256="aa" * 32, weight=0.8),
        AdapterUse(name="detail-slider", sha256="bb" * 32, weight=-1.5),
    ),
    base="pony_v6",
    base_sha256="67ab2fd8ec" + "0" * 54,
    family="pony",
)
HASHES = {"aa" * 32: "12" * 32, "bb" * 32: "34" * 32}


def test_parameters_are_a1111s() -> None:
    assert parameters(RECIPE, HASHES) == (
        "score_7, score_6_up, fox <lora:mira:0.8> <lora:detail-slider:-1.5>\n"
        "Negative prompt: furry, pony\n"
        "Steps: 25, Sampler: Euler a, Schedule type: Normal, CFG scale: 7, Seed: 123, "
        "Size: 1024x832, Model hash: 67ab2fd8ec, Model: pony_v6, Clip skip: 2, RNG: CPU, "
        'Lora hashes: "mira: 121212121212, detail-slider: 343434343434"'
    )


def test_an_empty_negative_still_has_its_line() -> None:
    # ComfyUI's import needs both lines.
    text = parameters(dataclasses.replace(RECIPE, negative="", adapters=()), {})
    assert "\nNegative prompt: \nSteps: " in text
    assert "Lora hashes" not in text


def test_karras_is_said_where_comfyui_looks_for_it() -> None:
    recipe = dataclasses.replace(RECIPE, sampler="dpmpp_2m", schedule="karras")
    assert "Sampler: DPM++ 2M Karras, Schedule type: Karras" in parameters(recipe, {})


def test_other_programs_draw_the_start_noise_where_we_did() -> None:
    # Ours comes from the CPU on every device; A1111's `RNG: GPU` would start from another picture.
    assert ", RNG: CPU" in parameters(dataclasses.replace(RECIPE, noise_device="cuda"), {})


def test_values_with_commas_are_quoted() -> None:
    text = parameters(dataclasses.replace(RECIPE, base='my "base", v1'), {})
    assert 'Model: "my \\"base\\", v1", Clip' in text


def png_with(text: dict[str, str]) -> bytes:
    info = PngInfo()
    for key, value in text.items():
        info.add_itxt(key, value)
    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(file, "PNG", pnginfo=info)
    return file.getvalue()


def test_the_recipe_is_found_again() -> None:
    recipe = dataclasses.replace(RECIPE, prompt="лиса")
    assert read_recipe(png_with(chunks(recipe))) == recipe


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        png_with({}),
        png_with({"ownhand": "{}"}),
        png_with({"ownhand": "x"}),
    ],
    ids=["empty", "cut", "plain", "no-recipe", "no-json"],
)
def test_other_pictures_have_no_recipe(data: bytes) -> None:
    assert read_recipe(data) is None


def test_comfyui_finds_its_graph_where_the_base_opens_there() -> None:
    told = chunks(RECIPE, HASHES)
    nodes, window = json.loads(told["prompt"]), json.loads(told["workflow"])
    assert nodes["1"]["inputs"] == {"ckpt_name": "pony_v6.safetensors"}
    loras = [n["inputs"] for n in nodes.values() if n["class_type"] == "LoraLoader"]
    assert [lora["lora_name"] for lora in loras] == [
        "mira.safetensors",
        "detail-slider.safetensors",
    ]
    assert len(window["nodes"]) == len(nodes)
    assert "ModelSamplingDiscrete" in chunks(RECIPE, predicts_v=True)["prompt"]


def test_a_graph_that_would_not_open_is_left_out() -> None:
    told = chunks(dataclasses.replace(RECIPE, base="builtin", family="builtin"), HASHES)
    assert set(told) == {"parameters", "ownhand"}


def test_a_weight_of_the_text_encoders_is_told_as_a1111_reads_it() -> None:
    use = AdapterUse(name="mira", sha256="aa" * 32, weight=0.8, text_weight=0.5)
    assert " <lora:mira:0.5:0.8>\n" in parameters(dataclasses.replace(RECIPE, adapters=(use,)), {})


def test_ddim_has_its_own_schedule() -> None:
    recipe = dataclasses.replace(RECIPE, sampler="ddim", schedule="ddim_uniform")
    assert "Sampler: DDIM, Schedule type: DDIM" in parameters(recipe, {})
