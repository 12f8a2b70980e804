"""The comparison with InvokeAI: what it refuses, and how layers are called there."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.compare_invokeai import layer_name, main


def test_a_folder_without_invokeai_is_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 2
    told = capsys.readouterr().err
    file = "invokeai/version/invokeai_version.py"
    assert told == f"{tmp_path} holds no invokeai: it has no {file}.\n"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("up_blocks.0.upsamplers.0.conv", "lora_unet_up_blocks_0_upsamplers_0_conv"),
        ("text_encoder.text_model.encoder.layers.0.mlp.fc1",
         "lora_te1_text_model_encoder_layers_0_mlp_fc1"),
        ("text_encoder_2.text_projection", "lora_te2_text_projection"),
    ],
)  # fmt: skip
def test_layers_are_known_by_diffusers_paths(path: str, name: str) -> None:
    assert layer_name(path) == name
