"""Nothing that was acknowledged is lost, doubled or half there, whenever a process is killed (see kills.py)."""

import json
from collections.abc import Iterator
from multiprocessing.popen_forkserver import Popen
from pathlib import Path

import pytest

from tests.faults import world
from tests.faults.kills import FILLED, Library, aimed, at_random, run
from tests.faults.processes import ENDS, ended, heard, processes, started
from tests.faults.world import OPEN, Deed, verify

TIMEOUT = 600  # seconds on a busy machine; it is some ninety on an idle one


@pytest.fixture(autouse=True)
def asked_alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody asks how a process ended while another may: one of the two would be told nothing."""
    poll, seen = Popen.poll, []

    def polled(self: Popen, *flags: int) -> int | None:
        seen.append(ENDS.locked())
        return poll(self, *flags)

    monkeypatch.setattr(Popen, "poll", polled)
    yield
    assert seen and all(seen)


@pytest.mark.timeout(TIMEOUT)
def test_kills_at_random_moments_lose_double_and_halve_nothing(tmp_path: Path, long: bool):
    rounds = 1_000 if long else 100
    tally = at_random(rounds, seed=1, folder=tmp_path)
    assert tally.told == []
    assert (tally.rounds, tally.faults) == (rounds, {})
    assert tally.kills.keys() >= {"open", "put", "remove", "rebuild", "reembed", "opening what was left"}


@pytest.mark.timeout(TIMEOUT)
def test_a_kill_at_every_point_at_which_the_disk_changes_loses_doubles_and_halves_nothing(tmp_path: Path, long: bool):
    tally = aimed(tmp_path, every=long)
    assert tally.told == []
    assert tally.rounds >= (1_000 if long else 25)


# --- that the harness would see it -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Library:
    library = Library(tmp_path_factory.mktemp("faults") / "library", processes())
    run(library, [OPEN, Deed(kind="put", changes={**FILLED})])
    return library


@pytest.mark.parametrize(
    ("allowed", "gone", "kind"),
    [
        ({**FILLED, "ennisk": 5}, [], "lost"),
        ({**FILLED, "arnby": 9}, [("arnby", 1)], "lost"),
        ({**FILLED, "arnby": None}, [("arnby", 1)], "ghost"),
        ({**FILLED, "arnby": 9}, [], "half"),
    ],
)
def test_what_is_not_as_it_was_acknowledged_is_seen(
    filled: Library, allowed: dict[str, int | None], gone: list[tuple[str, int]], kind: str
):
    versions = {name: [version] for name, version in allowed.items()}
    with started(filled.context, verify, filled.folder, versions, gone) as (process, ear):
        found = world.Found(**json.loads(heard(ear)))
        assert ended(process) == 0
    assert {kind for kind, _ in found.faults} >= {kind}


def test_what_is_as_it_was_acknowledged_is_seen(filled: Library):
    versions = {name: [version] for name, version in FILLED.items()}
    with started(filled.context, verify, filled.folder, versions, [("arnby", 7)]) as (process, ear):
        found = world.Found(**json.loads(heard(ear)))
        assert ended(process) == 0
    assert (found.faults, found.state) == ([], FILLED)
