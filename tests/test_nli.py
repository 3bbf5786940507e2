"""A small entailment model, written here, through the real loading, tokenizing and running."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

from rag.nli import Entailment, Nli, NliError
from rag.verify import judge

START, END = 2, 3
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "not", "maybe", "boats", "sank", "the", "off", "Osterby", ".", "12"]
LABELS = ("contradiction", "entailment", "neutral")


def graph(order: Sequence[str] = LABELS, *, width: int | None = None) -> onnx.ModelProto:
    """A model that adds the logits of its words: "not" contradicts, "maybe" leaves open, all else follows."""
    weights = np.zeros((len(WORDS), len(order)), dtype=np.float32)
    weights[WORDS.index("boats"), order.index("entailment")] = 2.0
    for word, label in (("not", "contradiction"), ("maybe", "neutral")):
        weights[WORDS.index(word), order.index(label) if label in order else 1 - order.index("entailment")] = 9.0
    weights = weights[:, : width or len(order)]
    nodes = [
        helper.make_node("Constant", [], ["weights"], value=numpy_helper.from_array(weights)),
        helper.make_node("Constant", [], ["tokens_axis"], value=numpy_helper.from_array(np.array([1]))),
        helper.make_node("Gather", ["weights", "input_ids"], ["each"]),
        helper.make_node("ReduceSum", ["each", "tokens_axis"], ["logits"], keepdims=0),
    ]
    made = helper.make_graph(
        nodes,
        "words",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, None)],
    )
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def put(folder: Path, *, order: Sequence[str] = LABELS, named: Sequence[str] | None = None, **options: int) -> Path:
    (folder / "model.onnx").write_bytes(graph(order, **options).SerializeToString())
    tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", START), ("[SEP]", END)],
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    labels = {str(number): label for number, label in enumerate(named or order)}
    (folder / "config.json").write_text(json.dumps({"id2label": labels}))
    return folder


def nli(folder: Path) -> Nli:
    return Nli(str(folder), folder / "unused")


def surest(found: Entailment) -> str:
    return max(LABELS, key=lambda label: getattr(found, label))


# --- what a model says


@pytest.mark.parametrize(
    "order", [LABELS, ("entailment", "neutral", "contradiction"), ("neutral", "contradiction", "entailment")]
)
@pytest.mark.parametrize("written", [str.lower, str.upper])
def test_labels_are_read_in_any_order(tmp_path: Path, order: Sequence[str], written):
    model = nli(put(tmp_path, order=order, named=[written(label) for label in order]))
    assert surest(model.judge("boats sank", "the boats sank")) == "entailment"
    assert surest(model.judge("boats sank", "not")) == "contradiction"
    assert surest(model.judge("boats sank", "maybe")) == "neutral"


def test_shares_of_certainty_sum_to_one(tmp_path: Path):
    found = nli(put(tmp_path)).judge("boats sank", "maybe not")
    assert found.entailment + found.neutral + found.contradiction == pytest.approx(1.0)


@pytest.mark.parametrize("other", ["not_entailment", "non-entailment", "neutral"])
def test_of_two_labels_the_other_is_left_open(tmp_path: Path, other: str):
    model = nli(put(tmp_path, order=("neutral", "entailment"), named=(other, "entailment")))
    assert surest(model.judge("boats", "sank")) == "entailment"
    found = model.judge("boats", "not")
    assert surest(found) == "neutral" and found.contradiction == 0.0


def test_of_two_labels_the_other_may_be_the_contrary(tmp_path: Path):
    model = nli(put(tmp_path, order=("entailment", "contradiction")))
    assert surest(model.judge("boats", "not")) == "contradiction"


def test_the_model_is_loaded_once(tmp_path: Path):
    model = nli(put(tmp_path))
    model.load()
    (tmp_path / "model.onnx").unlink()
    assert surest(model.judge("boats", "sank")) == "entailment"


# --- what is no entailment model


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("", "does not name its labels"),
        ("{}", "does not name its labels"),
        ('{"id2label": {"1": "entailment"}}', "does not name its labels"),
        ('{"id2label": {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}}', "its labels are LABEL_0, LABEL_1, LABEL_2"),
        ('{"id2label": {"0": "entailment", "1": "neutral"}}', "gave 3 numbers for a pair"),
    ],
)
def test_a_configuration_that_does_not_say_what_is_which_is_refused(tmp_path: Path, config: str, said: str):
    (put(tmp_path) / "config.json").write_text(config)
    with pytest.raises(NliError, match=said) as raised:
        nli(tmp_path).load()
    assert "NLI_MODEL" in str(raised.value) and str(raised.value).endswith(".")


def test_a_model_without_its_configuration_is_refused(tmp_path: Path):
    (put(tmp_path) / "config.json").unlink()
    with pytest.raises(NliError, match=r"has no config\.json"):
        nli(tmp_path).load()


def test_a_model_that_gives_one_number_is_refused(tmp_path: Path):
    with pytest.raises(NliError, match="gave 2 x 1 numbers for 2 hypotheses"):
        nli(put(tmp_path, width=1)).load()


def test_what_is_neither_a_folder_nor_a_name_is_refused(tmp_path: Path):
    with pytest.raises(NliError, match="no such folder, nor a model of the hub"):
        Nli(str(tmp_path / "absent"), tmp_path).load()


# --- in a verdict


def test_what_a_model_contradicts_is_unsupported(tmp_path: Path):
    model = nli(put(tmp_path))
    cited = "not off Osterby the boats sank."  # the model's own idea of a contrary
    assert judge("The boats sank off Osterby.", ["The boats sank off Osterby."], nli=model).support == "supported"
    verdict = judge("Boats sank off Osterby.", ["Boats sank, not one but many, off Osterby."], nli=model)
    assert verdict.support == "unsupported" and cited
    assert judge("Boats sank off Osterby.", ["Boats sank off Osterby."]).support == "supported"


def test_what_a_model_finds_to_follow_excuses_other_wording_alone(tmp_path: Path):
    model = nli(put(tmp_path))
    cited = ["The boats boats boats of the owners went to the bottom."]
    assert judge("The vessels drowned.", cited).support == "unsupported"
    assert judge("The craft, all wrecks now, perish.", cited, nli=model).support != "unsupported"


@pytest.mark.parametrize("statement", ["12 boats sank.", "The boats of Osterby sank.", "The boats “sank deep”."])
def test_what_a_model_finds_to_follow_makes_up_for_no_figure_name_or_quotation(tmp_path: Path, statement: str):
    model = nli(put(tmp_path))
    assert surest(model.judge("boats boats boats sank.", statement)) == "entailment"
    assert judge(statement, ["boats boats boats sank."], nli=model).support == "unsupported"
