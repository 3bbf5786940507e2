"""Claims about `evals curve`: which samples count, what a threshold does to them, what is refused, what is drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from evals.__main__ import main
from evals.curve import Curve, Point, Weighed, curve_report, curves
from evals.errors import EvalError
from evals.measures import WEIGHED, flagged, weighed
from evals.plot import plot
from evals.runs import Record, Run, write_run
from evals.types import Outcome, Sample, Score
from rag.types import Answer, Disagreement

SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """Nothing is expected."""


def record(
    number: int,
    score: float | None,
    *,
    answerable: bool | None = True,
    abstained: object = None,
    unscored: bool = False,
) -> Record:
    found = {} if score is None else {WEIGHED.score: Score(got=score, positive=answerable)}
    response = {} if abstained is None else {"abstained": abstained}
    outcome = Outcome(scores=found, response=response, unscored="It raised." if unscored else None)
    return Record.of(Sample(id=f"q{number}", kind="k", question="Q?", expected=Gold()), outcome=outcome)


def run_of(*records: Record, suite: str = "tides", split: str = "dev", data: str = "here") -> Run:
    return Run(
        suite=suite,
        split=split,
        data=data,
        when="2024-12-01T00:00:00+00:00",
        seconds=1.0,
        measures=(WEIGHED,),
        estimates=(),
        records=records,
    )


def curve_of(answerable: list[float], others: list[float], *, name: str = "tides dev") -> Curve:
    samples = [*(Weighed(score=one, answerable=True) for one in answerable)]
    return Curve(name=name, samples=(*samples, *(Weighed(score=one, answerable=False) for one in others)))


MIXED = curve_of([0.2, 0.6, 0.7, 0.9], [0.1, 0.65])


# --- what a threshold does


def test_what_scores_the_threshold_is_answered() -> None:
    assert MIXED.at(0.6) == Point(threshold=0.6, wrongly_answered=0.5, wrongly_refused=0.25, balanced=0.625)
    assert MIXED.at(0.0) == Point(threshold=0.0, wrongly_answered=1.0, wrongly_refused=0.0, balanced=0.5)
    assert MIXED.at(1.0) == Point(threshold=1.0, wrongly_answered=0.0, wrongly_refused=1.0, balanced=0.5)


def test_the_best_threshold_is_the_middle_of_the_longest_stretch_of_equals() -> None:
    assert curve_of([0.6, 0.8], [0.1, 0.4]).best == 0.51  # 0.41 to 0.60 part both classes
    assert MIXED.best == 0.16  # 0.11 to 0.20, the other negative being answered: 0.75


def test_the_chance_and_the_accuracy_have_an_interval() -> None:
    auroc, balanced = MIXED.auroc, MIXED.balanced(0.6)
    assert (auroc.n, auroc.value) == (6, pytest.approx(6 / 8)) and auroc.low < auroc.value <= auroc.high
    assert balanced.value == pytest.approx(0.625) and balanced.low < 0.625 < balanced.high


def test_of_one_class_there_is_one_share_and_no_best() -> None:
    alone = curve_of([0.2, 0.6], [])
    assert alone.at(0.5) == Point(threshold=0.5, wrongly_answered=None, wrongly_refused=0.5, balanced=None)
    assert alone.best is None and alone.auroc.value is None
    report = curve_report([alone], at=0.5)
    assert "tides dev: 2 can be answered, 0 cannot; AUROC - (-)" in report and "\nbest" not in report
    assert [line.split() for line in report.splitlines() if line.startswith("at ")] == [
        ["at", "0.50", "-", "50.0", "-", "-"]
    ]


def test_what_was_decided_stands_beside_the_curve_where_all_samples_tell() -> None:
    told = [record(1, 0.9, abstained=False), record(2, 0.8, abstained=True)]
    other = record(3, 0.7, answerable=False, abstained=True)
    (curve,) = curves([(Path("a.json"), run_of(*told, other))])
    assert curve.decided == Point(threshold=0.0, wrongly_answered=0.0, wrongly_refused=0.5, balanced=0.75)
    assert curve_report([curve]).splitlines()[-1].split() == ["decided", "0.0", "50.0", "75.0"]
    (curve,) = curves([(Path("a.json"), run_of(*told, record(3, 0.7)))])
    assert curve.decided is None and "\ndecided" not in curve_report([curve])


# --- which samples count


def test_samples_count_that_were_weighed_and_have_a_class() -> None:
    found = [record(1, 0.9), record(2, None), record(3, 0.4, answerable=None), record(4, 0.2, unscored=True)]
    (curve,) = curves([(Path("a.json"), run_of(*found))])
    assert [one.score for one in curve.samples] == [0.9] and curve.answerable == 1
    with pytest.raises(EvalError, match=r"^a\.json: no sample says both how its evidence was weighed and whether"):
        curves([(Path("a.json"), run_of(*found[1:]))])


def test_several_runs_are_pooled_and_none_counts_twice() -> None:
    one, two = run_of(record(1, 0.9)), run_of(record(1, 0.1, answerable=False), data="there")
    three = run_of(record(1, 0.5), suite="moons")
    found = curves([(Path("a.json"), one), (Path("b.json"), two), (Path("c.json"), three)])
    assert [curve.name for curve in found] == ["tides dev", "tides dev, b", "moons dev", "pooled"]
    assert [sample.score for sample in found[-1].samples] == [0.9, 0.1, 0.5]
    with pytest.raises(EvalError, match=r"^b\.json asks what a\.json asks: .* leave one out\.$"):
        curves([(Path("a.json"), one), (Path("b.json"), one)])


def answer(**fields: object) -> Answer:
    return replace(Answer(question="q", standalone_question="q", text=""), **fields)


def test_evidence_that_was_not_weighed_has_no_score() -> None:
    assert weighed(answer(), answerable=True) == {}
    assert weighed(answer(score=0.0), answerable=False) == {"weighed": Score(got=0.0, positive=False)}


def test_an_update_is_no_conflict() -> None:
    update = Disagreement(about="q", positions=(), kind="update")
    assert not flagged(answer()) and not flagged(answer(disagreements=(update,)))
    assert flagged(answer(disagreements=(update, replace(update, kind="conflict"))))


# --- the drawing


def lines_of(root: Xml.Element) -> list[list[tuple[float, float]]]:
    return [
        [(float(x), float(y)) for x, y in (place.split(",") for place in line.attrib["points"].split())]
        for line in root.iter(f"{SVG}polyline")
    ]


def test_the_drawing_has_a_panel_for_each_curve_and_a_line_for_each_share() -> None:
    drawn = plot([MIXED, curve_of([0.5], [], name="moons <&> dev")], at=0.43)
    root = Xml.fromstring(drawn)
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert len(root.findall(f"{SVG}g")) == 2 and {"tides dev", "moons <&> dev", "upright: threshold 0.43"} <= set(texts)
    assert "4 of 6 answerable, AUROC 0.750" in texts and "1 of 1 answerable" in texts
    lines = lines_of(root)
    assert [len(line) for line in lines] == [101] * 4  # of one class there is one share
    assert all(0 <= x <= 300 and 0 <= y <= 180 for line in lines for x, y in line)
    assert lines[0][0] == (0.0, 0.0) and lines[0][-1] == (300.0, 180.0)  # all wrongly answered, then none
    assert plot([MIXED, curve_of([0.5], [], name="moons <&> dev")], at=0.43) == drawn


def test_the_drawing_is_read_on_light_and_dark_and_loads_nothing() -> None:
    drawn = plot([MIXED])
    root = Xml.fromstring(drawn)
    assert "prefers-color-scheme: dark" in root.find(f"{SVG}style").text
    assert (
        root.find(f"{SVG}desc").text == "tides dev: 6 questions, 4 of them answerable, best balanced accuracy at 0.16."
    )
    assert drawn.count("http") == 1 and "upright" not in drawn  # the name of the format
    width = float(root.attrib["width"])
    assert all(float(text.attrib["x"]) + 120 <= width for text in root.findall(f"{SVG}text"))


# --- the command


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_run(run_of(record(1, 0.9), record(2, 0.3, answerable=False)), Path("a.json"))
    write_run(run_of(record(1, 0.6), record(2, 0.7, answerable=False), suite="moons"), Path("b.json"))


@pytest.mark.usefixtures("runs")
def test_curves_are_printed_and_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["curve", "a.json", "b.json", "--at", "0.43", "--svg", "curve.svg"]) == 0
    out = capsys.readouterr().out
    assert "tides dev: 1 can be answered, 1 cannot; AUROC 1.000" in out and "pooled: 2 can be answered, 2 cannot" in out
    assert out.endswith("\n\ndrawn in curve.svg\n") and out.count("\nat 0.43 ") == 3
    assert len(Xml.parse("curve.svg").getroot().findall(f"{SVG}g")) == 3


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["a.json", "a.json"], 1, "a.json asks what a.json asks"),
        (["a.json", "--svg", "b.json"], 1, "b.json exists, and nothing is overwritten; name another with --svg FILE."),
        (["a.json", "--svg", "no/curve.svg"], 1, "the drawing cannot be written (No such file or directory)."),
        (["none.json"], 1, "none.json: cannot be read"),
        (["a.json", "--at", "1.5"], 2, "'1.5' is not a threshold; give a number from 0 to 1"),
        (["a.json", "--at", "nan"], 2, "'nan' is not a threshold"),
        ([], 2, "The following arguments are required: FILE"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    arguments: list[str], code: int, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["curve", *arguments]) == code
    error = capsys.readouterr().err
    assert complaint in error and error.count("\n") == 1
