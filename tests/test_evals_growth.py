import json
from pathlib import Path
from xml.etree import ElementTree as Xml

import numpy as np
import pytest

from evals import growth
from evals.errors import EvalError
from evals.growth import made
from rag.store import Store

KNOWN = [
    f"The harbour of Osterby lost {number} boats, sheds, cranes and nets in the gale on Friday." for number in range(30)
]
ROWS = [
    {"passages": 1_000, "put_per_s": 300.0, "search_p50_ms": 4.0, "search_p99_ms": 9.0, "outlet_p50_ms": 5.0}
    | {"memory_mb": 200.0, "disk_bytes": 9_000.0},
    {"passages": 10_000, "search_p50_ms": 6.0, "search_p99_ms": 15.0, "outlet_p50_ms": 7.0}
    | {"memory_mb": 250.0, "disk_bytes": 9_100.0},
]


def vectors() -> np.ndarray:
    rows = np.random.default_rng(0).normal(size=(len(KNOWN), 64)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_a_made_library_is_the_same_each_time_and_whole(tmp_path: Path):
    for name in ("a", "b"):
        made.write(tmp_path / name, KNOWN, vectors(), passages=40, fingerprint="made")
    ids = []
    for name in ("a", "b"):
        with Store(tmp_path / name, fingerprint="made", dimension=64) as store:
            assert (store.count().articles, store.count().passages, store.check()) == (4, 40, [])
            ids.append(store.state()[0])
            ids.append([byline.revision for byline in store.articles()])
    assert ids[:2] == ids[2:]


def test_questions_are_words_of_one_sentence_and_always_the_same():
    asked = growth.questions(KNOWN)
    assert asked == growth.questions(KNOWN)
    assert len(asked) == len(KNOWN)
    assert all(any(set(words.split()) <= set(said[:-1].replace(",", "").split()) for said in KNOWN) for words in asked)


def test_the_table_has_a_line_for_each_size():
    head, first, second = growth.report(ROWS).splitlines()
    assert head.split()[:2] == ["passages", "passages/s"]
    assert first.split()[:3] == ["1,000", "300", "4.0"]
    assert second.split()[:2] == ["10,000", "6.0"]


@pytest.mark.parametrize("rows", [ROWS, ROWS[:1]])
def test_the_drawing_has_each_figure_once(rows: list[dict[str, float]]):
    root = Xml.fromstring(growth.drawing(rows))
    drawn = sum(len(row) - 1 for row in rows)
    assert len(root.findall(".//{*}circle")) == drawn
    assert growth.drawing(rows) == growth.drawing(rows)


def test_a_library_that_cannot_be_measured_is_said_in_a_sentence(tmp_path: Path):
    asked = tmp_path / "asked.txt"
    asked.write_text("what?")
    (tmp_path / "no").write_text(json.dumps({}))
    with pytest.raises(EvalError, match="could not be measured"):
        growth.measured(tmp_path / "no", asked)
