"""What `doctor` finds where all is whole, and where one thing after the other is broken."""

from __future__ import annotations

import io
import json
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import former
import made_up
import pytest
from model_server import ModelServer, empty, fails, refused, says, silent

import ingest
from rag import cli
from rag.config import Settings, load_settings
from rag.doctor import Finding, examine, machine, models
from rag.doctor.findings import told
from rag.embedding import graph_file
from rag.errors import LibraryError
from rag.pipeline import Pipeline
from rag.store import Store

ROOT = Path(__file__).parent.parent
KEY = "sk-made-up-key-0123456789"


@pytest.fixture(autouse=True)
def bare_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shipped")
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        assert ingest.main([str(ROOT / "corpus"), "--data-dir", str(folder)]) == 0
    return folder


@pytest.fixture
def library(shipped: Path, tmp_path: Path) -> Path:
    """A library of the shipped articles, to be broken."""
    return Path(shutil.copytree(shipped, tmp_path / "library"))


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


def found(data_dir: Path, *, port: int | None = None) -> dict[str, Finding]:
    """The last finding of each check, by its name."""
    return {one.check: one for one in examine(data_dir=data_dir, port=port or free_port())}


def wrong(findings: dict[str, Finding]) -> set[str]:
    return {name for name, one in findings.items() if one.status == "wrong"}


# --- whole -----------------------------------------------------------------------------------------------------------


def test_of_a_whole_library_nothing_is_wrong(library: Path):
    findings = found(library)
    assert wrong(findings) == set()
    assert findings["setting DATA_DIR"].says == f"DATA_DIR: {library} (command line)"
    assert findings["setting MODEL_TIMEOUT"].says.endswith("(default)")
    assert "5 articles in " in findings["library"].says
    assert findings["indexes"].says == "Ledger and indexes agree"
    assert findings["search"].says.startswith("Of 3 sentences of its own, 3 are found")
    assert "all-MiniLM-L6-v2" in findings["fingerprint"].says
    for check in ("python", "clock", "port", "weights", "embedding", "folder", "disk", "model", "reranker"):
        assert findings[check].status != "wrong"
        assert findings[check].says


def test_the_command_prints_a_line_for_each_and_says_what_it_comes_to(
    library: Path, capsys: pytest.CaptureFixture[str]
):
    assert cli.main(["doctor", "--data-dir", str(library), "--port", str(free_port())]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert " ".join(out.split()).startswith("Settings ok There is no ")  # a long path begins a line of its own
    assert "\n\nLibrary\n  ok       " in out
    assert out.splitlines()[-1].startswith(("All is well.", "Nothing is wrong; "))
    assert "\033" not in out


def test_the_command_gives_the_same_as_json(library: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["doctor", "--json", "--data-dir", str(library), "--port", str(free_port())]) == 0
    whole = json.loads(capsys.readouterr().out)
    assert whole["ok"] is True
    assert {"topic", "check", "status", "says", "advice"} == set(whole["findings"][0])
    (library / "ledger.sqlite3").write_bytes(b"no ledger" * 1_000)
    assert cli.main(["doctor", "--json", "--data-dir", str(library)]) == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False


# --- settings --------------------------------------------------------------------------------------------------------


def test_each_setting_is_shown_with_where_it_comes_from(library: Path, monkeypatch: pytest.MonkeyPatch):
    Path(".env").write_text("MODEL_TIMEOUT=7\nMAX_FILE_MB=8\nOPENAI_MODL=x\nSHELL_OF_MINE=1\n", "utf-8")
    monkeypatch.setenv("MAX_FILE_MB", "9")
    findings = found(library)
    assert findings["setting MODEL_TIMEOUT"].says == "MODEL_TIMEOUT: 7.0 (.env)"
    assert findings["setting MAX_FILE_MB"].says == "MAX_FILE_MB: 9 (environment)"
    assert findings["setting UNKNOWN"].status == "warning"
    assert "OPENAI_MODL" in findings["setting UNKNOWN"].says
    assert findings["setting UNKNOWN"].advice == "If OPENAI_MODEL is meant, write that."


def test_a_wrong_setting_is_said_and_the_rest_looked_at(library: Path, monkeypatch: pytest.MonkeyPatch):
    Path(".env").write_text("MODEL_TIMEOUT=soon\nUNSUPPORTED=hide\nMAX_FILE_MB=7\n", "utf-8")
    monkeypatch.setenv("EMBED_THREADS", "-1")
    findings = found(library)
    assert wrong(findings) == {"setting MODEL_TIMEOUT", "setting UNSUPPORTED", "setting EMBED_THREADS"}
    assert findings["setting MODEL_TIMEOUT"].says.startswith("MODEL_TIMEOUT: ")
    assert findings["setting MODEL_TIMEOUT"].advice == "Correct it in the file .env."
    assert findings["setting EMBED_THREADS"].advice == "Correct it in the environment."
    assert findings["setting MAX_FILE_MB"].says == "MAX_FILE_MB: 7 (.env)"
    assert findings["search"].status == "ok"


def test_settings_that_are_no_text_are_said_and_the_rest_looked_at(library: Path, capsys: pytest.CaptureFixture[str]):
    Path(".env").write_bytes(b"OPENAI_MODEL=\xff\xfe\n")
    findings = found(library)
    assert wrong(findings) <= {"setting FILE", "library"}  # Chroma reads the file too
    assert findings["setting FILE"].says.startswith(".env: the file cannot be read (it is not UTF-8 text)")
    assert cli.main(["ask", "Who?", "--data-dir", str(library)]) == 1
    assert capsys.readouterr().err == findings["setting FILE"].says + "\n"


def test_no_key_and_no_password_is_shown(library: Path, monkeypatch: pytest.MonkeyPatch):
    with ModelServer(fails(401)) as server:
        address = server.base_url.replace("://", f"://user:{KEY}@") + f"?token={KEY}"
        Path(".env").write_text(f"OPENAI_API_KEY={KEY}\nAPI_KEYS={KEY}\nOPENAI_BASE_URL={address}\n", "utf-8")
        findings = found(library)
    assert KEY not in json.dumps([[one.says, one.advice] for one in findings.values()])
    assert findings["setting OPENAI_API_KEY"].says == "OPENAI_API_KEY: set, not shown (.env)"
    assert server.base_url in findings["setting OPENAI_BASE_URL"].says
    assert wrong(findings) == {"model"}


# --- the machine -----------------------------------------------------------------------------------------------------


def test_a_package_that_is_missing_or_of_another_version_is_named(tmp_path: Path):
    lock = tmp_path / "made-up.lock"
    lock.write_text(
        "numpy==0.0.1 \\\n    --hash=sha256:00\n# numbers\nno-such-package-here==1 ; python_version > '3'\n"
        "not-for-us==1 ; python_version < '3'\npytest>=1\n",
        "utf-8",
    )
    missing, other = machine.packages(lock)
    assert (missing.status, missing.says) == ("wrong", "Not installed: no-such-package-here.")
    assert other.status == "warning"
    assert "numpy " in other.says and "made-up.lock has ==0.0.1" in other.says
    assert "pytest" not in other.says
    assert all("make install" in one.advice for one in (missing, other))


def test_a_slow_clock_is_wrong():
    (finding,) = machine.clock(datetime(1970, 1, 1, 0, 5, tzinfo=UTC))
    assert (finding.status, finding.advice) == ("wrong", "Set the clock of this machine.")


@contextmanager
def answering(body: bytes) -> Iterator[int]:
    """A server on loopback that answers everything with this; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("body", "status"),
    [(b'{"status": "ok"}', "ok"), (b"<html>", "warning"), (b'{"status": 3}', "warning"), (b"[]", "warning")],
)
def test_who_listens_on_the_port_is_said(body: bytes, status: str):
    with answering(body) as port:
        (finding,) = machine.port(port)
    assert finding.status == status
    assert ("Crosscheck is running on" in finding.says) == (status == "ok")
    assert ("make run PORT=" in finding.advice) == (status != "ok")


# --- the embedding model ---------------------------------------------------------------------------------------------


def test_without_the_models_files_nothing_can_be_embedded(tmp_path: Path):
    settings = Settings(_env_file=None, cache_dir=tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}", "utf-8")
    weights, tokenizer, embedding = models.embedding(settings, package="no_such_package")
    assert weights.status == "warning" and "model hub" in weights.says
    assert tokenizer.status == "wrong" and "is not the published file" in tokenizer.says
    assert embedding.status == "wrong" and embedding.check == "embedding"
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == {"tokenizer.json"}


def test_a_damaged_graph_is_said_and_nothing_is_searched(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    graph = graph_file(tmp_path / "cache")
    graph.parent.mkdir()
    graph.write_bytes(b"no graph")
    monkeypatch.setenv("CACHE_DIR", str(tmp_path / "cache"))
    findings = found(library)
    assert wrong(findings) == {"embedding"}
    assert "delete this file" in findings["embedding"].says
    assert "search" not in findings
    assert findings["library"].status == "ok"


def test_a_graph_that_is_not_there_is_built(tmp_path: Path):
    *_, embedding = models.embedding(Settings(_env_file=None, cache_dir=tmp_path))
    assert embedding.status == "ok"
    assert embedding.says.endswith("It was built just now.")


# --- the library -----------------------------------------------------------------------------------------------------


def test_a_folder_that_is_not_there_is_no_fault_and_is_not_made(tmp_path: Path):
    findings = found(tmp_path / "new" / "library")
    assert wrong(findings) == set()
    assert findings["folder"].status == "warning"
    assert "python ingest.py" in findings["folder"].advice
    assert not (tmp_path / "new").exists()


def test_an_empty_folder_is_said_to_be_one(tmp_path: Path):
    findings = found(tmp_path)
    assert findings["library"].says == "There are no articles yet."
    assert wrong(findings) == set()


def test_a_library_without_articles_is_said_to_be_one(tmp_path: Path):
    Pipeline(load_settings(data_dir=tmp_path / "empty")).close()
    findings = found(tmp_path / "empty")
    assert (findings["library"].status, findings["library"].says) == ("warning", "It opens, and has no articles yet.")


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_file_where_the_folder_should_be_is_wrong(tmp_path: Path, below: str):
    (tmp_path / "file").write_text("x", "utf-8")
    findings = found(tmp_path / "file" / below)
    assert "folder" in wrong(findings)
    assert "DATA_DIR" in findings["folder"].advice


def test_a_damaged_ledger_is_said_and_the_rest_looked_at(library: Path):
    (library / "ledger.sqlite3").write_bytes(b"no ledger" * 1_000)
    findings = found(library)
    assert wrong(findings) == {"library"}
    assert "restore it from a copy" in findings["library"].says
    assert findings["model"].status == "ok"


def test_a_lost_ledger_is_said(library: Path):
    (library / "ledger.sqlite3").unlink()
    findings = found(library)
    assert wrong(findings) == {"library"}
    assert "the ledger is gone" in findings["library"].says


def test_an_article_that_was_changed_from_outside_is_said(library: Path):
    with closing(sqlite3.connect(library / "ledger.sqlite3")) as ledger:
        former.retold(ledger, "Aleppo", "Berlin")
        ledger.commit()
    findings = found(library)
    assert "indexes" in wrong(findings)
    assert "is not what was put in" in findings["indexes"].says


def test_a_library_of_another_embedding_model_is_said_with_what_to_do(tmp_path: Path):
    with Store(tmp_path / "other", **made_up.MODEL) as other:
        made_up.fill(other)
    findings = found(tmp_path / "other")
    assert wrong(findings) == {"library"}
    assert "--rebuild" in findings["library"].says


# --- the models that are configured ----------------------------------------------------------------------------------


@pytest.fixture
def ask_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Finding]:
    """What is found of a language model at an address."""

    def ask(base_url: str) -> Finding:
        monkeypatch.setenv("OPENAI_BASE_URL", base_url)
        monkeypatch.setenv("OPENAI_MODEL", "made-up")
        return found(tmp_path)["model"]

    return ask


def test_a_language_model_that_answers_is_quoted(ask_model: Callable[[str], Finding]):
    with ModelServer(says("Yes\033[31m.")) as server:
        finding = ask_model(server.base_url)
    assert finding.status == "ok"
    assert finding.says.startswith("made-up began to answer after ")
    assert "“Yes" in finding.says


def test_a_language_model_that_is_not_there_is_wrong(ask_model: Callable[[str], Finding]):
    with refused() as base_url:
        finding = ask_model(base_url)
    assert finding.status == "wrong"
    assert finding.says.startswith("Nothing answers at ")


@pytest.mark.parametrize(("behaviour", "said"), [(fails(500), "HTTP 500"), (empty(), "made-up"), (fails(404), "404")])
def test_a_language_model_that_fails_is_wrong(ask_model: Callable[[str], Finding], behaviour: object, said: str):
    with ModelServer(behaviour, behaviour, behaviour) as server:
        finding = ask_model(server.base_url)
    assert finding.status == "wrong"
    assert said in finding.says


def test_a_language_model_that_is_slow_to_begin_may_be_loading(
    ask_model: Callable[[str], Finding], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MODEL_TIMEOUT", "0.3")
    with ModelServer(silent()) as server:
        finding = ask_model(server.base_url)
    assert finding.status == "warning"
    assert finding.says == "made-up has not begun to answer within 0.3 seconds."


def test_an_address_that_is_none_is_wrong(ask_model: Callable[[str], Finding]):
    assert ask_model("localhost:11434").says.startswith("OPENAI_BASE_URL is not an address")


def test_optional_models_that_cannot_be_had_are_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "model").mkdir()
    monkeypatch.setenv("RERANK_MODEL", str(tmp_path / "model"))
    monkeypatch.setenv("NLI_MODEL", str(tmp_path / "model"))
    findings = found(tmp_path)
    assert wrong(findings) == {"reranker", "entailment"}
    assert "RERANK_MODEL" in findings["reranker"].says
    assert "NLI_MODEL" in findings["entailment"].says


# --- what nobody foresaw ---------------------------------------------------------------------------------------------


def test_a_check_that_fails_is_a_finding_without_the_words_of_the_failure():
    def fail(error: Exception) -> Callable[[], Iterator[Finding]]:
        def look() -> Iterator[Finding]:
            yield Finding(topic="T", check="first", status="ok", says="Fine")
            raise error

        return look

    first, second = told("T", "c", fail(RuntimeError(KEY)))
    assert (first.status, second.status, second.check) == ("ok", "wrong", "c")
    assert KEY not in second.says
    assert f"RuntimeError in {__file__}, line " in second.says
    assert [one.says for one in told("T", "c", fail(LibraryError("Gone.")))] == ["Fine", "Gone."]


def test_a_package_that_does_not_load_is_a_finding_too(library: Path):
    program = (
        "import sys; sys.modules['tantivy'] = None; from rag.cli import main; "
        f"sys.exit(main(['doctor', '--json', '--data-dir', {str(library)!r}]))"
    )
    process = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    whole = json.loads(process.stdout)
    (finding,) = (one for one in whole["findings"] if one["status"] == "wrong")
    assert process.returncode == 1
    assert finding["check"] == "library"
    assert "A package is missing or broken: " in finding["says"] and "tantivy" in finding["says"]
    assert whole["findings"][-1]["check"] == "entailment"
