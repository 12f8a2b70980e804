"""A recipe as a ComfyUI graph in its API format, which its server runs and its window opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.base.prompt_weights import parts
from engine.pictures.recipe import Recipe

Link = list[str | int]
Nodes = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraFile:
    """A LoRA by the name that it has in `models/loras`."""

    file_name: str
    weight: float = 1.0
    #: of its layers in the text encoders, where it is another
    text_weight: float | None = None


def graph_of(
    recipe: Recipe, loras: Sequence[LoraFile], *, checkpoint: str, predicts_v: bool = False
) -> Nodes:
    """Make the graph that draws the recipe's picture: nodes by number, inputs in ComfyUI's order.

    `checkpoint` is the base's file in `models/checkpoints`. ComfyUI's own rules are ours, so the
    seed means the same picture. SDXL's clip layer is what ComfyUI takes without being asked.
    """
    graph = _Graph()
    base = graph.add("CheckpointLoaderSimple", ckpt_name=checkpoint)
    model, clip, vae = [base, 0], [base, 1], [base, 2]
    if predicts_v:  # every known SDXL base of this kind was trained down to zero signal
        model = [graph.add("ModelSamplingDiscrete", model=model, sampling="v_prediction",
                           zsnr=True), 0]  # fmt: skip
    for lora in loras:
        loader = graph.add(
            "LoraLoader",
            lora_name=lora.file_name,
            strength_model=lora.weight,
            strength_clip=lora.weight if lora.text_weight is None else lora.text_weight,
            model=model,
            clip=clip,
        )
        model, clip = [loader, 0], [loader, 1]
    positive, negative = (graph.add_text(text, clip) for text in recipe.told)
    start = graph.add_start(recipe, vae)
    drawn = graph.add(
        "KSampler",
        seed=recipe.seed,
        steps=recipe.steps,
        cfg=recipe.guidance,
        sampler_name=recipe.sampler,
        scheduler=recipe.schedule,
        denoise=recipe.denoise,
        model=model,
        positive=[positive, 0],
        negative=[negative, 0],
        latent_image=[start, 0],
    )
    picture = graph.add("VAEDecode", samples=[drawn, 0], vae=vae)
    graph.add("SaveImage", images=[picture, 0], filename_prefix="ownhand")
    return graph.nodes


def start_name(recipe: Recipe) -> str:
    """Name the file in ComfyUI's `input` folder that the picture starts from."""
    return f"{recipe.start_sha256[:16]}.png"


class _Graph:
    """Nodes by number, in the order in which they were added."""

    def __init__(self) -> None:
        self.nodes: Nodes = {}

    def add(self, kind: str, **inputs: str | float | Link) -> str:
        """Add a node; a link is [node, number of its output]."""
        number = str(len(self.nodes) + 1)
        self.nodes[number] = {"class_type": kind, "inputs": inputs}
        return number

    def add_start(self, recipe: Recipe, vae: Link) -> str:
        """Add what it starts from: nothing, or a picture that has to lie in `input`."""
        if not recipe.start_sha256:
            size = {"width": recipe.width, "height": recipe.height}
            return self.add("EmptyLatentImage", **size, batch_size=1)
        image = self.add("LoadImage", image=start_name(recipe))
        scaled = self.add(
            "ImageScale",
            image=[image, 0],
            upscale_method="lanczos",
            width=recipe.width,
            height=recipe.height,
            crop="center",
        )
        return self.add("VAEEncode", pixels=[scaled, 0], vae=vae)

    def add_text(self, text: str, clip: Link) -> str:
        """Add what reads a text: one node for what stands between two BREAKs, joined in order."""
        first, *others = (self.add("CLIPTextEncode", text=part, clip=clip) for part in parts(text))
        for other in others:
            first = self.add(
                "ConditioningConcat", conditioning_to=[first, 0], conditioning_from=[other, 0]
            )
        return first
