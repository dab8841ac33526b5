"""Write a trained network as ONNX with int8 weights, so that onnxruntime alone can run it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from speech.training.network import EPSILON, HEADS, HEADS_OF, LAYERS, Network

_OPSET = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]


class _Graph:
    """An ONNX graph while it is put together."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output


def graph(network: Network) -> onnx.ModelProto:
    """The network for one utterance: `pieces` (1 × n, int32) in, each head's scores out."""
    weights = {name: p.detach().numpy() for name, p in network.named_parameters()}
    build = _Graph()

    def even(state: str, name: str, out: str) -> str:
        scale = build.constant(f"{name}.scale", weights[f"{name}.weight"])
        shift = build.constant(f"{name}.shift", weights[f"{name}.bias"])
        inputs = [state, scale, shift]
        return build.node("LayerNormalization", inputs, out, axis=-1, epsilon=EPSILON)

    def linear(state: str, name: str, out: str) -> str:
        weight = build.constant(f"{name}.weight", weights[f"{name}.weight"].T)
        bias = build.constant(f"{name}.bias", weights[f"{name}.bias"])
        return build.node("Add", [build.node("MatMul", [state, weight], f"{out}.raw"), bias], out)

    state = even(_embedded(build, weights), "even", "embedded")
    for n in range(LAYERS):
        at = f"layers.{n}"
        mixed = build.constant(f"{at}.mixed.weight", weights[f"{at}.mixed.weight"].T)
        bias = build.constant(f"{at}.mixed.bias", weights[f"{at}.mixed.bias"])
        seen = build.node(
            "Attention", [state, mixed, bias], f"{at}.seen", domain="com.microsoft", num_heads=HEADS
        )
        seen = linear(seen, f"{at}.attended", f"{at}.attended.out")
        state = even(
            build.node("Add", [state, seen], f"{at}.sum"), f"{at}.attended_even", f"{at}.mid"
        )
        wide = linear(state, f"{at}.wide", f"{at}.wide.out")
        wide = build.node("Gelu", [wide], f"{at}.gelu", domain="com.microsoft")
        inner = linear(wide, f"{at}.narrow", f"{at}.narrow.out")
        state = even(
            build.node("Add", [state, inner], f"{at}.sum2"), f"{at}.narrow_even", f"{at}.out"
        )
    mean = build.node("ReduceMean", [state], "mean", axes=[1], keepdims=0)
    most = build.node("ReduceMax", [state], "most", axes=[1], keepdims=0)
    vector = build.node("Concat", [mean, most], "vector", axis=1)
    for head in HEADS_OF:
        linear(vector, f"heads.{head}", head)
    pieces = helper.make_tensor_value_info("pieces", TensorProto.INT32, [1, "n"])
    outputs = [
        helper.make_tensor_value_info(head, TensorProto.FLOAT, [1, n])
        for head, n in HEADS_OF.items()
    ]
    whole = helper.make_graph(build.nodes, "encoder", [pieces], outputs, build.constants)
    return helper.make_model(whole, opset_imports=_OPSET, ir_version=9)


def _embedded(build: _Graph, weights: dict[str, np.ndarray]) -> str:
    """Pieces as vectors: int8 rows, each with a scale of its own, plus those of their places."""
    words = weights["words.weight"]
    scale = np.abs(words).max(axis=1, keepdims=True) / 127
    rows = build.constant("words", np.round(words / scale).astype(np.int8))
    scales = build.constant("words.scale", scale.astype(np.float32))
    row = build.node("Gather", [rows, "pieces"], "row")
    row = build.node("Cast", [row], "row.float", to=TensorProto.FLOAT)
    row = build.node("Mul", [row, build.node("Gather", [scales, "pieces"], "row.scale")], "scaled")
    places = build.constant("places", weights["places.weight"])
    length = build.node("Shape", ["pieces"], "length", start=1)
    zero = build.constant("zero", np.array([0], dtype=np.int64))
    held = build.node("Slice", [places, zero, length], "held")
    return build.node("Add", [row, held], "placed")


def write(network: Network, path: Path) -> None:
    """Write it with int8 weights.

    Weights keep to seven bits, which every processor multiplies alike; eight overflow on some.
    """
    with TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        onnx.save(graph(network.eval()), whole)
        quantize_dynamic(
            whole,
            path,
            op_types_to_quantize=["MatMul", "Attention"],
            nodes_to_exclude=[f"{head}.raw" for head in HEADS_OF],
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )
