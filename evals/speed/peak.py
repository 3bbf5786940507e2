"""What the machine could do at most: multiplications of 8-bit matrices in the encoder's own shapes, and the encoder."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.config import Settings

if TYPE_CHECKING:
    from rag.embedding import Embedder

LAYERS = 6
SHAPES = ((384, 1152), (384, 384), (384, 1536), (1536, 384))  # of a layer's four linear maps, inputs and outputs
OPERATIONS = 2 * LAYERS * sum(inputs * outputs for inputs, outputs in SHAPES)  # for a token
ROUNDS = 5
RUNS = 40  # of the products in a round


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """Thousand millions of 8-bit operations a second: of bare products, and of the embedder with all it does besides.

    `where` are the shares of the embedder's time by operator, the largest first.
    """

    products: float
    embedder: float
    where: tuple[tuple[str, float], ...]

    @property
    def share(self) -> float:
        """What of the peak the embedder reaches."""
        return self.embedder / self.products


def measure(texts: Sequence[str], *, settings: Settings, rounds: int = ROUNDS, runs: int = RUNS) -> Peak:
    """Both, in turns, on as many threads as the embedder has; raises EmbeddingError."""
    from rag.embedding import BATCH_TOKENS, Embedder  # slow to load, as onnxruntime and onnx are

    embedder = Embedder(settings.cache_dir, settings.embed_threads)
    embedder.embed(["ready"])
    product = _product(BATCH_TOKENS)
    threads = embedder.threads
    rates: dict[str, list[float]] = {"products": [], "embedder": []}
    portions = [texts[at::rounds] for at in range(rounds)]
    with ThreadPoolExecutor(threads) as pool:
        for portion in portions:
            began = time.perf_counter()
            list(pool.map(lambda _: product(), range(runs)))
            rates["products"].append(runs * BATCH_TOKENS * OPERATIONS / (time.perf_counter() - began) / 1e9)
            tokens = sum(
                min(length, embedder.max_tokens) + 2 for length in embedder.lengths(list(dict.fromkeys(portion)))
            )
            began = time.perf_counter()
            embedder.embed(portion)
            rates["embedder"].append(tokens * OPERATIONS / (time.perf_counter() - began) / 1e9)
    return Peak(
        products=statistics.median(rates["products"]),
        embedder=statistics.median(rates["embedder"]),
        where=_profile(embedder, portions[0]),
    )


def _product(tokens: int) -> Callable[[], object]:
    """A layer's products on one thread, for so many tokens, six times; without anything between them."""
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(0)
    constants, nodes, values = [], [], {}
    for place, (inputs, outputs) in enumerate(SHAPES):
        weight = random.integers(-64, 64, (inputs, outputs), dtype=np.int8)
        constants.append(numpy_helper.from_array(weight, f"weight{place}"))
        nodes.append(helper.make_node("MatMulInteger", [f"value{place}", f"weight{place}"], [f"product{place}"]))
        values[f"value{place}"] = random.integers(0, 255, (tokens, inputs), dtype=np.uint8)
    graph = helper.make_graph(
        nodes,
        "products",
        [helper.make_tensor_value_info(name, TensorProto.UINT8, value.shape) for name, value in values.items()],
        [helper.make_tensor_value_info(node.output[0], TensorProto.INT32, None) for node in nodes],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return lambda: [session.run(None, values) for _ in range(LAYERS)]


def _profile(embedder: Embedder, texts: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """The shares of operators in the time of embedding texts, on one thread, the largest first."""
    from rag.embedding import load

    spent: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        session = load(embedder.graph(), profile=Path(folder, "profile"))
        for _, arrays in embedder.batched(texts):
            session.run(["vectors"], arrays)
        events = json.loads(Path(session.end_profiling()).read_text("utf-8"))
    for event in events:
        if event["cat"] == "Node" and event["name"].endswith("_kernel_time"):
            spent[event["args"]["op_name"]] += event["dur"]
    return tuple((name, one / spent.total()) for name, one in spent.most_common())
