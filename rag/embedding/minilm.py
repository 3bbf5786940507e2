"""The all-MiniLM-L6-v2 sentence encoder as an ONNX graph, made from its published weights.

The architecture is BERT (Devlin et al. 2019, arXiv:1810.04805) with six layers, distilled as MiniLM (Wang et al. 2020,
arXiv:2002.10957) and tuned for sentences by mean pooling and L2 normalisation (Reimers and Gurevych 2019,
arXiv:1908.10084). No torch: the graph is written node by node, over onnxruntime's fused operators. Importing this
module costs the import of `onnx`, which only the building of the graph needs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from rag.errors import EmbeddingError

LAYERS = 6
HEADS = 12
EPSILON = 1e-12
WEIGHT_LEVELS = 64

Floats: TypeAlias = NDArray[np.float32]
Weights: TypeAlias = Mapping[str, Floats]


class Graph:
    """Nodes and constants written so far; methods return the names of the values that they add."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: NDArray[np.generic] | np.generic) -> str:
        """A tensor stored in the graph."""
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, operator: str, *inputs: str, **attributes: float | int) -> str:
        """A node with one output, of an operator that ONNX defines."""
        return self._append(operator, inputs, [f"{operator}{len(self.nodes)}"], "", attributes)[0]

    def fused(self, operator: str, *inputs: str, **attributes: float | int) -> str:
        """A node with one output, of one of onnxruntime's own operators."""
        return self._append(operator, inputs, [f"{operator}{len(self.nodes)}"], "com.microsoft", attributes)[0]

    def split(self, value: str, *, parts: int) -> list[str]:
        """A value in equal parts along its last axis."""
        names = [f"Split{len(self.nodes)}.{index}" for index in range(parts)]
        return self._append("Split", [value], names, "", {"axis": -1, "num_outputs": parts})

    def _append(
        self,
        operator: str,
        inputs: Sequence[str],
        outputs: list[str],
        domain: str,
        attributes: Mapping[str, float | int],
    ) -> list[str]:
        node = helper.make_node(operator, inputs, outputs, name=outputs[0], domain=domain)
        node.attribute.extend(helper.make_attribute(key, value) for key, value in attributes.items())
        self.nodes.append(node)
        return outputs


Linear: TypeAlias = Callable[[Graph, str, Floats, Floats], str]
"""Adds `value @ weight + bias` to a graph; weight is (inputs, outputs)."""


def float_linear(graph: Graph, value: str, weight: Floats, bias: Floats) -> str:
    """The product in 32-bit floats: the reference that the quantised graph is measured against."""
    return graph.node("Add", graph.node("MatMul", value, graph.constant(weight)), graph.constant(bias))


def int8_linear(graph: Graph, value: str, weight: Floats, bias: Floats) -> str:
    """The product in 8-bit integers: weights scaled by column, activations by token and afresh for each.

    Scaling each token by itself keeps a text's vector the same whatever else is in its batch, which onnxruntime's own
    dynamic quantisation (one scale for a whole batch) does not. Weights take 7 of the 8 bits: processors with AVX2 but
    not VNNI add pairs of products in 16 bits, and 255 * 64 * 2 is the most that fits, so every machine gets equal sums.
    """
    column = (np.abs(weight).max(axis=0) / WEIGHT_LEVELS).astype(np.float32)
    integers = np.rint(weight / column).astype(np.int8)
    last = graph.constant(np.array([-1]))
    lowest = graph.node("Neg", graph.node("ReduceMin", value, last, keepdims=1))
    largest = graph.node("Max", graph.node("ReduceMax", value, last, keepdims=1), lowest)  # half the time of Abs
    row = graph.node("Mul", largest, graph.constant(np.float32(1 / 127)))
    one, zero = graph.constant(np.float32(1)), graph.constant(np.uint8(128))
    quantised = graph.node("QuantizeLinear", graph.node("Div", value, row), one, zero)
    constants = (graph.constant(integers), one, graph.constant(column), zero, graph.constant(np.int8(0)))
    product = graph.fused("MatMulIntegerToFloat", quantised, *constants)
    return graph.node("Add", graph.node("Mul", product, row), graph.constant(bias))


def read_weights(path: Path) -> dict[str, Floats]:
    """The float32 tensors of a safetensors file by name; raises EmbeddingError for a file of another kind."""
    try:
        content = path.read_bytes()
        start = 8 + int.from_bytes(content[:8], "little")
        header = json.loads(content[8:start])
        return {
            name: np.frombuffer(
                content[start + entry["data_offsets"][0] : start + entry["data_offsets"][1]], "<f4"
            ).reshape(entry["shape"])
            for name, entry in header.items()
            if entry.get("dtype") == "F32"
        }
    except (OSError, ValueError, KeyError) as error:
        raise EmbeddingError(
            f"{path}: not readable as safetensors ({error}); install the dependencies again."
        ) from error


def encoder(weights: Weights, *, linear: Linear) -> onnx.ModelProto:
    """The graph from `ids` and `mask` (int32, batch x tokens) to `vectors` (float32, batch x 384, rows of length 1)."""
    graph = Graph()
    hidden = _embed_tokens(graph, weights)
    for index in range(LAYERS):
        hidden = _layer(graph, hidden, weights, prefix=f"encoder.layer.{index}.", linear=linear)
    # Mean pooling divides by the number of tokens, which the normalisation to length 1 undoes: the sum is enough.
    mask = graph.node("Cast", graph.node("Unsqueeze", "mask", graph.constant(np.array([1]))), to=onnx.TensorProto.FLOAT)
    summed = graph.node("Squeeze", graph.node("MatMul", mask, hidden), graph.constant(np.array([1])))
    graph.nodes.append(helper.make_node("LpNormalization", [summed], ["vectors"], name="vectors", axis=-1, p=2))
    return _model(graph)


def _embed_tokens(graph: Graph, weights: Weights) -> str:
    """Word, position and segment embeddings, normalised; there is only one segment, so it is added to the positions."""
    words = graph.constant(weights["embeddings.word_embeddings.weight"].astype(np.float16))  # a third less to load
    positions = (
        weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][:1]
    )
    tokens = graph.node("Shape", "ids", start=1, end=2)
    first = graph.constant(np.array([0]))
    used = graph.node("Slice", graph.constant(positions.astype(np.float32)), first, tokens, first)
    hidden = graph.node("Add", graph.node("Cast", graph.node("Gather", words, "ids"), to=onnx.TensorProto.FLOAT), used)
    scale, shift = _norm(graph, weights, "embeddings.")
    return graph.node("LayerNormalization", hidden, scale, shift, axis=-1, epsilon=EPSILON)


def _layer(graph: Graph, hidden: str, weights: Weights, *, prefix: str, linear: Linear) -> str:
    """One transformer layer: attention, then two linear maps around GELU, each added to its input and normalised."""

    def dense(value: str, *names: str) -> str:
        weight = np.concatenate([weights[f"{prefix}{name}.weight"].T for name in names], axis=1)
        return linear(graph, value, weight, np.concatenate([weights[f"{prefix}{name}.bias"] for name in names]))

    def added(value: str, residual: str, name: str) -> str:
        scale, shift = _norm(graph, weights, f"{prefix}{name}.")
        return graph.node(
            "LayerNormalization", graph.node("Add", value, residual), scale, shift, axis=-1, epsilon=EPSILON
        )

    joined = dense(hidden, *(f"attention.self.{part}" for part in ("query", "key", "value")))
    query, key, value = graph.split(joined, parts=3)
    attended = graph.fused("MultiHeadAttention", query, key, value, "", "mask", num_heads=HEADS)
    hidden = added(dense(attended, "attention.output.dense"), hidden, "attention.output")
    inner = graph.fused("Gelu", dense(hidden, "intermediate.dense"))
    return added(dense(inner, "output.dense"), hidden, "output")


def _norm(graph: Graph, weights: Weights, prefix: str) -> Sequence[str]:
    """Scale and shift of a layer normalisation."""
    return [graph.constant(weights[f"{prefix}LayerNorm.{part}"]) for part in ("weight", "bias")]


def _model(graph: Graph) -> onnx.ModelProto:
    """The finished model; its intermediate representation is an old one, so that older onnxruntimes read it."""
    whole = helper.make_graph(
        graph.nodes,
        "all-MiniLM-L6-v2",
        [helper.make_tensor_value_info(name, onnx.TensorProto.INT32, ["batch", "tokens"]) for name in ("ids", "mask")],
        [helper.make_tensor_value_info("vectors", onnx.TensorProto.FLOAT, ["batch", 384])],
        graph.constants,
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(whole, opset_imports=opsets, ir_version=9)
