"""`ingest.py --watch`: folders, pages and feeds followed by the command itself."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from made_site import item, rss
from model_server import Behaviour, Wire, answers
from page_server import PageServer, page

import ingest
from rag.config import Settings
from rag.fetch import Client, Limits
from rag.types import IngestReport

ROOT = Path(__file__).parent.parent
STORM = "The harbour of Velmora was closed on Monday after a storm broke two of its cranes."
FERRY = "The ferry to the islands of Velmora sails again on Saturday, its captain said."
OPENED = "The harbour of Velmora was opened again on Friday, and both of its cranes are mended."


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def feed(*names: str) -> Behaviour:
    """A feed of pages of these names, which is not sent to whoever has it."""
    etag = f'"{"-".join(names)}"'
    sent = answers(rss(*(item(f"/{name}") for name in names)), kind="application/rss+xml", etag=etag)

    def behaviour(wire: Wire) -> None:
        if wire.request.headers.get("if-none-match") == etag:
            wire.head(status=304)
        else:
            sent(wire)

    return behaviour


@pytest.fixture
def server() -> Iterator[PageServer]:
    with PageServer({"/feed": feed("storm"), "/storm": page(STORM)}) as server:
        yield server


def test_a_feed_and_a_folder_are_followed_until_a_signal(
    server: PageServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    folder = tmp_path / "clippings"
    folder.mkdir()
    (folder / "ferry.txt").write_text(FERRY)
    waits: list[float] = []

    def wait(stop: threading.Event, seconds: float) -> None:
        """What happens between two passes; no time goes by."""
        waits.append(seconds)
        if len(waits) == 2:
            server.pages |= {"/feed": feed("opened", "storm"), "/opened": page(OPENED)}
            (folder / "empty.txt").write_text("")
        if len(waits) == 4:
            os.kill(os.getpid(), signal.SIGTERM)
            assert stop.wait(60)

    def watch(take: Callable[[], IngestReport], *, stop: threading.Event, **options: Any) -> None:
        watched(take, stop=stop, wait=partial(wait, stop), **options)

    watched = ingest.watch.watch
    monkeypatch.setattr(ingest.watch, "watch", watch)
    before = signal.getsignal(signal.SIGTERM)
    with Client(allow_private=True, limits=Limits(delay=0)) as client:
        arguments = [f"{server.base_url}/feed", str(folder), "--watch", "5", "--data-dir", str(tmp_path / "library")]
        assert ingest.main(arguments, fetcher=client.get) == 0
    assert signal.getsignal(signal.SIGTERM) is before
    out, err = capsys.readouterr()
    counts = [line[19:].split("; ")[0].strip() for line in out.splitlines() if "Articles: " in line]
    assert counts == [
        "Articles: 2 added, 0 changed, 0 unchanged, 0 refused",
        "Articles: 0 added, 0 changed, 1 unchanged, 0 refused",
        "Articles: 1 added, 0 changed, 2 unchanged, 1 refused",
        "Articles: 0 added, 0 changed, 1 unchanged, 1 refused",
    ]
    assert out.count("  refused: ") == 1 and "empty.txt" in out
    assert err == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--watch", "5"), "give files, folders or web addresses"),
        (("a.txt", "--watch", "0"), "0 is no number of minutes from 0.1 to 10,080"),
        (("a.txt", "--watch", "soon"), "soon is no number of minutes"),
        (("a.txt", "--watch", "nan"), "nan is no number of minutes"),
        (("a.txt", "--watch", "5", "--if-empty"), "give one of them"),
        (("--list", "--watch", "5"), "--watch needs files"),
    ],
)
def test_wrong_usage_is_said(arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        ingest.main([*arguments])
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_ends_well_where_it_is_asked_to(tmp_path: Path, number: int):
    (tmp_path / "ferry.txt").write_text(FERRY)
    command = [sys.executable, str(ROOT / "ingest.py"), "ferry.txt", "none.txt", "--watch", "60", "--json"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    report = json.loads(process.stdout.readline())
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "", "")
    assert report["counts"] == {"added": 1, "changed": 0, "unchanged": 0, "refused": 1}


def test_what_is_told_of_a_pass_counts_more_than_it_names():
    counts = {"added": 20_000, "changed": 1, "unchanged": 0, "refused": 3}
    told = ingest._summary(IngestReport(counts=counts, passages=7, seconds=1.5))
    assert told == "Articles: 20,000 added, 1 changed, 0 unchanged, 3 refused; 7 passages embedded in 1.5 s."
