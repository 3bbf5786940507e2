"""Claims about the realtimeqa suites: which questions and articles count, and when a right choice is contained."""

from __future__ import annotations

import io
import json
import tarfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from given_bench import BENCH, asked, refused, request, said

from evals.errors import EvalError
from evals.suites import realtimeqa
from evals.suites.realtimeqa import Gold, contains, left_out, normalised, plain_address, read, read_corpus
from evals.types import Sample, Score
from rag.types import Answer, Byline, Hit, Passage

FERRY = {
    "question_id": "20240301_0",
    "question_date": "2024/03/01",
    "question_source": "North Post",
    "question_url": "https://north.example/quiz",
    "question_sentence": 'Which <a href="https://north.example/x">ferry</a> sank off Orlen &amp; why?',
    "choices": ["Sea Star", "Moss-Belle", "Orlen Queen", "Old Tom"],
    "answer": ["1"],
    "evidence": "",
}
PIER = FERRY | {"question_id": "20240301_1", "question_sentence": "Who closed the pier at Tarn?", "answer": ["0"]}
EXCEPT = FERRY | {"question_id": "20240301_2", "question_sentence": "All of these sank, EXCEPT:"}
SANK = {
    "url": "https://www.north.example/2024/ferry/?utm=1",
    "title": "Ferry sinks",
    "text": "The ferry Moss Belle sank off Orlen at dawn. All 31 passengers were taken off by two trawlers.",
    "authors": ["Ida Moll", "Bo Lind"],
    "publish_date": "2024/02/29",
}
AGAIN = SANK | {"url": "http://edition.north.example/2024/ferry/index.html", "text": "The same once more, elsewhere."}
QUIZ = SANK | {
    "url": "https://north.example/quiz-of-the-week",
    "text": "The answer is the Moss Belle, of course, and Sea Star.",
}
BLANK = SANK | {"url": "https://north.example/blank", "text": " "}
FOUND = [{"question_id": "20240301_0", "search_result": [SANK, AGAIN, QUIZ, BLANK]}]


def archive(path: Path, members: Mapping[str, Sequence[object] | bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:xz") as tar:
        for name, rows in members.items():
            lines = rows if isinstance(rows, bytes) else "".join(f"{json.dumps(row)}\n" for row in rows).encode()
            member = tarfile.TarInfo(name)
            member.size = len(lines)
            tar.addfile(member, io.BytesIO(lines))


def written(
    folder: Path,
    *,
    year: str = "2024",
    questions: Sequence[object] | bytes = (FERRY, PIER, EXCEPT),
    found: Sequence[object] = FOUND,
) -> Path:
    nota = [FERRY | {"question_id": "20240301_0_nota", "choices": ["a", "b", "c", "None of the above"]}]
    place = folder / "dev" / year
    archive(place / "questions.tar.xz", {"20240301_qa_nota.jsonl": nota, "20240301_qa.jsonl": questions})
    archive(place / "gcs_articles.tar.xz", {"20240301_gcs.jsonl": found})
    return folder


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return written(tmp_path / "set")


# --- reading


def test_a_question_is_read_without_choices_tags_and_variants(data: Path) -> None:
    ferry, pier = read(data, "dev")
    assert (ferry.id, ferry.kind, ferry.question) == ("20240301_0", "searched", "Which ferry sank off Orlen & why?")
    assert ferry.expected == Gold(answers=("Moss-Belle",), year="2024")
    assert (pier.kind, pier.expected.answers) == ("unsearched", ("Sea Star",))


def test_questions_that_end_in_except_are_left_out() -> None:
    assert left_out("All sank EXCEPT: ") and left_out("Who sank, except?")
    assert not left_out("Except for one, which of all these ferries sank?")


def test_several_right_choices_count_in_any_order(tmp_path: Path) -> None:
    (one,) = read(written(tmp_path, questions=[FERRY | {"answer": ["3", "0"]}]), "dev")
    assert one.expected.answers == ("Old Tom Sea Star", "Sea Star Old Tom")


def test_the_corpus_has_each_address_once_and_no_quiz_page(data: Path) -> None:
    (one,) = read_corpus(data / "dev" / "2024")
    assert (one.id, one.text, one.title) == ("north.example/2024/ferry", SANK["text"], "Ferry sinks")
    assert (one.url, one.author, one.published_at) == (SANK["url"], "Ida Moll, Bo Lind", "2024/02/29")


def test_articles_that_a_quiz_cites_are_in_the_corpus_too(data: Path) -> None:
    pier = SANK | {"url": "https://north.example/pier", "text": "The pier at Tarn was closed by the Sea Star company."}
    rows = [{"question_id": "20240301_1", "search_result": [AGAIN, pier]}]
    archive(data / "dev" / "2024" / "gold_articles.tar.xz", {"20240301_gold.jsonl": rows})
    assert [one.id for one in read_corpus(data / "dev" / "2024")] == ["north.example/2024/ferry", "north.example/pier"]
    assert [one.kind for one in read(data, "dev")] == ["searched", "unsearched"]


@pytest.mark.parametrize(
    "url",
    [
        "https://www.north.example/a/b/",
        "http://edition.us.north.example/a/b/index.html?x=1#y",
        "https://amp.north.example/a/b#top",
    ],
)
def test_addresses_of_one_article_are_told_to_be_one(url: str) -> None:
    assert plain_address(url) == "north.example/a/b"


def test_each_year_is_a_folder_or_the_split_itself_is(tmp_path: Path) -> None:
    written(tmp_path)
    later = FERRY | {"question_id": "20250301_0"}
    written(tmp_path, year="2025", questions=[later], found=[])
    assert [(one.id, one.expected.year, one.kind) for one in read(tmp_path, "dev")] == [
        ("20240301_0", "2024", "searched"),
        ("20240301_1", "2024", "unsearched"),
        ("20250301_0", "2025", "unsearched"),
    ]
    assert [one.expected.year for one in read(written(tmp_path / "flat", year="."), "dev")] == ["dev", "dev"]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ([1], "a JSON object is expected"),
        ({"question_id": ""}, "'question_id' has to be a text"),
        (PIER | {"question_sentence": None}, "'question_sentence' has to be a text"),
        (PIER | {"choices": "abcd"}, "'choices' has to be a list of texts"),
        (PIER | {"answer": []}, "'answer' has to be a list of numbers"),
        (PIER | {"answer": ["4"]}, "'answer' has to be a list of numbers"),
        (PIER | {"answer": ["one"]}, "'answer' has to be a list of numbers"),
        (PIER | {"choices": ["?!", "b", "c", "d"]}, "the right choice has no letter or figure"),
        (FERRY, "the id '20240301_0' stands in an earlier line"),
    ],
)
def test_a_bad_question_is_named_by_its_line(tmp_path: Path, row: object, complaint: str) -> None:
    with pytest.raises(EvalError, match=rf"questions\.tar\.xz, 20240301_qa\.jsonl, line 2: {complaint}"):
        read(written(tmp_path, questions=[FERRY, row]), "dev")


def test_a_line_cut_off_is_named(tmp_path: Path) -> None:
    lines = f"{json.dumps(FERRY)}\n\n{json.dumps(PIER)[:40]}".encode()
    with pytest.raises(EvalError, match=r"20240301_qa\.jsonl, line 3: not a whole JSON object"):
        read(written(tmp_path, questions=lines), "dev")


@pytest.mark.parametrize("name", ["questions.tar.xz", "gcs_articles.tar.xz"])
def test_a_truncated_archive_gets_one_sentence(data: Path, name: str) -> None:
    path = data / "dev" / "2024" / name
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(EvalError, match=rf"{name}: not a whole \.xz file"):
        read(data, "dev")
    path.write_bytes(b"no archive")
    with pytest.raises(EvalError, match=rf"{name}: not a whole \.xz file"):
        read(data, "dev")


def test_a_missing_folder_split_or_archive_is_told(data: Path) -> None:
    for folder, split, complaint in (
        (data / "gone", "dev", "no such folder of questions"),
        (data, "held", "no split 'held'; there is: dev"),
        (data, "dev/2024", "no split 'dev/2024'"),
        (data.parent, "set", r"set has no file questions\*\.tar\.xz, nor has a folder in it"),
    ):
        with pytest.raises(EvalError, match=complaint):
            read(folder, split)
    (data / "dev" / "2024" / "gcs_articles.tar.xz").unlink()
    with pytest.raises(EvalError, match="2024 has no article; put gcs_articles"):
        read_corpus(data / "dev" / "2024")


def test_results_that_are_no_articles_are_told(tmp_path: Path) -> None:
    written(tmp_path, found=[{"question_id": "20240301_0", "search_result": ["x"]}])
    with pytest.raises(EvalError, match=r"20240301_gcs\.jsonl, line 1: 'search_result' has to be a list of objects"):
        read_corpus(tmp_path / "dev" / "2024")
    written(tmp_path, questions=[EXCEPT])
    with pytest.raises(EvalError, match="there is no question in it"):
        read(tmp_path, "dev")


# --- scoring


def test_texts_are_compared_without_case_punctuation_and_extra_spaces() -> None:
    assert normalised(" The  “Moss-Belle”,\nagain! 25年") == "the “mossbelle” again 25"


def test_a_choice_is_contained_also_within_longer_words() -> None:
    gold = Gold(answers=("Moss-Belle",), year="2024")
    assert contains("Two mossbelles sank.", gold) and not contains("The Moss Belle sank.", gold)


class Answering:
    """A product that gives one answer, whatever is asked."""

    model = None

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def answer(self, question: str) -> Answer:
        return self._answer


FERRY_ASKED = Sample(id="1", kind="searched", question="q", expected=Gold(answers=("Moss-Belle",), year="2024"))


def test_an_answer_counts_up_to_its_seventy_fifth_word() -> None:
    for before, right in ((74, 1.0), (75, 0.0)):
        outcome = realtimeqa.answer(Answering(said("so " * before + "MossBelle.")), FERRY_ASKED)
        assert outcome.scores["contain"] == Score(got=right)
        assert outcome.scores["words"] == Score(got=before + 1)
    assert outcome.failures == ("not stated: Moss-Belle (in no passage)",)


def test_an_abstention_contains_nothing_and_has_no_words() -> None:
    outcome = realtimeqa.answer(Answering(refused()), FERRY_ASKED)
    assert outcome.scores["contain"] == Score(got=0) and outcome.scores["abstained"] == Score(got=1)
    assert "words" not in outcome.scores
    assert outcome.failures == ("abstained: Moss-Belle (in no passage)",)
    weighed = realtimeqa.answer(Answering(refused(score=0.3)), FERRY_ASKED).scores["weighed"]
    assert weighed == Score(got=0.3, positive=True)


def test_an_answer_is_told_whether_its_passages_had_it() -> None:
    passage = Passage(id="p", article_id="a", revision="r", start=0, end=4, text="The MossBelle sank.")
    hit = Hit(passage=passage, byline=Byline(article_id="a", revision="r", url="u"), score=1.0, rank=1)
    given = Answer(question="q", standalone_question="q", text="", abstained=True, hits=(hit,))
    outcome = realtimeqa.answer(Answering(given), FERRY_ASKED)
    assert outcome.scores["found10"] == Score(got=1)
    assert outcome.failures == ("abstained: Moss-Belle (in a passage)",)
    assert outcome.response["found"] == [{"rank": 1, "title": None, "url": "u", "holds": True}]


# --- asking the product


def test_a_right_choice_in_a_passage_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ferry = FERRY | {"choices": ["Sea Star", "Moss Belle", "Orlen Queen", "Old Tom"]}
    data = written(tmp_path / "set", questions=[ferry, PIER])
    found = asked(realtimeqa.SUITE, data)
    assert found["20240301_0"].scores["found10"] == Score(got=1) and not found["20240301_0"].failures
    assert found["20240301_1"].scores["found10"] == Score(got=0)
    assert found["20240301_1"].failures == ("in no passage: Sea Star",)
    answered = asked(realtimeqa.ANSWERS, data)["20240301_0"]
    assert answered.scores["found10"] == Score(got=1) and answered.scores.keys() >= {"contain", "abstained", "latency"}


def test_a_year_has_a_library_of_its_own_and_only_if_it_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = written(tmp_path / "set", questions=[PIER])
    later = FERRY | {"question_id": "20250301_0"}
    other = SANK | {"url": "https://north.example/other", "text": "Nothing sank off Orlen in all of that long year."}
    written(data, year="2025", questions=[later], found=[{"question_id": "20250301_0", "search_result": [other]}])
    samples = read(data, "dev")
    with realtimeqa.SUITE.start(request(data), samples) as session:
        assert set(session.details) == {"2024", "2025"}
        ((first,), (second,)) = (session.ask(sample).response["found"] for sample in samples)
    assert (first["url"], second["url"]) == (SANK["url"].partition("?")[0], other["url"])
    with realtimeqa.SUITE.start(request(data), samples[:1]) as session:
        assert set(session.details) == {"2024"} and session.details["2024"]["passages_embedded"] == 0
    with (
        pytest.raises(EvalError, match="is one library and there are 2 years"),
        realtimeqa.SUITE.start(request(data, data_dir=tmp_path / "own"), samples),
    ):
        pass


# --- the benchmark itself


@pytest.mark.skipif(not (BENCH / "realtimeqa").exists(), reason="the benchmark is not there")
def test_the_benchmark_is_what_its_readme_says() -> None:
    folder = BENCH / "realtimeqa"
    samples = read(folder, "dev")
    assert Counter(one.kind for one in samples) == {"searched": 680, "unsearched": 150}
    assert len(read_corpus(folder / "dev" / "2025")) == 5346
