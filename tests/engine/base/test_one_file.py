"""A base in one file loads as the same base in a folder does, offline."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import torch
from torch import nn

from benchmarks import full_file
from benchmarks.checkpoint_file import (
    models_on_meta,
    pieces_of,
    random_values,
    values_of,
    write_checkpoint,
)
from engine.base.header import read_checkpoint
from engine.base.loading import LoadedBase, load_base
from engine.base.parts import read_parts
from engine.base.place import SDXL_CONFIG, find_base
from engine.client import EngineSettings
from engine.errors import JobFailed
from engine.memory.needs import needs_of
from engine.sampling.prediction import Prediction
from engine.worker.runners import open_workshop


@pytest.fixture(scope="session")
def loaded(one_file: Path, tiny_base_folder: Path) -> LoadedBase:
    return load_base(one_file, config=tiny_base_folder)


@pytest.fixture
def models(tiny_base_folder: Path) -> dict[str, nn.Module]:
    return read_parts(find_base(tiny_base_folder), torch.float16).named()


def weights(base: LoadedBase) -> dict[str, torch.Tensor]:
    text = base.text.encoders
    parts = {"u": base.unet.model, "v": base.vae, "1": text.first, "2": text.second}
    return {
        f"{part}.{name}": value for part, one in parts.items() for name, value in
        one.named_parameters()
    }  # fmt: skip


def refused(file: Path, config: Path | None = None) -> JobFailed:
    with pytest.raises(JobFailed) as failed:
        load_base(file, config=config)
    return failed.value


def test_every_weight_is_the_folders(loaded: LoadedBase, tiny_base: LoadedBase) -> None:
    ours, theirs = weights(loaded), weights(tiny_base)
    assert set(ours) == set(theirs)
    assert [name for name in ours if not torch.equal(ours[name], theirs[name])] == []


def test_it_reads_a_prompt_as_the_folder_does(loaded: LoadedBase, tiny_base: LoadedBase) -> None:
    ours, theirs = loaded.text.encode("red fox, cat"), tiny_base.text.encode("red fox, cat")
    assert torch.equal(ours.text, theirs.text)
    assert torch.equal(ours.pooled, theirs.pooled)


def test_its_names_are_its_files(loaded: LoadedBase, one_file: Path) -> None:
    """A1111 shows the first ten digits of the file's sha256, and its name without the ending."""
    assert loaded.sha256 == hashlib.sha256(one_file.read_bytes()).hexdigest()
    assert (loaded.name, loaded.family) == ("ponyTiny_v6", "pony")
    assert loaded.prediction is Prediction.EPSILON


def test_the_host_may_name_another_family(one_file: Path, tiny_base_folder: Path) -> None:
    base = load_base(one_file, config=tiny_base_folder, family="noobai-v")
    assert (base.family, base.prediction) == ("noobai-v", Prediction.VELOCITY)
    assert base.levels.highest > 4000


@pytest.mark.parametrize(
    ("marks", "metadata", "prediction", "to_pure_noise"),
    [
        (("v_pred", "ztsnr"), None, Prediction.VELOCITY, True),
        (("v_pred",), None, Prediction.VELOCITY, False),
        ((), {"modelspec.prediction_type": "v"}, Prediction.VELOCITY, True),
        ((), {"modelspec.prediction_type": "epsilon"}, Prediction.EPSILON, False),
    ],
    ids=["marked", "marked without pure noise", "metadata", "tools write epsilon by habit"],
)
def test_what_it_predicts_is_read_from_it(
    models: dict[str, nn.Module],
    tiny_base_folder: Path,
    tmp_path: Path,
    marks: tuple[str, ...],
    metadata: dict[str, str] | None,
    prediction: Prediction,
    *,
    to_pure_noise: bool,
) -> None:
    config = shutil.copytree(tiny_base_folder, tmp_path / "config")
    shutil.rmtree(config / "scheduler")
    file = tmp_path / "noobXL.safetensors"
    pieces = pieces_of(models, values_of(models))
    write_checkpoint(file, pieces, torch.float16, metadata=metadata, marks=marks)
    base = load_base(file, config=config)
    assert base.prediction is prediction
    assert (base.levels.highest > 4000) is to_pure_noise
    assert base.family == ("noobai-v" if prediction is Prediction.VELOCITY else "noobai")


def test_a_scheduler_of_the_hosts_own_configuration_counts(
    one_file: Path, tiny_base_folder: Path, tmp_path: Path
) -> None:
    config = shutil.copytree(tiny_base_folder, tmp_path / "config")
    told = {"prediction_type": "v_prediction", "rescale_betas_zero_snr": True}
    (config / "scheduler" / "scheduler_config.json").write_text(json.dumps(told))
    assert load_base(one_file, config=config).prediction is Prediction.VELOCITY


@pytest.mark.parametrize(
    ("lost", "part"),
    [
        ("first_stage_model.decoder.conv_out.weight", "vae"),
        ("model.diffusion_model.label_emb.0.0.weight", "unet"),
        ("model.diffusion_model.middle_block.1.proj_in.weight", "unet"),
        ("conditioner.embedders.1.model.ln_final.weight", "text_encoder_2"),
        ("conditioner.embedders.0.transformer.", "text_encoder"),
    ],
)
def test_what_it_lacks_is_named(
    models: dict[str, nn.Module], tiny_base_folder: Path, tmp_path: Path, lost: str, part: str
) -> None:
    file = tmp_path / "base.safetensors"
    pieces = [
        piece for piece in pieces_of(models, values_of(models)) if not piece.name.startswith(lost)
    ]
    write_checkpoint(file, pieces, torch.float16)
    failure = refused(file, tiny_base_folder)
    assert failure.key == "engine.base_incomplete"
    assert str(failure.facts["part"]).startswith(part)


def test_other_widths_than_the_configurations_are_named(one_file: Path) -> None:
    failure = refused(one_file)
    assert failure.key == "engine.base_widths"
    assert (failure.facts["has"], failure.facts["wants"]) == ("16×4×3×3", 320)


def test_configurations_without_a_file_are_named(one_file: Path, tmp_path: Path) -> None:
    failure = refused(one_file, tmp_path)
    assert failure.key == "engine.base_config"
    assert failure.facts["file"] == "text_encoder/config.json"


def test_half_a_file_says_how_much_is_missing(one_file: Path, tmp_path: Path) -> None:
    half = tmp_path / "half.safetensors"
    whole = one_file.read_bytes()
    for kept in (len(whole) // 2, 100):
        half.write_bytes(whole[:kept])
        failure = refused(half)
        assert failure.key == "engine.base_truncated"
        assert failure.facts["has"] == f"{kept / 1e6:.1f}"


def test_the_brought_configurations_are_sdxls() -> None:
    """Pony V6 XL's file has 2,515 tensors: two more than the models have weights."""
    pieces = pieces_of(models_on_meta(SDXL_CONFIG), random_values())
    assert len({piece.name for piece in pieces}) == 2515 - 2
    sizes = (torch.Size(piece.shape).numel() for piece in pieces)
    assert sum(sizes) == pytest.approx(3.47e9, rel=0.01)


def test_the_memory_plan_reads_the_same_from_the_configurations(
    tiny_base_folder: Path, one_file: Path
) -> None:
    place = find_base(one_file, tiny_base_folder)
    assert needs_of(place.config, torch.bfloat16, 16, (64, 64)).weights > 0
    header = read_checkpoint(one_file)
    assert header.metadata == {}


def test_the_check_of_full_size_works_on_a_tiny_one(tiny_base_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "tiny.safetensors"
    full_file.write(file, tiny_base_folder)
    figures = {one.name: one for one in full_file.measure(file, tiny_base_folder)}
    assert figures["spread of the predicted latent"].met
    assert figures["peak memory"].met
    assert not figures["weights, against SDXL's"].met


def test_the_worker_serves_it(one_file: Path, tiny_base_folder: Path, tmp_path: Path) -> None:
    settings = EngineSettings(
        base=one_file, config=tiny_base_folder, family="sdxl", outbox=tmp_path, device="cpu"
    )
    ready = open_workshop(settings, lambda: None).ready
    assert (ready.base, ready.family) == ("ponyTiny_v6", "sdxl")
    assert ready.base_sha256 == hashlib.sha256(one_file.read_bytes()).hexdigest()
