"""Compare our files with InvokeAI's own converter: names, and what it makes of the weights.

    python -m scripts.compare_invokeai FOLDER

FOLDER holds the package `invokeai`: a checkout, an unpacked wheel, or a site-packages folder. What
it imports must be installed, but for some packages that nothing here calls.
"""

# Another program, whose types are not ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import argparse
import importlib
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from safetensors.torch import load_file

from benchmarks.__main__ import hush
from engine.lora.weights import LoraModule
from scripts.compare_comfyui.bases import Base, narrow_base
from scripts.compare_comfyui.files import MOST, Loaded
from scripts.compare_comfyui.stand_in import StandIns
from scripts.compare_comfyui.table import Report
from tests.engine.interop.files import KINDS, write

_CONVERSIONS: Final = "invokeai.backend.patches.lora_conversions"
_STOOD_IN: Final = ("torchvision", "cv2", "compel")
#: diffusers' paths, spelled as InvokeAI spells layers.
_PARTS: Final = (
    (r"^text_encoder\.", "lora_te1_"),
    (r"^text_encoder_2\.", "lora_te2_"),
    (r"^(?!lora_)", "lora_unet_"),
    (r"\.", "_"),
)


def main(given: Sequence[str] | None = None) -> int:
    """Load a file of every kind; 1 when a bar is missed, 2 when there is no InvokeAI."""
    parser = argparse.ArgumentParser(prog="python -m scripts.compare_invokeai")
    parser.add_argument("folder", type=Path, help="a folder that holds the package invokeai")
    folder: Path = parser.parse_args(given).folder
    told = folder / "invokeai/version/invokeai_version.py"
    if not told.is_file():
        print(f"{folder} holds no invokeai: it has no {told.relative_to(folder)}.", file=sys.stderr)
        return 2
    hush()
    _start(folder)
    version = re.search(r'__version__\s*=\s*"([^"]+)"', told.read_text(encoding="utf-8"))
    print(f"InvokeAI {version[1] if version else 'unknown'}")
    report = Report()
    with tempfile.TemporaryDirectory() as work:
        _compare(narrow_base(Path(work), Path(work)), Path(work), report)
    print(f"\n{len(report.missed)} bars missed" + "".join(f"\n  {one}" for one in report.missed))
    return 1 if report.missed else 0


def _start(folder: Path) -> None:
    sys.meta_path.append(StandIns(_STOOD_IN))
    sys.path.append(str(folder))
    importlib.import_module("invokeai.backend.model_manager.load")  # the rest goes round in circles


def _compare(base: Base, work: Path, report: Report) -> None:
    report.title("Files, the narrow base")
    report.head("file", "layers", "loaded", "names left over", "largest error of a change")
    for kind in KINDS:
        made = write(kind, base.ours, work)
        one = load(made.file, {layer_name(p): m for p, m in made.lora.modules.items()})
        share = f"{one.changed / one.layers:.0%}"
        report.row(kind, str(one.layers), share, str(one.left), f"{one.error:.1e}")
        report.check(f"file {kind}", met=one.is_whole)


def load(file: Path, wanted: Mapping[str, LoraModule]) -> Loaded:
    """Convert a file and hold what every layer adds against scale · B·A."""
    convert: Any = importlib.import_module(f"{_CONVERSIONS}.sdxl_lora_conversion_utils")
    read: Any = importlib.import_module(f"{_CONVERSIONS}.sd_lora_conversion_utils")
    tensors = {name: one.float() for name, one in load_file(file).items()}
    converted = convert.convert_sdxl_keys_to_diffusers_format(tensors)
    layers = read.lora_model_from_sd_state_dict(converted).layers
    errors: list[float] = []
    for name, module in wanted.items():
        if name in layers:
            truth = module.delta().double()
            change = (layers[name].get_weight(None) * layers[name].scale()).double().flatten(1)
            errors.append(float((change - truth).norm() / truth.norm()))
    return Loaded(
        layers=len(wanted),
        changed=len(errors),
        left=len(set(layers) - set(wanted)),
        error=max(errors, default=10 * MOST),
    )


def layer_name(path: str) -> str:
    """Spell a layer's path as InvokeAI does, `lora_unet_conv_out`."""
    for pattern, spelled in _PARTS:
        path = re.sub(pattern, spelled, path)
    return path


if __name__ == "__main__":
    sys.exit(main())
