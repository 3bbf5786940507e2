"""A small cross-encoder, written here, through the real loading, tokenizing, running and fetching."""

import hashlib
import http.server
import itertools
import json
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from tokenizers.processors import TemplateProcessing

from rag import crossencoder
from rag.config import Settings
from rag.crossencoder import WINDOW
from rag.errors import RerankError
from rag.pipeline import Pipeline
from rag.rerank import Reranker

PAD, UNKNOWN, START, END = range(4)
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"bridge closed tuesday ferry repaired bakers striking and so on".split()]
ALL_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


# --- the model: a logit of 2 for each word that question and passage share, less 1


def graph(
    inputs: Sequence[str] = ALL_INPUTS,
    *,
    integers: int = TensorProto.INT64,
    outputs: str = "one",
    batch: int | str = "batch",
    logits: str = "logits",
) -> onnx.ModelProto:
    """The model as ONNX; which tokens are the passage's is told by their types, or else by the first [SEP]."""
    nodes: list[onnx.NodeProto] = []

    def constant(value: object, kind: type = np.int64) -> str:
        name = f"constant{len(nodes)}"
        tensor = numpy_helper.from_array(np.array(value, dtype=kind))
        nodes.append(helper.make_node("Constant", [], [name], value=tensor))
        return name

    def node(operator: str, *names: str, **attributes: object) -> str:
        nodes.append(helper.make_node(operator, names, [f"value{len(nodes)}"], **attributes))
        return f"value{len(nodes) - 1}"

    def real(name: str) -> str:
        return node("Cast", name, to=TensorProto.FLOAT)

    def held(tokens: str) -> str:
        """Of one part of the pair, which words it has: (batch, words)."""
        counted = node("Mul", embedded, node("Unsqueeze", tokens, constant([2])))
        return node("ReduceMax", counted, constant([1]), keepdims=0)

    ids = node("Cast", "input_ids", to=TensorProto.INT64)
    identity = np.eye(len(WORDS))
    identity[[UNKNOWN, START, END]] = 0  # of the marks only the padding counts as a word, unless it is masked
    embedded = node("Gather", constant(identity, np.float32), ids)
    # As in a transformer there is a vector for each position of the window, and none beyond.
    length = node("Squeeze", node("Shape", "input_ids", start=1, end=2), constant([0]))
    positions = node("Range", constant(0), length, constant(1))
    embedded = node("Add", embedded, node("Gather", constant(np.zeros((WINDOW, 1)), np.float32), positions))
    if "token_type_ids" in inputs:
        passage = real("token_type_ids")
    else:
        ends = real(node("Equal", ids, constant(END)))
        before = node("CumSum", ends, constant(1), exclusive=1)
        passage = node("Min", before, constant(1.0, np.float32))
    mask = real("attention_mask") if "attention_mask" in inputs else constant(1.0, np.float32)
    asked = node("Mul", node("Sub", constant(1.0, np.float32), passage), mask)
    shared = node("Mul", held(asked), held(node("Mul", passage, mask)))
    overlap = node("ReduceSum", shared, constant([1]), keepdims=1)
    logit = node("Sub", node("Mul", overlap, constant(2.0, np.float32)), constant(1.0, np.float32))
    half = node("Mul", logit, constant(0.5, np.float32))
    made = {
        "one": lambda: node("Identity", logit),
        "flat": lambda: node("Squeeze", logit, constant([1])),
        "two": lambda: node("Concat", node("Neg", half), half, axis=1),
        "three": lambda: node("Concat", logit, logit, logit, axis=1),
        "broken": lambda: node("Log", node("Sub", logit, constant(1e6, np.float32))),
    }[outputs]()
    nodes.append(helper.make_node("Identity", [made], [logits]))
    whole = helper.make_graph(
        nodes,
        "overlap",
        [helper.make_tensor_value_info(name, integers, [batch, "tokens"]) for name in inputs],
        [helper.make_tensor_value_info(logits, TensorProto.FLOAT, None)],
    )
    return helper.make_model(whole, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def tokenizer(*, marked: bool = True) -> Tokenizer:
    made = Tokenizer(WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = WhitespaceSplit()
    if marked:
        made.post_processor = TemplateProcessing(
            single="[CLS] $A [SEP]",
            pair="[CLS] $A [SEP] $B:1 [SEP]:1",
            special_tokens=[("[CLS]", START), ("[SEP]", END)],
        )
    made.enable_truncation(8)  # of files as they are published, which the reranker does not keep to
    made.enable_padding(length=8)
    return made


def put(folder: Path, *, model: onnx.ModelProto | None = None, at: str = "model.onnx") -> Path:
    path = folder / at
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((model or graph()).SerializeToString())
    tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def reranker(folder: Path) -> Reranker:
    return Reranker(str(folder), folder / "unused")


def shares(*words: int) -> np.ndarray:
    """The scores of passages with so many of the question's words."""
    return 1 / (1 + np.exp(1.0 - 2.0 * np.array(words)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return put(tmp_path_factory.mktemp("model"))


# --- scores

QUESTION = "bridge closed tuesday"
PASSAGES = ["bakers striking", "the bridge closed tuesday and so on", "ferry closed", "bridge closed"]


def test_a_passage_that_answers_more_of_the_question_scores_higher(folder: Path):
    scores = reranker(folder).scores(QUESTION, PASSAGES)
    assert scores.shape == (4,) and scores.dtype == np.float32
    assert scores == pytest.approx(shares(0, 3, 1, 2), abs=1e-6)


@pytest.mark.parametrize("outputs", ["one", "flat", "two"])
@pytest.mark.parametrize(
    "inputs", [ALL_INPUTS, ("input_ids", "attention_mask"), ("input_ids",), ("token_type_ids", "input_ids")]
)
@pytest.mark.parametrize("integers", [TensorProto.INT64, TensorProto.INT32])
def test_a_graph_of_any_of_the_usual_forms_is_run(tmp_path: Path, outputs: str, inputs: tuple[str, ...], integers: int):
    made = reranker(put(tmp_path, model=graph(inputs, outputs=outputs, integers=integers)))
    assert made.scores(QUESTION, PASSAGES) == pytest.approx(shares(0, 3, 1, 2), abs=1e-6)


def test_the_only_output_is_taken_whatever_its_name(tmp_path: Path):
    made = reranker(put(tmp_path, model=graph(logits="score")))
    assert made.scores(QUESTION, PASSAGES[:2]) == pytest.approx(shares(0, 3), abs=1e-6)


def test_a_score_does_not_depend_on_its_batch(folder: Path):
    # A padding that is not masked would be a word of the question, and the first passage has it.
    many = ["bridge [PAD]", *PASSAGES, "bridge " * 400, *["ferry and so on " * length for length in range(40)]]
    made = reranker(folder)
    together = made.scores(QUESTION, many)
    assert together[0] == pytest.approx(shares(1), abs=1e-6)
    assert together == pytest.approx([made.scores(QUESTION, [passage])[0] for passage in many], abs=1e-6)


def test_no_passages_have_no_scores_and_need_no_model(tmp_path: Path):
    assert reranker(tmp_path / "absent").scores(QUESTION, []).shape == (0,)


@pytest.mark.parametrize("blank", ["", " \n", "\x00", "a \ud800 b", "🌉"])
def test_any_text_has_a_score(folder: Path, blank: str):
    made = reranker(folder)
    assert made.scores(blank, ["bridge"]) == pytest.approx(shares(0), abs=1e-6)
    assert made.scores("bridge", [blank, "bridge"]) == pytest.approx(shares(0, 1), abs=1e-6)


def test_the_end_of_a_long_passage_is_not_read(folder: Path):
    room = WINDOW - len(["[CLS]", "bridge", "[SEP]", "[SEP]"])
    within, beyond = "so " * (room - 1) + "bridge", "so " * room + "bridge"
    assert reranker(folder).scores("bridge", [within, beyond]) == pytest.approx(shares(1, 0), abs=1e-6)


def test_a_long_question_leaves_room_for_the_passage(folder: Path):
    question = "bridge " + "and " * 2000 + "closed"
    read, cut = "so " * (WINDOW // 2 - 4) + "bridge", "closed"
    assert reranker(folder).scores(question, [read, cut]) == pytest.approx(shares(1, 0), abs=1e-6)


def test_threads_share_one_reranker(folder: Path):
    made = reranker(folder)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: made.scores(QUESTION, PASSAGES), range(16)))
    assert all(np.array_equal(result, results[0]) for result in results)


def test_the_model_is_loaded_once(tmp_path: Path):
    made = reranker(put(tmp_path))
    made.load()
    (tmp_path / "model.onnx").unlink()
    made.load()
    assert made.scores(QUESTION, PASSAGES[:1]).shape == (1,)


# --- folders


def test_a_graph_is_found_where_exports_put_it(tmp_path: Path):
    assert reranker(put(tmp_path, at="onnx/model.onnx")).scores("bridge", ["bridge"]).shape == (1,)


def test_a_folder_in_the_home_folder_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(folder.parent))
    Reranker(f"~/{folder.name}", folder / "unused").load()


def refusal(attempt: Callable[[], object]) -> str:
    """The one sentence with which an attempt fails."""
    with pytest.raises(RerankError) as raised:
        attempt()
    sentence = str(raised.value)
    assert "\n" not in sentence and sentence.endswith(".") and not sentence.endswith("..")
    assert "RERANK_MODEL" in sentence or "CACHE_DIR" in sentence
    return sentence


@pytest.mark.parametrize("name", ["", "/nowhere/at/all", "nowhere", "a/b/c", "../a", "a/b@", "a/b@c d", "http://a/b"])
def test_what_is_neither_a_folder_nor_a_name_is_refused(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    made = Reranker(name or "\0", tmp_path / "cache", hub="http://127.0.0.1:1")
    assert "no such folder, nor a model of the hub" in refusal(made.load)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(("absent", "said"), [("model.onnx", "neither model.onnx nor"), ("tokenizer.json", "has no")])
def test_a_missing_file_is_named(tmp_path: Path, absent: str, said: str):
    (put(tmp_path) / absent).unlink()
    sentence = refusal(reranker(tmp_path).load)
    assert str(tmp_path) in sentence and absent in sentence and said in sentence


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
@pytest.mark.parametrize("content", [b"", b"version https://git-lfs.github.com/spec/v1\n", b"\xff" * 64, b'{"a": 1}'])
def test_a_file_of_another_kind_is_named(tmp_path: Path, name: str, content: bytes):
    (put(tmp_path) / name).write_bytes(content)
    assert refusal(reranker(tmp_path).load).startswith(f"{tmp_path / name}: cannot be loaded as")


@pytest.mark.parametrize("inputs", [("pixels",), ("attention_mask",), (*ALL_INPUTS, "pixels")])
def test_a_graph_with_other_inputs_is_refused(tmp_path: Path, inputs: tuple[str, ...]):
    made = helper.make_graph(
        [helper.make_node("Identity", [inputs[0]], ["logits"])],
        "other",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in inputs],
        [helper.make_tensor_value_info("logits", TensorProto.INT64, None)],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    sentence = refusal(reranker(put(tmp_path, model=model)).load)
    assert f"{inputs[-1]} tensor(int64)" in sentence and "where a reranker reads" in sentence


def test_a_graph_that_reads_no_integers_is_refused(tmp_path: Path):
    model = graph(integers=TensorProto.FLOAT)
    assert "input_ids tensor(float)" in refusal(reranker(put(tmp_path, model=model)).load)


def test_a_graph_that_gives_no_scores_is_refused(tmp_path: Path):
    model = graph(outputs="three")
    assert "gave 2 x 3 numbers for 2 passages" in refusal(reranker(put(tmp_path, model=model)).load)


def test_a_graph_that_gives_no_numbers_is_refused(tmp_path: Path):
    model = graph(outputs="broken")
    assert "no number" in refusal(reranker(put(tmp_path, model=model)).load)


def test_a_graph_that_takes_one_passage_at_a_time_is_refused(tmp_path: Path):
    sentence = refusal(reranker(put(tmp_path, model=graph(batch=1))).load)
    assert sentence.startswith(f"{tmp_path / 'model.onnx'}: failed on 2 passages")


def test_a_tokenizer_that_does_not_mark_pairs_is_refused(tmp_path: Path):
    tokenizer(marked=False).save(str(put(tmp_path) / "tokenizer.json"))
    assert "does not mark where a question ends" in refusal(reranker(tmp_path).load)


# --- the hub

COMMIT = "5" * 40


class Hub:
    """A model hub on loopback with one model: `files` by path, listed as they are unless `listing` is set."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.large: set[str] = set()
        self.listing: bytes | None = None
        self.sent: dict[str, bytes] = {}  # what comes in place of a file
        self.asked: list[str] = []
        self.address = ""

    def answer(self, path: str) -> bytes | None:
        """The body for a path, None for not found."""
        self.asked.append(path)
        if path in ("/api/models/us/ours/revision/main?blobs=true", "/api/models/us/ours/revision/v1?blobs=true"):
            return self.listing if self.listing is not None else self._listed()
        name = path.removeprefix(f"/us/ours/resolve/{COMMIT}/")
        return self.sent.get(name, self.files.get(name))

    def _listed(self) -> bytes:
        siblings = []
        for path, content in self.files.items():
            git = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            entry: dict[str, object] = {"rfilename": path, "size": len(content), "blobId": git}
            if path in self.large:
                entry |= {
                    "blobId": "0" * 40,  # of the pointer
                    "lfs": {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130},
                }
            siblings.append(entry)
        return json.dumps({"sha": COMMIT, "siblings": siblings}).encode()


@pytest.fixture
def hub(tmp_path: Path, folder: Path) -> Iterator[Hub]:
    published = Hub()
    published.files = {
        "README.md": b"a model",
        "onnx/model.onnx": (folder / "model.onnx").read_bytes(),
        "onnx/model.onnx_data": b"weights",
        "onnx/model_O4.onnx": b"another precision",
        "tokenizer.json": (folder / "tokenizer.json").read_bytes(),
    }
    published.large = {"onnx/model.onnx", "onnx/model.onnx_data"}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = published.answer(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        published.address = f"http://127.0.0.1:{server.server_port}"
        yield published
        server.shutdown()
        thread.join()


def kept(cache: Path) -> set[str]:
    return {str(path.relative_to(cache)) for path in cache.rglob("*") if path.is_file()}


def test_a_model_of_the_hub_is_fetched_once_at_the_commit_that_is_listed(tmp_path: Path, hub: Hub, caplog):
    caplog.set_level(logging.WARNING)
    for _ in range(2):
        made = Reranker("us/ours", tmp_path, hub=hub.address)
        assert made.scores(QUESTION, PASSAGES) == pytest.approx(shares(0, 3, 1, 2), abs=1e-6)
    assert hub.asked == [
        "/api/models/us/ours/revision/main?blobs=true",
        *(
            f"/us/ours/resolve/{COMMIT}/{path}"
            for path in ("onnx/model.onnx", "onnx/model.onnx_data", "tokenizer.json")
        ),
    ]
    top = "rerankers/us--ours"
    assert kept(tmp_path) == {f"{top}/onnx/model.onnx", f"{top}/onnx/model.onnx_data", f"{top}/tokenizer.json"}
    assert [path.name for path in (tmp_path / "rerankers").iterdir()] == ["us--ours"]
    assert [record.message for record in caplog.records] == ["Fetching the reranker us/ours, 0 MB, once."]


def test_a_revision_has_a_folder_of_its_own(tmp_path: Path, hub: Hub):
    Reranker("us/ours@v1", tmp_path, hub=hub.address).load()
    assert hub.asked[0] == "/api/models/us/ours/revision/v1?blobs=true"
    assert (tmp_path / "rerankers" / "us--ours@v1" / "tokenizer.json").is_file()


def test_two_who_fetch_at_once_both_succeed(tmp_path: Path, hub: Hub):
    rerankers = [Reranker("us/ours", tmp_path, hub=hub.address) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Reranker.load, rerankers))
    assert [path.name for path in (tmp_path / "rerankers").iterdir()] == ["us--ours"]


@pytest.mark.parametrize("name", ["onnx/model.onnx", "tokenizer.json"])
@pytest.mark.parametrize("change", [lambda content: content[:-1], lambda content: content + b"!", lambda _: b""])
def test_a_file_that_is_not_the_one_listed_is_refused_and_not_kept(
    tmp_path: Path, hub: Hub, name: str, change: Callable[[bytes], bytes]
):
    hub.sent[name] = change(hub.files[name])
    sentence = refusal(Reranker("us/ours", tmp_path, hub=hub.address).load)
    longer = len(hub.sent[name]) > len(hub.files[name])
    said = "the reranker cannot be fetched (more than the" if longer else "what arrived is not the file"
    assert f"{hub.address}/us/ours/resolve/{COMMIT}/{name}: {said}" in sentence
    assert kept(tmp_path) == set() and list((tmp_path / "rerankers").iterdir()) == []
    hub.sent.clear()
    Reranker("us/ours", tmp_path, hub=hub.address).load()


NO_LISTINGS = [b"", b"<html>Log in</html>", b"[]", b"{}", b'"sha"', b'{"sha": "5", "siblings": 7}']
NO_LISTINGS += [b'{"sha": "5", "siblings": [7]}', b'{"sha": "5", "siblings": [{"rfilename": "model.onnx"}]}']


@pytest.mark.parametrize("listing", NO_LISTINGS)
def test_what_is_no_listing_is_refused(tmp_path: Path, hub: Hub, listing: bytes):
    hub.listing = listing
    assert "not the model hub's listing" in refusal(Reranker("us/ours", tmp_path, hub=hub.address).load)


def test_a_listing_without_end_is_cut_off(tmp_path: Path, hub: Hub):
    hub.listing = b" " * (crossencoder.LISTING + 1)
    assert "more than the 16,777,216 bytes that were to come" in refusal(
        Reranker("us/ours", tmp_path, hub=hub.address).load
    )


def test_a_hub_that_sends_too_slowly_is_left(tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch):
    hours = itertools.count(step=3_600)
    monkeypatch.setattr(crossencoder, "time", SimpleNamespace(monotonic=lambda: next(hours)))
    assert "less than 100 kB a second" in refusal(Reranker("us/ours", tmp_path, hub=hub.address).load)


@pytest.mark.parametrize("absent", ["onnx/model.onnx", "tokenizer.json"])
def test_a_model_without_an_export_is_refused_before_anything_is_fetched(tmp_path: Path, hub: Hub, absent: str):
    del hub.files[absent]
    sentence = refusal(Reranker("us/ours", tmp_path, hub=hub.address).load)
    assert "has no tokenizer.json with model.onnx or onnx/model.onnx at main" in sentence
    assert len(hub.asked) == 1


def test_a_model_that_is_not_there_is_said_so(tmp_path: Path, hub: Hub):
    sentence = refusal(Reranker("us/theirs", tmp_path, hub=hub.address).load)
    assert "cannot be fetched (HTTP Error 404" in sentence and "set RERANK_MODEL to a folder" in sentence


def test_a_hub_out_of_reach_is_said_so(tmp_path: Path):
    sentence = refusal(Reranker("us/ours", tmp_path, hub="http://127.0.0.1:1").load)
    assert sentence.startswith("http://127.0.0.1:1/api/models/us/ours") and "cannot be fetched" in sentence


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, hub: Hub):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert "set CACHE_DIR" in refusal(Reranker("us/ours", blocked, hub=hub.address).load)


# --- the setting


def settings(tmp_path: Path, **changes: object) -> Settings:
    quiet = Settings(_env_file=None, openai_api_key=None, openai_base_url=None, rerank_model=None)
    return quiet.model_copy(
        update={"data_dir": tmp_path / "library", "cache_dir": quiet.cache_dir.expanduser(), **changes}
    )


@pytest.mark.parametrize("unset", [None, ""])
def test_without_the_setting_there_is_no_reranker(tmp_path: Path, unset: str | None):
    with Pipeline(settings(tmp_path, rerank_model=unset)) as pipeline:
        assert pipeline.reranker is None


def test_a_reranker_is_ready_once_the_product_is_open(tmp_path: Path, folder: Path):
    with Pipeline(settings(tmp_path, rerank_model=str(folder))) as pipeline:
        assert pipeline.reranker is not None and pipeline.reranker.name == str(folder)
        with Pipeline(settings(tmp_path / "other"), reranker=pipeline.reranker) as other:
            assert other.reranker is pipeline.reranker


def test_a_reranker_that_cannot_be_had_is_said_when_the_product_is_opened(tmp_path: Path):
    chosen = settings(tmp_path, rerank_model=str(tmp_path / "absent"))
    assert "absent: no such folder" in refusal(lambda: Pipeline(chosen))
    assert not chosen.data_dir.exists()
