"""Styles from elsewhere: convolutions, embeddings and text encoders, as if merged into the base."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine.base.encoding import TextEncoding
from engine.base.loading import LoadedBase, load_base
from engine.errors import JobFailed
from engine.lora.packed import PackedStyle
from engine.lora.styles import packed, read_packed
from engine.lora.weights import Lora, LoraModule
from engine.lora.writing import write_tensors
from engine.pictures.batch import Batch
from engine.pictures.kept_texts import KeptTexts
from engine.pictures.picture import begin
from engine.pictures.recipe import Recipe

RANK = 3
MakeValues = Callable[..., Tensor]


@pytest.fixture
def values() -> MakeValues:
    generator = torch.Generator().manual_seed(8)
    return lambda *shape: torch.randn(shape, generator=generator) * 0.2


@pytest.fixture
def foreign(tiny_base: LoadedBase, values: MakeValues) -> PackedStyle:
    """Every layer that a file may change, of the U-Net and of the text encoders."""
    slots = tiny_base.slots
    widths = {**slots.layout.members, **slots.others_layout.members}
    for path in tiny_base.text.products.paths:
        weight = own_layer(tiny_base, path).weight
        widths[path] = (weight.shape[1], weight.shape[0])
    modules = {
        name: LoraModule(down=values(RANK, inner), up=values(outer, RANK), alpha=1.5)
        for name, (inner, outer) in widths.items()
    }
    return packed(Lora(modules=modules), "foreign", tiny_base)


def own_layer(base: LoadedBase, path: str) -> Any:
    part, _, name = path.partition(".")
    encoders = base.text.encoders
    encoder = encoders.first if part == "text_encoder" else encoders.second
    inside = name if part == "text_encoder_2" else name.removeprefix("text_model.")
    return encoder.get_submodule(inside)


def merged(folder: Path, style: PackedStyle, base: LoadedBase, weight: float) -> LoadedBase:
    """Load the base again with the style added to its weights."""
    other = load_base(folder)
    with torch.no_grad():
        for kind, layout in ((style.linears, base.slots.layout), (style.others, None)):
            assert kind is not None
            spans = layout or base.slots.others_layout
            for group, down, up in zip(spans.groups, spans.downs, spans.ups, strict=True):
                delta = weight * (up.of(kind.chunks)[0].t() @ down.of(kind.chunks)[0])
                layer: Any = other.unet.model.get_submodule(group.name)
                layer.weight.add_(delta.reshape(layer.weight.shape))
        for path, module in style.texts.items():
            own_layer(other, path).weight.add_(weight * module.delta())
    return other


@torch.no_grad()
def step(base: LoadedBase, stacks: list[tuple[tuple[PackedStyle, float], ...]]) -> Tensor:
    recipe = Recipe(prompt="", positive="red fox", seed=3, steps=4, width=64, height=64)
    pictures = [begin(base, recipe, stack) for stack in stacks]
    Batch(base, KeptTexts(base.unet, base.slots, base.plan.kept_text_bytes), pictures).step()
    return torch.cat([picture.course.x for picture in pictures])


def test_a_foreign_style_draws_as_if_merged_and_its_neighbour_as_without(
    tiny_base: LoadedBase, tiny_base_folder: Path, foreign: PackedStyle
) -> None:
    together = step(tiny_base, [((foreign, 0.7),), ()])
    changed = step(merged(tiny_base_folder, foreign, tiny_base, 0.7), [()])
    plain = step(tiny_base, [()])
    for got, wanted in ((together[:1], changed), (together[1:], plain)):
        assert (got - wanted).norm() / wanted.norm() < 1e-5
    assert (changed - plain).norm() / plain.norm() > 1e-2


def test_styles_of_ours_take_no_slots_of_the_second_kind(
    tiny_base: LoadedBase, make_style: Callable[..., Lora], foreign: PackedStyle
) -> None:
    slots = load_slots(tiny_base)
    own = packed(make_style(1), "own", tiny_base)
    assert own.others is None
    assert len(slots.rows([((own, 1.0),)])) == len(slots.layout.groups)
    assert slots._others is None
    both = len(slots.layout.groups) + len(slots.others_layout.groups)
    assert len(slots.rows([((foreign, 1.0),)])) == both


def load_slots(base: LoadedBase) -> Any:
    slots = copy.copy(base.slots)
    slots._others = None
    return slots


def test_text_encoders_are_as_before_when_a_style_was_used(
    tiny_base: LoadedBase, foreign: PackedStyle
) -> None:
    before = TextEncoding(tiny_base.text.encoders).encode("fox").text
    encoding = TextEncoding(tiny_base.text.encoders)
    changed = encoding.encode("fox", ((foreign, 1.0),))
    assert not torch.equal(changed.text, before)
    assert torch.equal(encoding.encode("fox").text, before)
    assert encoding.encode("fox", ((foreign, 0.5),)) is not changed
    assert encoding.encode("fox", ((foreign, 1.0),)) is changed


def test_two_styles_on_the_text_encoders_add_up(tiny_base: LoadedBase, values: MakeValues) -> None:
    path = tiny_base.text.products.paths[0]
    layer = own_layer(tiny_base, path)
    parts = [LoraModule(down=values(rank, 16), up=values(16, rank), alpha=1.0) for rank in (2, 5)]
    styles = [packed(Lora(modules={path: m}), str(n), tiny_base) for n, m in enumerate(parts)]
    other: Any = copy.deepcopy(tiny_base.text.encoders)
    stack = tuple(zip(styles, (1.0, -0.5), strict=True))
    ours = tiny_base.text.encode("fox", stack).text
    with torch.no_grad():
        own: Any = other.first.get_submodule(path.removeprefix("text_encoder.text_model."))
        assert torch.equal(own.weight, layer.weight)
        own.weight.add_(parts[0].delta() - 0.5 * parts[1].delta())
    wanted = TextEncoding(other).encode("fox").text
    assert (ours - wanted).norm() / wanted.norm() < 1e-5


def test_a_style_may_count_otherwise_in_the_text_encoders(
    tiny_base: LoadedBase, tiny_base_folder: Path, foreign: PackedStyle
) -> None:
    # What ComfyUI calls strength_model and strength_clip.
    untold = dataclasses.replace(foreign, text_weight=0.0)
    assert torch.equal(
        tiny_base.text.encode("fox", ((untold, 0.7),)).text, tiny_base.text.encode("fox").text
    )
    half = dataclasses.replace(foreign, text_weight=0.3)
    other = merged(tiny_base_folder, foreign, tiny_base, 0.7)
    plain = load_base(tiny_base_folder)
    for path, module in foreign.texts.items():
        delta: Any = module.delta()
        own_layer(other, path).weight.data.copy_(own_layer(plain, path).weight + 0.3 * delta)
    got, wanted = step(tiny_base, [((half, 0.7),)]), step(other, [()])
    assert (got - wanted).norm() / wanted.norm() < 1e-5
    assert not torch.equal(got, step(tiny_base, [((foreign, 0.7),)]))


# --- files ------------------------------------------------------------------------------------

CONV = "lora_unet_input_blocks_1_0_in_layers_2"
TEXT = "lora_te1_text_model_encoder_layers_0_mlp_fc1"


def conv_of(base: LoadedBase) -> nn.Conv2d:
    layer: Any = base.unet.model.get_submodule(base.names[CONV])
    return layer


def test_a_locon_file_keeps_its_kernel(
    tiny_base: LoadedBase, tmp_path: Path, values: MakeValues
) -> None:
    down, up = values(RANK, 16, 3, 3), values(16, RANK, 1, 1)
    tensors = {f"{CONV}.lora_down.weight": down, f"{CONV}.lora_up.weight": up}
    style = saved(tiny_base, tmp_path, tensors)
    assert style.others is not None
    assert torch.equal(
        delta_of(tiny_base, style), torch.einsum("ir,rjhw->ijhw", up[..., 0, 0], down)
    )


def test_a_file_with_a_middle_is_composed(
    tiny_base: LoadedBase, tmp_path: Path, values: MakeValues
) -> None:
    down, middle = values(RANK, 16, 1, 1), values(RANK, RANK, 3, 3)
    up = values(16, RANK, 1, 1)
    tensors = {
        f"{CONV}.lora_down.weight": down,
        f"{CONV}.lora_mid.weight": middle,
        f"{CONV}.lora_up.weight": up,
    }
    # What the three convolutions do one after the other, on any picture.
    x = values(2, 16, 5, 5)
    wanted = nn.functional.conv2d(x, down)
    wanted = nn.functional.conv2d(wanted, middle, padding=1)
    wanted = nn.functional.conv2d(wanted, up)
    kernel = delta_of(tiny_base, saved(tiny_base, tmp_path, tensors))
    torch.testing.assert_close(nn.functional.conv2d(x, kernel, padding=1), wanted)


def test_a_text_layer_is_read(tiny_base: LoadedBase, tmp_path: Path, values: MakeValues) -> None:
    tensors = {
        f"{TEXT}.lora_down.weight": values(RANK, 16),
        f"{TEXT}.lora_up.weight": values(32, RANK),
        f"{TEXT}.alpha": torch.tensor(1.5),
    }
    style = saved(tiny_base, tmp_path, tensors)
    [(path, layer)] = style.texts.items()
    assert path == "text_encoder.text_model.encoder.layers.0.mlp.fc1"
    assert layer.scale == 0.5


def test_a_text_layer_of_another_size_is_refused(
    tiny_base: LoadedBase, tmp_path: Path, values: MakeValues
) -> None:
    tensors = {
        f"{TEXT}.lora_down.weight": values(RANK, 768),
        f"{TEXT}.lora_up.weight": values(3072, RANK),
    }
    with pytest.raises(JobFailed, match=r"style\.other_base"):
        saved(tiny_base, tmp_path, tensors)


@pytest.mark.parametrize(
    ("part", "kind"),
    [("dora_scale", "DoRA"), ("hada_w1_a", "LoHa"), ("lokr_w1", "LoKr"), ("oft_blocks", "OFT")],
)
def test_other_methods_are_refused_by_name(
    tiny_base: LoadedBase, tmp_path: Path, values: MakeValues, part: str, kind: str
) -> None:
    tensors = {
        f"{TEXT}.lora_down.weight": values(RANK, 16),
        f"{TEXT}.lora_up.weight": values(32, RANK),
        f"{TEXT}.{part}": values(32, 1),
    }
    with pytest.raises(JobFailed) as failed:
        saved(tiny_base, tmp_path, tensors)
    assert failed.value.key == "style.other_kind"
    assert failed.value.facts["kind"] == kind


def saved(base: LoadedBase, folder: Path, tensors: dict[str, Tensor]) -> PackedStyle:
    path = folder / "foreign.safetensors"
    write_tensors(path, tensors, {})
    return read_packed(path, "foreign", base)


def delta_of(base: LoadedBase, style: PackedStyle) -> Tensor:
    """Read the change of the one convolution back from its slot."""
    assert style.others is not None
    layout = base.slots.others_layout
    [number] = style.others.groups
    down, up = (spans[number].of(style.others.chunks)[0] for spans in (layout.downs, layout.ups))
    return (up.t() @ down).reshape(conv_of(base).weight.shape)
