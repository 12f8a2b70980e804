"""The comparison with ComfyUI itself: what it takes, and what it refuses before anything runs."""

from __future__ import annotations

import importlib
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts.compare_comfyui.__main__ import main
from scripts.compare_comfyui.checkout import find_checkout
from scripts.compare_comfyui.files import Loaded, file_name
from scripts.compare_comfyui.prompts import padded
from scripts.compare_comfyui.stand_in import StandIns


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Lay out what is looked for, without anything that runs."""
    folder = tmp_path / "ComfyUI"
    (folder / "comfy").mkdir(parents=True)
    for name in ("execution.py", "nodes.py", "comfy/sd.py"):
        (folder / name).touch()
    (folder / "comfyui_version.py").write_text('# made by a build\n__version__ = "0.3.75"\n')
    return folder


@pytest.fixture
def stand_ins() -> Iterator[StandIns]:
    finder = StandIns(["a_package_of_nobody", "json"])
    sys.meta_path.append(finder)
    yield finder
    sys.meta_path.remove(finder)
    for name in [name for name in sys.modules if name.startswith("a_package_of_nobody")]:
        del sys.modules[name]


def test_a_folder_without_comfyui_is_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert told == f"{tmp_path} is no checkout of ComfyUI: it has no comfyui_version.py.\n"


def test_half_a_checkout_is_refused_by_what_is_missing(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / "comfy/sd.py").unlink()
    assert main([str(checkout)]) == 2
    assert "it has no comfy/sd.py" in capsys.readouterr().err


def test_an_unknown_part_is_refused(checkout: Path) -> None:
    with pytest.raises(SystemExit) as refused:
        main([str(checkout), "--only", "video"])
    assert refused.value.code == 2


def test_a_checkout_without_history_has_the_commit_that_was_told(checkout: Path) -> None:
    assert str(find_checkout(checkout)) == "ComfyUI 0.3.75, commit unknown"
    assert str(find_checkout(checkout, "f8b981ae")) == "ComfyUI 0.3.75, commit f8b981ae"


def test_a_checkout_with_history_says_its_commit_and_whether_it_was_changed(
    checkout: Path,
) -> None:
    def git(*told: str) -> str:
        who = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        done = subprocess.run(
            ["git", "-C", str(checkout), *who, *told], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "all")
    git("tag", "v0.3.75")
    commit = git("rev-parse", "HEAD")
    assert find_checkout(checkout, "told").commit == commit
    (checkout / "nodes.py").write_text("changed")
    assert find_checkout(checkout).commit == f"{commit}-dirty"


@pytest.mark.parametrize(
    ("weight", "name"),
    [
        ("diffusion_model.out.2.weight", "lora_unet_out_2"),
        (
            "diffusion_model.input_blocks.4.1.transformer_blocks.0.attn1.to_q.weight",
            "lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q",
        ),
        (
            "clip_l.transformer.text_model.encoder.layers.0.mlp.fc1.weight",
            "lora_te1_text_model_encoder_layers_0_mlp_fc1",
        ),
        ("clip_g.transformer.text_projection.weight", "lora_te2_text_projection"),
    ],
)
def test_its_weights_are_known_by_the_names_of_files(weight: str, name: str) -> None:
    assert file_name(weight) == name


@pytest.mark.parametrize(
    ("changed", "left", "error", "is_whole"),
    [(2, 0, 3e-4, True), (1, 0, 3e-4, False), (2, 1, 3e-4, False), (2, 0, 2e-3, False),
     (2, 0, math.nan, False), (2, 0, math.inf, False)],
)  # fmt: skip
def test_only_whole_files_meet_the_bar(
    changed: int, left: int, error: float, is_whole: bool
) -> None:
    assert Loaded(layers=2, changed=changed, left=left, error=error).is_whole is is_whole


def test_windows_are_opened_closed_and_filled_as_its_tokenizer_does() -> None:
    tokenizer = SimpleNamespace(start_token=1, end_token=2, pad_token=0)
    [first, second] = padded([[(7, 1.2)], [(8, 1.0)] * 75], tokenizer)
    assert first == [(1, 1.0), (7, 1.2), (2, 1.0)] + [(0, 1.0)] * 74
    assert second == [(1, 1.0), *[(8, 1.0)] * 75, (2, 1.0)]


def test_what_is_missing_is_stood_in_for_until_it_is_called(stand_ins: StandIns) -> None:
    inner = importlib.import_module("a_package_of_nobody.transforms")
    assert stand_ins.taken == ["a_package_of_nobody"]
    with pytest.raises(RuntimeError, match=r"a_package_of_nobody\.transforms\.Resize is needed"):
        inner.Resize(64)


def test_what_is_installed_is_not_stood_in_for(stand_ins: StandIns) -> None:
    assert importlib.import_module("json").loads("1") == 1
    assert not stand_ins.find_spec("json")
