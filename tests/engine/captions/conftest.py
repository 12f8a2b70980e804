"""Taggers of a few kilobytes in the contract of WD v3, whose answers are known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

ROWS = (
    "tag_id,name,category,count",
    "9999999,general,9,800000",
    "470575,long_hair,0,4350743",
    "1882,^_^,0,9000",
    "13,hatsune_miku,4,100",
)


def write_tagger(
    folder: Path,
    *,
    rows: tuple[str, ...] = ROWS,
    side: int = 448,
    outputs: int = 4,
    metadata: dict[str, str] | None = None,
) -> Path:
    """Write a tagger that says: 1, mean blue, mean green, mean red, each from 0 to 1."""
    folder.mkdir(parents=True, exist_ok=True)
    mix = np.zeros((3, outputs), np.float32)
    for channel in range(3):
        mix[channel, channel + 1] = 1 / 255
    one = np.eye(1, outputs, dtype=np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["input", "axes"], ["mean"], keepdims=0),
            helper.make_node("MatMul", ["mean", "mix"], ["mixed"]),
            helper.make_node("Add", ["mixed", "one"], ["output"]),
        ],
        "means",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["n", side, side, 3])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["n", outputs])],
        [
            numpy_helper.from_array(np.asarray([1, 2], np.int64), "axes"),
            numpy_helper.from_array(mix, "mix"),
            numpy_helper.from_array(one, "one"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    if metadata:
        helper.set_model_props(model, metadata)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    (folder / "selected_tags.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    onnx.checker.check_model(model)
    return folder


@pytest.fixture
def tagger_folder(tmp_path: Path) -> Callable[..., Path]:
    """Write a tagger under the name of a known one, or another."""

    def write(name: str = "wd-vit-tagger-v3", **changes: object) -> Path:
        return write_tagger(tmp_path / name, **changes)  # pyright: ignore[reportArgumentType]

    return write
