"""A style's file is kohya's, the same bytes every time, and reads back as it was written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from engine.base.loading import LoadedBase
from engine.errors import JobFailed
from engine.lora.metadata import StyleFacts, style_metadata
from engine.lora.names import flat_names
from engine.lora.reading import read_header
from engine.lora.tensors import read_style
from engine.lora.weights import Lora
from engine.lora.writing import write_style, write_tensors

FACTS = StyleFacts(
    name="mira",
    rank=4,
    alpha=2.0,
    step=10,
    steps=20,
    drawings=36,
    width=128,
    height=128,
    base="builtin",
    base_sha256="ab" * 32,
    family="builtin",
    recipe="own",
    recipe_version=1,
    learning_rate=1e-3,
    batch=8,
    seed=1,
)


@pytest.fixture
def file(tiny_base: LoadedBase, make_style: Callable[..., Lora], tmp_path: Path) -> Path:
    path = tmp_path / "mira.safetensors"
    write_style(path, make_style(1), tiny_base.layout, style_metadata(FACTS))
    return path


def test_the_safetensors_library_reads_it(file: Path, tiny_base: LoadedBase) -> None:
    with safe_open(file, framework="pt") as opened:
        names = set(opened.keys())
        kinds = {opened.get_tensor(name).dtype for name in names if name.endswith("weight")}
        alphas = {float(opened.get_tensor(name)) for name in names if name.endswith("alpha")}
    flats = flat_names(tiny_base.slots.layout.members, tiny_base.layout)
    parts = ("lora_down.weight", "lora_up.weight", "alpha")
    assert names == {f"{flat}.{part}" for flat in flats for part in parts}
    assert kinds == {torch.float16}
    assert alphas == {2.0}


def test_it_reads_back_as_it_was_written(
    file: Path, tiny_base: LoadedBase, make_style: Callable[..., Lora]
) -> None:
    written = make_style(1)
    read = read_style(file, tiny_base.names)
    assert set(read.modules) == set(written.modules)
    for name, layer in written.modules.items():
        assert torch.equal(read.modules[name].down, layer.down)
        assert torch.equal(read.modules[name].up, layer.up)
        assert read.modules[name].alpha == 2.0


def test_equal_styles_have_equal_bytes(
    file: Path, tiny_base: LoadedBase, make_style: Callable[..., Lora], tmp_path: Path
) -> None:
    again = tmp_path / "again.safetensors"
    shuffled = Lora(modules=dict(sorted(make_style(1).modules.items(), reverse=True)))
    metadata = dict(sorted(style_metadata(FACTS).items(), reverse=True))
    write_style(again, shuffled, tiny_base.layout, metadata)
    assert again.read_bytes() == file.read_bytes()


def test_a1111_finds_it_by_the_hash_of_its_tensors(file: Path) -> None:
    header = read_header(file)
    data = file.read_bytes()[header.data_start :]
    assert header.metadata["sshs_model_hash"] == hashlib.sha256(data).hexdigest()


def test_other_programs_know_it_for_an_sdxl_style(file: Path) -> None:
    metadata = read_header(file).metadata
    assert metadata["ss_base_model_version"].startswith("sdxl_")
    assert metadata["modelspec.architecture"] == "stable-diffusion-xl-v1-base/lora"
    assert metadata["ss_network_dim"] == "4"
    assert metadata["ss_network_alpha"] == "2.0"
    assert metadata["ss_output_name"] == "mira"
    assert all(isinstance(value, str) for value in metadata.values())


def test_tensors_start_at_a_multiple_of_eight(tmp_path: Path) -> None:
    for length in range(8):
        path = tmp_path / f"{length}.safetensors"
        write_tensors(path, {"x" * (length + 1): torch.ones(1)}, {})
        assert read_header(path).data_start % 8 == 0


def test_a_style_for_another_base_is_refused(file: Path, tiny_base: LoadedBase) -> None:
    fewer = dict(list(tiny_base.names.items())[1:])
    with pytest.raises(JobFailed) as failed:
        read_style(file, fewer)
    assert failed.value.key == "style.file_broken"
    assert "fits no layer" in str(failed.value.facts["reason"])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"lora_up.weight": None}, "not whole"),
        ({"lora_up.weight": torch.ones(16, 3)}, "two ranks"),
        ({"lora_down.weight": torch.full((2, 16), float("nan"))}, "no numbers"),
        ({"alpha": torch.tensor(float("inf"))}, "no numbers"),
        ({"lora_left.weight": torch.ones(1)}, "fits no layer"),
    ],
    ids=["half", "ranks", "nan", "alpha", "unknown"],
)
def test_a_broken_style_is_refused(
    tiny_base: LoadedBase,
    tmp_path: Path,
    change: dict[str, torch.Tensor | None],
    reason: str,
) -> None:
    flat = next(iter(flat_names(tiny_base.slots.layout.members, tiny_base.layout)))
    parts = {
        "lora_down.weight": torch.ones(2, 16),
        "lora_up.weight": torch.ones(16, 2),
        "alpha": torch.tensor(2.0),
    } | change
    path = tmp_path / "broken.safetensors"
    tensors = {f"{flat}.{part}": t for part, t in parts.items() if t is not None}
    write_tensors(path, tensors, {})
    with pytest.raises(JobFailed) as failed:
        read_style(path, tiny_base.names)
    assert reason in str(failed.value.facts["reason"])


def test_a_missing_alpha_means_the_rank(tiny_base: LoadedBase, tmp_path: Path) -> None:
    flat, module = next(iter(flat_names(tiny_base.slots.layout.members, tiny_base.layout).items()))
    inner, outer = tiny_base.slots.layout.members[module]
    tensors = {
        f"{flat}.lora_down.weight": torch.ones(3, inner),
        f"{flat}.lora_up.weight": torch.ones(outer, 3),
    }
    path = tmp_path / "bare.safetensors"
    write_tensors(path, tensors, {})
    read = read_style(path, tiny_base.names)
    assert (read.modules[module].alpha, read.modules[module].scale) == (3.0, 1.0)
