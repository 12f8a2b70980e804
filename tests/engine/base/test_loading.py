"""A base is loaded whole or refused with a reason; its name is the hash of its weights."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from engine.base.loading import LoadedBase, base_folder, base_sha256, load_base
from engine.errors import JobFailed
from engine.sampling.prediction import Prediction


@pytest.fixture
def copy(tiny_base_folder: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_base_folder, tmp_path / "ponyish")


def test_every_part_is_frozen_float32_on_a_cpu(tiny_base: LoadedBase) -> None:
    text = tiny_base.text.encoders
    parts = (tiny_base.unet.model, tiny_base.vae, text.first, text.second)
    parameters = [p for part in parts for p in part.parameters()]
    assert {p.dtype for p in parameters} == {torch.float32}
    assert not any(p.requires_grad for p in parameters)
    assert not any(part.training for part in parts)


def test_a_base_knows_its_measures(tiny_base: LoadedBase) -> None:
    assert tiny_base.pixels_per_latent == 8
    assert tiny_base.latent_channels == 4
    assert tiny_base.latent_scale == 0.5
    assert tiny_base.layout.layers_per_block == 2


def test_the_hash_follows_the_weights_and_nothing_else(copy: Path, tiny_base_folder: Path) -> None:
    before = base_sha256(copy)
    assert before == base_sha256(tiny_base_folder)
    (copy / "notes.txt").write_text("anything")
    assert base_sha256(copy) == before
    weights = next((copy / "vae").glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    assert base_sha256(copy) != before


def test_the_family_is_read_from_the_folder(copy: Path) -> None:
    assert load_base(copy).family == "pony"
    assert load_base(copy, family="sdxl").family == "sdxl"
    (copy / "words.json").write_text('{"tags": []}')
    assert load_base(copy).family == "builtin"


def test_builtin_is_a_folder_of_the_package() -> None:
    assert base_folder("builtin").parts[-3:] == ("data", "assets", "builtin")
    assert base_folder("somewhere") == Path("somewhere")


def test_a_folder_that_cannot_be_opened_is_named_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(JobFailed) as failed:
        load_base(tmp_path / ("x" * 300))
    assert failed.value.key == "engine.base_unreadable"
    assert "name too long" in str(failed.value.facts["reason"])


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(JobFailed) as failed:
        load_base(tmp_path / "nowhere")
    assert failed.value.key == "engine.base_missing"


def test_another_kind_of_pipeline_is_named(copy: Path) -> None:
    (copy / "model_index.json").write_text('{"_class_name": "StableDiffusionPipeline"}')
    with pytest.raises(JobFailed) as failed:
        load_base(copy)
    assert failed.value.key == "engine.base_kind"
    assert failed.value.facts["kind"] == "StableDiffusionPipeline"


def test_a_base_of_velocity_and_pure_noise_is_known_as_such(copy: Path) -> None:
    config = copy / "scheduler" / "scheduler_config.json"
    told = json.loads(config.read_text())
    told |= {"prediction_type": "v_prediction", "rescale_betas_zero_snr": True}
    config.write_text(json.dumps(told))
    base = load_base(copy)
    assert base.prediction is Prediction.VELOCITY
    assert base.levels.highest > 4000


def test_a_base_that_predicts_something_unknown_is_refused(copy: Path) -> None:
    config = copy / "scheduler" / "scheduler_config.json"
    config.write_text(config.read_text().replace('"epsilon"', '"sample"'))
    with pytest.raises(JobFailed) as failed:
        load_base(copy)
    assert failed.value.key == "engine.base_prediction"
    assert failed.value.facts == {"base": "ponyish", "prediction": "sample"}


def test_a_base_that_says_nothing_of_its_prediction_predicts_noise(copy: Path) -> None:
    shutil.rmtree(copy / "scheduler")
    assert load_base(copy).family == "pony"


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder", "text_encoder_2"])
def test_a_missing_part_is_named(copy: Path, part: str) -> None:
    shutil.rmtree(copy / part)
    with pytest.raises(JobFailed) as failed:
        load_base(copy)
    assert (failed.value.key, failed.value.facts["part"]) == ("engine.base_incomplete", part)


def test_a_tokenizer_that_does_not_fit_is_refused(copy: Path) -> None:
    for name in ("vocab.json", "merges.txt"):
        (copy / "tokenizer" / name).unlink()
    with pytest.raises(JobFailed) as failed:
        load_base(copy)
    assert failed.value.key == "engine.base_tokenizer"


def test_half_a_weight_file_is_refused(copy: Path) -> None:
    weights = next((copy / "unet").glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(JobFailed) as failed:
        load_base(copy)
    assert failed.value.key == "engine.base_unreadable"
