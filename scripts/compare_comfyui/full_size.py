"""SDXL at its own widths, by names and shapes alone: no weight is made."""

# Another program, whose types are not ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn

from benchmarks.checkpoint_file import models_on_meta, pieces_of, random_values
from engine.base.place import SDXL_CONFIG
from engine.base.text_products import TextProducts
from engine.lora.names import layout_of
from engine.lora.weights import Lora, LoraModule
from engine.lora.writing import write_style
from scripts.compare_comfyui.program import warnings
from scripts.compare_comfyui.table import Report


def compare(work: Path, report: Report) -> None:
    """Let ComfyUI recognise the layout, and find a place that fits for every layer of a file."""
    import comfy.lora
    import comfy.model_detection
    import comfy.utils

    models, prefix = models_on_meta(SDXL_CONFIG), "model.diffusion_model."
    pieces = pieces_of(models, random_values())
    weights = {one.name: torch.empty(one.shape, device="meta") for one in pieces}
    kind = comfy.model_detection.model_config_from_unet(weights, prefix)
    kind.set_inference_dtype(torch.float32, None)
    unet = kind.get_model(weights, prefix, device="meta")
    texts = kind.clip_target(weights).clip(device="meta", dtype=torch.float32, model_options={})
    places = comfy.lora.model_lora_keys_unet(unet, {})
    places = comfy.lora.model_lora_keys_clip(texts, places)
    file, layers = work / "full-size.safetensors", dict(_layers(models))
    unet_config: Any = models["unet"].config
    write_style(file, Lora(modules=layers), layout_of(unet_config), {})
    with warnings() as told:
        read = comfy.lora.load_lora(comfy.utils.load_torch_file(str(file)), places)
    shapes = {n: w.shape for one in (unet, texts) for n, w in one.state_dict().items()}
    fitting = sum(_fits(shapes[name], adapter) for name, adapter in read.items())
    report.title("Names and shapes at full size, all layers that are trained")
    report.head("recognised as", "layers", "loaded", "left over")
    name, share = type(kind).__name__, f"{fitting / len(layers):.0%}"
    report.row(name, str(len(layers)), share, str(len(told)))
    met = name == "SDXL" and fitting == len(layers) and not told
    report.check("names and shapes at full size", met=met)


def _layers(models: dict[str, nn.Module]) -> Iterator[tuple[str, LoraModule]]:
    for path, layer in models["unet"].named_modules():
        if isinstance(layer, nn.Linear | nn.Conv2d) and path.startswith(("down", "mid", "up")):
            yield path, _module(layer.weight, layer)
    encoders: Any = {name: models[name] for name in ("text_encoder", "text_encoder_2")}
    products = TextProducts(encoders)
    for path in products.paths:
        part, _, inner = path.partition(".")
        yield path, _module(_inside(models[part], inner).weight, None)


def _inside(encoder: nn.Module, path: str) -> Any:
    """Find a layer with or without `text_model`: versions of transformers differ."""
    try:
        return encoder.get_submodule(path)
    except AttributeError:
        return encoder.get_submodule(path.removeprefix("text_model."))


def _module(weight: Any, layer: nn.Module | None) -> LoraModule:
    kernel = (weight.shape[2], weight.shape[3]) if isinstance(layer, nn.Conv2d) else None
    inner = math.prod(weight.shape[1:])
    return LoraModule(
        down=torch.zeros(1, inner), up=torch.zeros(len(weight), 1), alpha=1.0, kernel=kernel
    )


def _fits(shape: Any, adapter: Any) -> bool:
    up, down, *_ = adapter.weights
    return len(up) == shape[0] and down.numel() == len(down) * math.prod(shape[1:])
