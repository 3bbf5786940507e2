from pathlib import Path

import numpy as np
import pytest

from rag import directions
from rag.errors import LibraryError
from rag.nearby import COMPARED, Nearby, Writing

DIMENSION = 96
DRAWN = np.random.default_rng(1)


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length 1 of which nothing is lost where they are kept."""
    return directions.unpacked(directions.packed(rows.astype(np.float32)), DIMENSION)


def written(folder: Path, articles: dict[int, np.ndarray], *, earlier: Nearby | None = None, kept=()) -> Nearby:
    writing = Writing(folder, dimension=DIMENSION)
    if earlier is not None:
        writing.keep(earlier, np.array(kept, np.int64))
    for number, vectors in articles.items():
        writing.add(number, vectors)
    assert writing.end() == Nearby(folder).count()
    return Nearby(folder)


def test_the_nearest_of_those_inside_are_found_in_order(tmp_path: Path):
    articles = {number: unit(DRAWN.normal(size=(3, DIMENSION))) for number in range(1, 40)}
    nearby = written(tmp_path, articles)
    asked = unit(DRAWN.normal(size=(1, DIMENSION)))[0]
    inside = [30, 2, 17]
    cosines = {(number, place): float(articles[number][place] @ asked) for number in inside for place in range(3)}
    best = sorted(cosines, key=lambda place: -cosines[place])
    assert nearby.nearest(asked, limit=5, within=np.array(inside)) == best[:5]
    assert nearby.nearest(asked, limit=100, within=np.array([*inside, 999])) == best
    assert nearby.nearest(asked, limit=0, within=np.array(inside)) == []
    assert nearby.nearest(asked, limit=5, within=np.array([999])) == []
    assert nearby.nearest(asked, limit=5, within=np.array([], np.int64)) == []


def test_of_very_many_nearly_all_of_the_nearest_are_found(tmp_path: Path):
    centres = DRAWN.normal(size=(300, DIMENSION))
    rows = unit(centres[DRAWN.integers(300, size=6 * COMPARED)] + 0.7 * DRAWN.normal(size=(6 * COMPARED, DIMENSION)))
    nearby = written(tmp_path, {1: rows[: COMPARED // 2], 2: rows[COMPARED // 2 :]})
    found = []
    for asked in unit(centres[:20] + 0.7 * DRAWN.normal(size=(20, DIMENSION))):
        cosines = rows[COMPARED // 2 :] @ asked
        best = {(2, int(place)) for place in np.argsort(-cosines)[:40]}
        found.append(len(best & set(nearby.nearest(asked, limit=40, within=np.array([2])))) / 40)
    assert np.mean(found) > 0.98


def test_what_is_kept_of_an_earlier_one_is_found_beside_what_is_added(tmp_path: Path):
    old = {number: unit(DRAWN.normal(size=(2, DIMENSION))) for number in (1, 2, 3)}
    earlier = written(tmp_path / "a", old)
    new = unit(DRAWN.normal(size=(1, DIMENSION)))
    nearby = written(tmp_path / "b", {4: new}, earlier=earlier, kept=[1, 3, 99])
    assert nearby.places().tolist() == [[1, 0], [1, 1], [3, 0], [3, 1], [4, 0]]
    for number, ordinal, vector in ((1, 1, old[1][1]), (3, 0, old[3][0]), (4, 0, new[0])):
        assert nearby.nearest(vector, limit=1, within=np.array([1, 2, 3, 4])) == [(number, ordinal)]


def test_of_places_the_cosines_are_told_and_of_others_nothing(tmp_path: Path):
    articles = {number: unit(DRAWN.normal(size=(2, DIMENSION))) for number in (1, 2, 4)}
    nearby = written(tmp_path, articles)
    asked = unit(DRAWN.normal(size=(1, DIMENSION)))[0]
    told = nearby.cosines(3 * asked, [(4, 1), (1, 0), (3, 0), (2, 2), (4, 2), (2, 1)])
    right = [articles[number][ordinal] @ asked for number, ordinal in ((4, 1), (1, 0), (2, 1))]
    assert told[[0, 1, 5]] == pytest.approx(right, abs=1e-5)
    assert np.isnan(told[2:5]).all()
    assert nearby.cosines(asked, []).shape == (0,)


def test_an_empty_one_finds_nothing(tmp_path: Path):
    nearby = written(tmp_path, {})
    assert nearby.count() == 0
    assert nearby.nearest(np.ones(DIMENSION, np.float32), limit=3, within=np.array([1])) == []
    assert np.isnan(nearby.cosines(np.ones(DIMENSION, np.float32), [(1, 0)])).all()


@pytest.mark.parametrize("name", ["places", "vectors", "signs"])
@pytest.mark.parametrize("damage", ["gone", "empty", "cut", "another"])
def test_damage_is_said_in_a_sentence(tmp_path: Path, name: str, damage: str):
    written(tmp_path, {1: unit(DRAWN.normal(size=(3, DIMENSION)))})
    path = tmp_path / f"{name}.npy"
    if damage == "gone":
        path.unlink()
    elif damage == "another":
        np.save(path, np.ones((3, 2), np.float64))
    else:
        path.write_bytes(b"" if damage == "empty" else path.read_bytes()[:-1])
    with pytest.raises(LibraryError, match="--rebuild"):
        Nearby(tmp_path)
