"""Write the network as an ONNX file: norms folded into convolutions, weights in float16.

Written node by node, because there are few: a fixed layout, no exporter's version to follow. The
weights are cast to float32 when the file is loaded, so that every CPU computes with them.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from engine.builtin.tagging.model import Network, Residual, Stage, Step
from engine.builtin.tagging.sight import shrinking
from engine.captions.wd import SIDE, THRESHOLD_KEY

OPSET: Final = 18
IR: Final = 9


class _Graph:
    """Collects nodes and weights; every method returns the name of its result."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def fixed(self, values: NDArray[np.generic] | Tensor) -> str:
        """Keep a constant as it is."""
        array = values.detach().numpy() if isinstance(values, Tensor) else values
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array)))
        self.weights[-1].name = f"weight_{len(self.weights)}"
        return self.weights[-1].name

    def half(self, values: Tensor) -> str:
        """Keep weights in float16, use them in float32."""
        return self.node("Cast", self.fixed(values.half()), to=TensorProto.FLOAT)

    def step(self, x: str, step: Step) -> str:
        weight, bias = _folded(step)
        size, stride = step.conv.kernel_size[0], step.conv.stride[0]
        shape = {"kernel_shape": [size] * 2, "strides": [stride] * 2, "pads": [size // 2] * 4}
        return self.node("Conv", x, self.half(weight), self.fixed(bias), **shape)

    def residual(self, x: str, block: Residual) -> str:
        inner = self.node("Relu", self.step(x, block.first))
        return self.node("Relu", self.node("Add", x, self.step(inner, block.second)))

    def stage(self, x: str, stage: Stage) -> str:
        return self.residual(self.node("Relu", self.step(x, stage.down)), stage.body)


def _folded(step: Step) -> tuple[Tensor, Tensor]:
    """Fold a norm into the convolution before it: w·s, b − m·s with s = g / sqrt(v + e)."""
    norm, mean, variance = step.norm, step.norm.running_mean, step.norm.running_var
    if mean is None or variance is None:
        raise ValueError("a norm without statistics cannot be folded")
    scale = norm.weight / (variance + norm.eps).sqrt()
    return step.conv.weight * scale[:, None, None, None], norm.bias - mean * scale


def _pixels(graph: _Graph) -> str:
    """From NHWC, 0 to 255, to (N, 3, 128, 128) in [-1, 1]."""
    down = shrinking()
    x = graph.node("Transpose", "input", perm=[0, 3, 1, 2])
    x = graph.node("MatMul", graph.fixed(down), x)
    x = graph.node("MatMul", x, graph.fixed(down.T))
    x = graph.node("Mul", x, graph.fixed(np.asarray(1 / 127.5, np.float32)))
    return graph.node("Sub", x, graph.fixed(np.asarray(1, np.float32)))


def _features(graph: _Graph, x: str, network: Network) -> str:
    fine = graph.stage(graph.node("Relu", graph.step(x, network.stem)), network.one)
    fine = graph.stage(fine, network.two)
    coarse = graph.step(graph.stage(fine, network.three), network.coarse)
    scales = graph.fixed(np.asarray([1, 1, 2, 2], np.float32))
    how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric"}
    coarse = graph.node("Resize", coarse, "", scales, nearest_mode="floor", **how)
    return graph.node("Relu", graph.node("Add", graph.step(fine, network.fine), coarse))


def _answers(graph: _Graph, x: str, network: Network) -> str:
    head = network.head
    width = head.question.shape[1]
    places = graph.node("Reshape", x, graph.fixed(np.asarray([0, width, -1], np.int64)))
    looks = graph.node("MatMul", graph.half(head.question), places)
    looks = graph.node("Softmax", looks, axis=-1)
    answers = graph.node("MatMul", looks, graph.node("Transpose", places, perm=[0, 2, 1]))
    each = graph.node("Gather", answers, graph.fixed(head.group), axis=1)
    each = graph.node("Mul", each, graph.half(head.weight()))
    last = graph.fixed(np.asarray([-1], np.int64))
    logits = graph.node("ReduceSum", each, last, keepdims=0)
    return graph.node("Add", logits, graph.fixed(head.bias))


@torch.no_grad()
def onnx_model(network: Network, threshold: float) -> onnx.ModelProto:
    """Build the whole model in the contract of WD v3."""
    graph = _Graph()
    logits = _answers(graph, _features(graph, _pixels(graph), network), network)
    graph.nodes.append(helper.make_node("Sigmoid", [logits], ["output"]))
    names = len(network.head.bias)
    made = helper.make_graph(
        graph.nodes,
        "ownhand built-in tagger",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", SIDE, SIDE, 3])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", names])],
        graph.weights,
    )
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(made, opset_imports=[opset], ir_version=IR, producer_name="ownhand")
    helper.set_model_props(model, {THRESHOLD_KEY: f"{threshold:.4f}"})
    onnx.checker.check_model(model)
    return model
