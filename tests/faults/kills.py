"""Processes killed at every moment of their work on a library: what is lost, doubled, half there or a ghost then?

    python -m tests.faults.kills --rounds 1000      kills at random moments
    python -m tests.faults.kills --aimed            at every point at which what is on disk changes, one after another

A round starts a process that opens a library and changes it in the product's own ways (tests/faults/world.py), kills it
by SIGKILL, and has another process open what is left and look for everything that was acknowledged. In some rounds the
process that opens it next is killed at that too. The next round goes on with the same library.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext
from pathlib import Path

from tests import former
from tests.faults.processes import ended, heard, processes, started
from tests.faults.world import ENOUGH, OPEN, Deed, Found, Kind, State, after, exported, script, verify, work

WIDE = 2  # libraries that are worked on side by side
DEEDS = 3  # of one process, opening the library among them
LIKELY = 0.4  # seconds that a deed is taken to last before one of its kind has been seen
AGAIN = 0.25  # of rounds in which the process that opens the library next is killed as well
KINDS = ("lost", "doubled", "half", "ghost", "will not open", "check")


@dataclass(slots=True)
class Tally:
    """What rounds came to: how many, how many kills, faults by kind, the slowest opening after a kill in seconds."""

    rounds: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def add(self, found: Found, where: str) -> None:
        """Count what was found after the kills of a round."""
        self.rounds += 1
        self.slowest = max(self.slowest, found.seconds)
        for kind, sentence in found.faults:
            self.faults[kind] += 1
            self.told.append(f"{where}: {kind}: {sentence}")

    def line(self) -> str:
        """All of it in one line."""
        faults = ", ".join(f"{self.faults[kind]} {kind}" for kind in KINDS)
        kills = ", ".join(f"{number} at {kind}" for kind, number in sorted(self.kills.items()))
        slowest = f"slowest opening {self.slowest:.1f} s"
        return f"{self.rounds} rounds, {self.kills.total()} kills ({kills}): {faults}; {slowest}"


@dataclass(slots=True)
class Library:
    """A library that rounds go on with: the state it is in, what it had before, how long deeds of each kind last."""

    folder: Path
    context: ForkServerContext
    state: State = field(default_factory=dict)
    gone: list[tuple[str, int]] = field(default_factory=list)
    lasting: dict[str, float] = field(default_factory=dict)

    def killed(self, deeds: Sequence[Deed], at: int, dice: random.Random) -> int:
        """Kill a process at a random moment of the deed number `at`, and return how many were acknowledged."""
        kind, done = deeds[at].kind, 0
        with started(self.context, work, self.folder, deeds, False, None) as (process, ear):
            while (said := heard(ear)) != f"begin {at}":
                assert said, f"the process ended before deed {at} of {deeds}"
                done = acknowledged(said, done)
            began = time.monotonic()
            moment = dice.uniform(0.0, 1.2 * self.lasting.get(kind, LIKELY))
            ended(process, within=moment)
            process.kill()
            status = ended(process)
            assert status in (-signal.SIGKILL, 0), status
            while said := heard(ear):
                done = acknowledged(said, done)
            if done > at:  # it lasted less than that
                self.lasting[kind] = 0.7 * self.lasting.get(kind, LIKELY) + 0.3 * min(moment, time.monotonic() - began)
            else:
                self.lasting[kind] = 1.05 * self.lasting.get(kind, LIKELY)
            return done

    def verified(self, deeds: Sequence[Deed], done: int) -> Found:
        """What is found once so many of the deeds were acknowledged, and the next one perhaps begun."""
        sure = self.state
        for deed in deeds[:done]:
            sure = after(sure, deed.changes)
        begun = deeds[done].changes if done < len(deeds) else {}
        versions: dict[str, list[int | None]] = {name: [version] for name, version in sure.items()}
        for name, version in begun.items():
            versions[name] = [sure.get(name), version]
        earlier = [*self.state.items(), *(item for deed in deeds for item in deed.changes.items())]
        known = [*self.gone, *((name, version) for name, version in earlier if version is not None)]
        self.gone = list(dict.fromkeys(known))[-ENOUGH:]
        with started(self.context, verify, self.folder, versions, self.gone) as (process, ear):
            said = heard(ear)
            status = ended(process)
        found = Found(**json.loads(said)) if said else Found()
        if not said or status != 0:
            found.faults.append(("will not open", f"the process that opened it ended with {status}"))
        self.state = found.state
        if "will not open" in dict(found.faults):  # nobody knows what it holds: begin another, so that it counts once
            shutil.rmtree(self.folder, ignore_errors=True)
            self.state, self.gone = {}, []
        return found


def acknowledged(said: str, before: int) -> int:
    """How many deeds are done, with what was said now and what was known before."""
    return int(said.removeprefix("done ")) + 1 if said.startswith("done ") else before


# --- at random moments -----------------------------------------------------------------------------------------------


def at_random(rounds: int, *, seed: int, folder: Path, tell: Callable[[str], None] = lambda _: None) -> Tally:
    """So many rounds, WIDE at a time, each on a library of its own."""
    tally = Tally()
    context = processes()

    def chain(which: int) -> None:
        library = Library(folder / f"library-{which}", context)
        for number in range(which, rounds, WIDE):
            one_round(library, seed + number, tally)
            if tally.rounds % 50 == 0:
                tell(tally.line())

    with ThreadPoolExecutor(WIDE) as pool:
        list(pool.map(chain, range(WIDE)))
    return tally


def one_round(library: Library, seed: int, tally: Tally) -> None:
    """One process killed, perhaps another that opens what it left, and what was found in the end."""
    dice = random.Random(seed)
    deeds = script(seed, library.state, most=DEEDS)
    at = dice.choice([0, *range(1, len(deeds)), *range(1, len(deeds))])
    done = library.killed(deeds, at, dice)
    tally.kills[deeds[at].kind] += 1
    if done < len(deeds) and dice.random() < AGAIN:
        library.killed([OPEN], 0, dice)
        tally.kills["opening what was left"] += 1
    tally.add(library.verified(deeds, done), f"round {seed}, {deeds[at].kind}")


# --- at every point --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Deeds on a library in a known state, which `prepare` may have changed before."""

    name: str
    state: State
    deeds: tuple[Deed, ...]
    prepare: Callable[[Path], None] | None = None


THIRD: dict[str, list[str]] = {  # the tables of format 3, and the columns of those that have got more since
    "articles": "number id source revision digest text ingested_at title outlet url author published_at words".split(),
    "passages": "id article_id ordinal start end vector sentences".split(),
    "changes": [],
    "meta": [],
    "sqlite_sequence": [],
}


def older(folder: Path) -> None:
    """Make a library's ledger one of format 3, as far as its tables go."""
    with closing(sqlite3.connect(folder / "ledger.sqlite3", isolation_level=None)) as ledger:
        former.fifth_format(ledger)
        for kind in ("index", "trigger", "table"):
            query = "SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = ? AND sql IS NOT NULL"
            for name, table, statement in ledger.execute(query, (kind,)).fetchall():
                if table not in THIRD or (kind == "index" and "copies" in statement):
                    ledger.execute(f"DROP {kind} {name}")
        for table, had in THIRD.items():
            for _, column, *_ in ledger.execute(f"PRAGMA table_info({table})").fetchall():
                if had and column not in had:
                    ledger.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        ledger.execute("DELETE FROM meta WHERE key NOT IN ('library', 'fingerprint', 'dimension')")
        ledger.execute("PRAGMA user_version = 3")


def unpublished(folder: Path) -> None:
    """Take the indexes away: opening the library builds them anew."""
    shutil.rmtree(folder / "index")


FILLED: State = {"arnby": 1, "bellholm": 2, "corrach": 3, "dunmore": 4}


def with_export(folder: Path) -> None:
    """Put the file there that a library is to be made of."""
    other = Library(folder.with_name(f"{folder.name}-exporting"), processes())
    run(other, [OPEN, Deed(kind="put", changes={**FILLED}), Deed(kind="export", by_command=True)])
    exported(other.folder).rename(exported(folder))


def scenes() -> list[Scene]:
    """Every way in which a library changes."""

    def scene(name: str, kind: Kind, state: State = FILLED, *, command: bool = False, **changes: int | None) -> Scene:
        return Scene(name=name, state=state, deeds=(OPEN, Deed(kind=kind, changes=changes, by_command=command)))

    reopened = (OPEN,)
    taken_in = Deed(kind="import", changes={**FILLED}, by_command=True)
    return [
        scene("the first articles", "put", {}, arnby=11, bellholm=12),
        scene("new and changed", "put", arnby=13, ennisk=14),
        scene("new and changed, by ingest.py", "put", command=True, arnby=13, ennisk=14),
        scene("most changed", "put", arnby=15, bellholm=16, corrach=17, fallow=18),
        scene("removed", "remove", arnby=None),
        scene("removed, by ingest.py", "remove", command=True, arnby=None),
        scene("rebuilt", "rebuild"),
        scene("another embedding model", "reembed"),
        scene("exported", "export", command=True),
        Scene(name="imported", state={}, deeds=(taken_in,), prepare=with_export),
        Scene(name="indexes gone", state=FILLED, deeds=reopened, prepare=unpublished),
        Scene(name="an older format", state=FILLED, deeds=reopened, prepare=older),
    ]


def aimed(folder: Path, *, every: bool, tell: Callable[[str], None] = lambda _: None) -> Tally:
    """A kill at every point of each scene; or, unless `every`, at one point of each kind, in whichever scene that is.

    Where tantivy or Chroma did less than the first time, a point is not come to; what was done then is looked at whole.
    """
    tally, context = Tally(), processes()
    folder.mkdir(exist_ok=True)
    acts = {folder / f"base-{number}": scene for number, scene in enumerate(scenes())}

    def play(base: Path) -> list[str]:
        scene, made = acts[base], Library(base, context)
        if scene.state:
            run(made, [OPEN, Deed(kind="put", changes={**scene.state})])
        if scene.prepare:
            scene.prepare(base)
        return run(copied(base, folder / f"{base.name}-whole", context, scene.state), scene.deeds)

    def kill(place: tuple[Path, int, str]) -> None:
        base, deadly, label = place
        scene = acts[base]
        library = copied(base, folder / f"{base.name}-{deadly}", context, scene.state)
        done = run_until_killed(library, scene.deeds, deadly)
        tally.kills[scene.name if done < len(scene.deeds) else "no point any more"] += 1
        found = library.verified(scene.deeds, done)
        if scene.deeds[-1].kind == "import" and found.state not in ({}, FILLED):
            found.faults.append(("half", f"of the imported library {found.state} is there"))
        tally.add(found, f"{scene.name}, point {deadly}, {label}")
        shutil.rmtree(library.folder)

    with ThreadPoolExecutor(WIDE) as pool:
        labels = pool.map(play, acts)
        places = [(base, at, label) for base, each in zip(acts, labels, strict=True) for at, label in enumerate(each)]
        if not every:
            kinds: dict[str, list[tuple[Path, int, str]]] = {}
            for place in places:
                kinds.setdefault(kind_of(place[2]), []).append(place)
            places = [alike[zlib.crc32(kind.encode()) % len(alike)] for kind, alike in kinds.items()]
        for number, _ in enumerate(pool.map(kill, places), start=1):
            if number % 50 == 0:
                tell(f"{number} of {len(places)}: {tally.line()}")
    return tally


def kind_of(label: str) -> str:
    """What points have in common: the first word of a statement, the file or the folder that a call is about."""
    first, _, rest = label.partition(" ")
    return re.sub(r"(/(?:chroma|tantivy)/).*", r"\1", label) if "/" in rest and first != "fsync" else first


def copied(base: Path, to: Path, context: ForkServerContext, state: State) -> Library:
    """A copy of a library that was made before, with what belongs to it; nothing where none was."""
    if base.exists():
        shutil.copytree(base, to)
    if exported(base).exists():
        shutil.copyfile(exported(base), exported(to))
    return Library(to, context, state={**state})


def run(library: Library, deeds: Sequence[Deed]) -> list[str]:
    """The labels of all points that it takes to do it to its end."""
    with started(library.context, work, library.folder, deeds, True, None) as (process, ear):
        last = said = heard(ear)
        while said:
            last, said = said, heard(ear)
        status = ended(process)
        assert status == 0, status
    labels: list[str] = json.loads(last)
    return labels


def run_until_killed(library: Library, deeds: Sequence[Deed], deadly: int) -> int:
    """How many deeds were acknowledged by a process that dies at that point."""
    done = 0
    with started(library.context, work, library.folder, deeds, True, deadly) as (process, ear):
        while said := heard(ear):
            done = acknowledged(said, done)
        status = ended(process)
        assert status == (0 if done == len(deeds) else -signal.SIGKILL), (deadly, status)
    return done


def main() -> int:
    """Run what was asked for, print what it came to, and return 1 where anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.kills", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="kills at random moments (default: 100)")
    parser.add_argument("--seed", type=int, default=1, help="of the first round (default: 1)")
    parser.add_argument("--aimed", action="store_true", help="kill at every point instead")
    parser.add_argument("--places", action="store_true", help="with --aimed: once for all points of one name")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        if options.aimed:
            tally = aimed(Path(folder), every=not options.places, tell=told)
        else:
            tally = at_random(options.rounds, seed=options.seed, folder=Path(folder), tell=told)
    print(*tally.told, sep="\n")
    print(f"{tally.line()}; {time.monotonic() - began:.0f} s in all.")
    return 1 if tally.told else 0


def told(line: str) -> None:
    """Say how far it is."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
