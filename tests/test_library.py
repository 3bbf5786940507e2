"""The product as a Python program sees it: the package's names, and the class Library."""

from __future__ import annotations

import doctest
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import fake_pipeline
import made_gale
import pytest
from fake_pipeline import FakePipeline

import rag
from rag import Answer, CrosscheckError, Library, NotFoundError, Settings, Text, Turn, UsageError
from rag.embedding import Embedder
from rag.pipeline import Pipeline

ROOT = Path(__file__).parent.parent
GALE = Text(text=made_gale.GALE, title="Gale", outlet="Harbour Post", published_at="2021-05-04")


@pytest.fixture(autouse=True)
def bare_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def pipeline() -> FakePipeline:
    return FakePipeline()


@pytest.fixture
def library(pipeline: FakePipeline) -> Iterator[Library]:
    with Library.over(pipeline) as opened:
        yield opened


# --- the package -----------------------------------------------------------------------------------------------------


def test_the_examples_of_the_package_are_true(tmp_path: Path):
    shutil.copytree(ROOT / "corpus", tmp_path / "corpus")
    result = doctest.testmod(rag)
    assert result.attempted > 5
    assert result.failed == 0


def test_every_name_of_the_package_is_there_once_it_is_used():
    assert sorted(rag.__all__) == rag.__all__
    assert set(rag.__all__) <= set(dir(rag))
    assert {getattr(rag, name).__name__ for name in rag.__all__} == set(rag.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Librarian'"):
        rag.Librarian  # noqa: B018
    with pytest.raises(ImportError):
        from rag import Librarian  # noqa: F401


def test_importing_the_package_loads_no_library_and_nothing_of_it():
    program = "import sys; before = set(sys.modules); import rag; print(*set(sys.modules) - before)"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    added = {name.split(".")[0] for name in loaded.stdout.split()}
    assert "rag" in added
    assert not any(name.startswith("rag.") for name in loaded.stdout.split())
    assert added - {"rag"} <= set(sys.stdlib_module_names)


def test_the_values_of_the_package_need_no_library_either():
    program = "import sys; from rag import Answer, Citation, CrosscheckError; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"numpy", "pydantic", "chromadb"}.isdisjoint(loaded.stdout.split())


# --- a library of one's own ------------------------------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path: Path, embedder: Embedder) -> Iterator[Library]:
    settings = Settings(_env_file=None, data_dir=tmp_path / "kept")
    with Library.over(Pipeline(settings, embedder=embedder)) as opened:
        yield opened


def test_articles_are_added_read_asked_and_removed(kept: Library, tmp_path: Path):
    file = tmp_path / "pilots.txt"
    file.write_text(made_gale.PILOTS, "utf-8")
    told: list[tuple[int, int, str]] = []
    report = kept.add(GALE, file, "missing.txt", progress=lambda *step: told.append(step))
    assert (len(report.added), len(report.refused)) == (2, 1)
    assert told[-1] == (2, 2, "")
    assert kept.add(GALE).unchanged == report.added[:1]
    assert kept.outlets() == ["Harbour Post"]
    article = kept.article(report.added[0])
    assert [byline.article_id for byline in kept.articles()] == list(report.added)
    answer = kept.ask("Whom did the mayor of Osterby blame?")
    assert isinstance(answer, Answer)
    cited = answer.citations[0]
    assert article.text[cited.start : cited.end] == cited.quote
    assert kept.search("gale Osterby")[0].passage.article_id in report.added
    assert {one.outlet for one in kept.compare("fishing boats").outlets} == {"Harbour Post", None}
    assert kept.timeline("gale").topic
    file.write_text(made_gale.PILOTS.replace(" ", "  ", 1), "utf-8")
    (pilots,) = kept.add(file).changed
    now, before = kept.revisions(pilots)
    assert kept.article(pilots, before.revision).text != kept.article(pilots).text
    assert kept.changes(pilots) == kept.changes(pilots, earlier=before.revision, later=now.revision)
    assert kept.changes(pilots).changes
    kept.remove(article.id)
    with pytest.raises(NotFoundError):
        kept.article(article.id)
    with pytest.raises(NotFoundError):
        kept.remove(article.id)
    with pytest.raises(UsageError):
        kept.add()


def test_a_folder_comes_before_that_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "set"))
    with Library() as library:
        assert library.pipeline.settings.data_dir == tmp_path / "set"
    with Library(tmp_path / "named") as library:
        assert library.pipeline.settings.data_dir == tmp_path / "named"
    given = Settings(openai_base_url="http://127.0.0.1:9/v1", openai_model="made-up")
    with Library(str(tmp_path / "both"), settings=given) as library:
        assert library.pipeline.settings.data_dir == tmp_path / "both"
        assert library.pipeline.model.name == "made-up"
    with Library(settings=given) as library:
        assert library.pipeline.settings.data_dir == tmp_path / "set"


def test_a_wrong_setting_is_said_as_one_of_our_errors(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MODEL_TIMEOUT", "soon")
    with pytest.raises(CrosscheckError, match="MODEL_TIMEOUT"):
        Library("anywhere")


# --- what is passed on -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ask", ["ask", "search", "compare", "timeline", "stream"])
def test_limits_mean_the_same_everywhere(library: Library, pipeline: FakePipeline, ask: str):
    moment = datetime(2024, 12, 2, 9, 30, tzinfo=UTC)
    found = getattr(library, ask)(
        "Bridge?", outlets="Quay Post", since=date(2024, 11, 1), until=moment, articles=["a", "b"]
    )
    if ask == "stream":
        list(found)
    ((asked, _, filters),) = pipeline.asked
    assert asked == "Bridge?"
    assert (filters.outlets, filters.articles) == (("Quay Post",), ("a", "b"))
    assert (filters.since, filters.until) == ("2024-11-01", "2024-12-02")


@pytest.mark.parametrize("ask", ["ask", "search", "compare", "timeline", "stream"])
@pytest.mark.parametrize(
    "limits", [{"since": "yesterday"}, {"until": "2024-13-01"}, {"since": "2024-12-05", "until": date(2024, 12, 1)}]
)
def test_days_that_make_no_sense_are_refused_in_a_sentence(library: Library, ask: str, limits: dict[str, str]):
    with pytest.raises(UsageError, match=r"^(since|until): .*\.$"):
        getattr(library, ask)("Bridge?", **limits)


def test_empty_days_are_no_limits(library: Library, pipeline: FakePipeline):
    library.ask("Bridge?", since="", until=None)
    assert (pipeline.asked[0][2].since, pipeline.asked[0][2].until) == (None, None)


def test_a_search_for_no_passages_makes_no_sense(library: Library):
    assert len(library.search("Bridge?", limit=1)) == 1
    with pytest.raises(UsageError, match="limit"):
        library.search("Bridge?", limit=0)


def test_the_conversation_and_the_end_of_it_are_passed_on(library: Library, pipeline: FakePipeline):
    history = [Turn(role="user", content="Who?"), Turn(role="assistant", content="The mayor.")]
    assert library.ask("And when?", history=history) == fake_pipeline.answer("And when?")
    steps = list(library.stream("And when?", history=history, stop=threading.Event()))
    assert [step.finished for step in steps] == [False, False, True]
    assert [asked[1] for asked in pipeline.asked] == [tuple(history)] * 2


def test_half_a_character_is_asked_as_a_whole_one(library: Library, pipeline: FakePipeline):
    library.ask("Who is \ud800 Ped\0ersen?")
    assert pipeline.asked[0][0] == "Who is � Ped ersen?"


def test_articles_and_outlets_are_read_as_the_store_has_them(library: Library):
    assert library.articles() == [one.byline for one in fake_pipeline.ARTICLES]
    assert library.article("ferry-prices") == fake_pipeline.ARTICLES[2]
    assert library.outlets() == ["Harbour Gazette", "Quay Post"]
    assert library.timeline().topic == ""
