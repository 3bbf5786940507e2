"""SIGTERM and SIGINT, at whatever a program is at: it ends soon, says so in one sentence, and nothing is lost."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from numpy.typing import NDArray

from rag.stopping import GRACE, REST, Stopped, stoppable
from tests.faults.processes import processes
from tests.faults.world import Embedder, limited

ROOT = Path(__file__).parent.parent.parent
ARTICLES = 150
GENTLY = ": what is counted here is in the library"
UNWOUND = ": what was done by then is kept, and nothing is half done"
AT_ONCE = " before all was done: every article that was put is kept"  # where a busy machine leaves it no time


class Slow(Embedder):
    """One that takes its time."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        time.sleep(0.3)
        return super().embed(texts)


def article(number: int) -> str:
    said = f"The mayor of Velmora opened bridge number {number} on Monday, and {number + 200} people crossed it."
    return "\n\n".join(f"{said} Part {part} of the works went on until night." for part in range(4))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "articles"
    made.mkdir()
    for number in range(ARTICLES):
        (made / f"bridge-{number:04}.txt").write_text(article(number))
    return made


def ingest_py(cwd: Path, arguments: Sequence[str]) -> NoReturn:
    """What `python ingest.py` does, with another embedder, in a process whose slow imports are made already."""
    import ingest
    import rag.pipeline

    limited()
    os.chdir(cwd)
    os.environ.pop("DATA_DIR", None)
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    rag.pipeline.Embedder = Slow
    sys.exit(ingest.main(["--data-dir", "library", "--json", *arguments]))


@contextmanager
def started(cwd: Path, *arguments: str) -> Iterator[ForkServerProcess]:
    """The command in a process of its own; killed at the end of the block if it is not done."""
    process = processes().Process(target=ingest_py, args=(cwd, arguments))
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def ended(process: ForkServerProcess, cwd: Path) -> tuple[int | None, str, str]:
    """Its status, and what it wrote on standard output and error."""
    process.join(100)
    return process.exitcode, (cwd / "out").read_text(), (cwd / "err").read_text()


def done(cwd: Path, *arguments: str) -> dict[str, Any]:
    """What a command that succeeds prints."""
    with started(cwd, *arguments) as process:
        status, out, err = ended(process, cwd)
    assert status == 0, err
    return dict(json.loads(out))


def held(cwd: Path) -> int:
    """How many articles the library has: all of them whole, and the indexes agree."""
    return int(done(cwd, "--check")["counts"]["articles"])


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 100
    while not condition():
        assert time.monotonic() < deadline, "it was waited for in vain"
        time.sleep(0.02)


def grown(ledger: Path, size: int) -> Callable[[], bool]:
    """Whether something was written to the ledger: its log is of that size."""
    log = ledger.with_name(f"{ledger.name}-wal")
    return lambda: log.exists() and log.stat().st_size > size


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_taking_in_ends_and_loses_nothing(folder: Path, tmp_path: Path, number: signal.Signals, status: int):
    with started(tmp_path, "articles") as process:
        wait_for(grown(tmp_path / "library" / "ledger.sqlite3", 300_000))
        os.kill(process.pid, number)
        code, out, err = ended(process, tmp_path)
    assert code == status, err
    assert err in {f"Stopped by {number.name}{how}; {REST}\n" for how in (GENTLY, AT_ONCE)}
    there = held(tmp_path)
    assert 0 < there < ARTICLES
    if GENTLY in err:
        assert json.loads(out)["counts"]["added"] == there
    assert done(tmp_path, "articles")["counts"]["unchanged"] == there
    assert held(tmp_path) == ARTICLES


def test_watching_ends_well_in_the_middle_of_a_pass(folder: Path, tmp_path: Path):
    with started(tmp_path, "articles", "--watch", "60") as process:
        wait_for(grown(tmp_path / "library" / "ledger.sqlite3", 300_000))
        os.kill(process.pid, signal.SIGTERM)
        status, out, err = ended(process, tmp_path)
    assert (status, err) in {(0, ""), (143, f"Stopped by SIGTERM{AT_ONCE}; {REST}\n")}
    there = held(tmp_path)
    assert 0 < there < ARTICLES
    if status == 0:
        assert json.loads(out)["counts"]["added"] == there


def test_a_rebuild_is_rolled_back(folder: Path, tmp_path: Path):
    done(tmp_path, "articles")
    before = (tmp_path / "library" / "index" / "CURRENT").read_text()
    with started(tmp_path, "--rebuild") as process:
        wait_for(lambda: bool(list((tmp_path / "library" / "index").glob("building-*"))))
        os.kill(process.pid, signal.SIGTERM)
        status, out, err = ended(process, tmp_path)
    assert (status, out) == (143, "")
    assert err in {f"Stopped by SIGTERM{how}; {REST}\n" for how in (UNWOUND, AT_ONCE)}
    assert (tmp_path / "library" / "index" / "CURRENT").read_text() == before
    assert held(tmp_path) == ARTICLES


def test_the_command_itself_ends_so(folder: Path, tmp_path: Path):
    plain = {name: value for name, value in os.environ.items() if name != "DATA_DIR"}
    command = [sys.executable, str(ROOT / "ingest.py"), "--data-dir", "library"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen([*command, "articles"], cwd=tmp_path, env=plain, text=True, **pipes)
    wait_for((tmp_path / "library" / "ledger.sqlite3").exists)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=100)
    assert process.returncode == 143
    assert err in {f"Stopped by SIGTERM{how}; {REST}\n" for how in (GENTLY, UNWOUND, AT_ONCE)}
    checked = subprocess.run([*command, "--check"], cwd=tmp_path, env=plain, text=True, capture_output=True)
    assert checked.returncode == 0, checked.stderr


# --- what ends itself, what is ended ---------------------------------------------------------------------------------


BUSY = """
import sys, time
from rag.command import exit_status
from rag.stopping import stoppable

def gentle():
    with stop.gently():
        print("ready", flush=True)
        {waits}
    return 7

with stoppable(grace=0.2) as stop:
    sys.exit(exit_status(gentle))
"""


def busy(waits: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", BUSY.format(waits=waits)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize(
    "waits",
    [
        "time.sleep(1_000)",  # in Python, which sees to signals
        "import sqlite3; sqlite3.connect(':memory:').execute('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 '"
        " 'FROM n) SELECT count(*) FROM n').fetchall()",  # in a library, which does not
        "import threading; threading.Thread(target=lambda: time.sleep(1_000)).start(); time.sleep(1_000)",
    ],
)
def test_what_does_not_end_by_itself_is_ended(waits: str):
    process = busy(waits)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 143
    assert err == f"Stopped by SIGTERM{AT_ONCE}; {REST}\n"


def test_a_second_signal_is_not_waited_for():
    command = [sys.executable, "-c", BUSY.format(waits="time.sleep(1_000)").replace("0.2", "1_000")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode in (143, 130) and err.count("\n") == 1


def test_what_ends_by_itself_keeps_its_status():
    process = busy("stop.asked.wait()")
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60) == ("", "") and process.returncode == 7


def test_what_is_not_gentle_is_unwound_and_the_signals_are_as_before():
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    unwound = threading.Event()

    def interrupted() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            unwound.wait(GRACE / 2)
        finally:
            unwound.set()

    with stoppable(), pytest.raises(Stopped, match=r"^Stopped by SIGTERM: what was done by then is kept") as stopped:
        interrupted()
    assert (stopped.value.status, unwound.is_set()) == (143, True)
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before
    assert signal.set_wakeup_fd(-1) == -1


def test_a_signal_that_means_nothing_here_is_left_alone():
    with stoppable(grace=0.05) as stop:
        before = signal.signal(signal.SIGUSR1, lambda number, frame: None)
        try:
            os.kill(os.getpid(), signal.SIGUSR1)
            assert not stop.asked.wait(0.3)
        finally:
            signal.signal(signal.SIGUSR1, before)
    assert stop.by is None


def test_another_thread_is_told_nothing():
    heard = []

    def run() -> None:
        with stoppable() as stop:
            heard.append(stop.by)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    assert heard == [None]
