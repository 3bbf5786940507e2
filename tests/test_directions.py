import numpy as np
import pytest
from numpy.typing import NDArray

from rag import directions


def drawn(number: int, dimension: int) -> NDArray[np.float32]:
    rows = np.random.default_rng(8).normal(size=(number, dimension))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("dimension", [384, 7, 1])
def test_a_direction_comes_back_nearly_as_it_was(dimension: int):
    rows = drawn(200, dimension)
    kept = directions.packed(rows)
    assert kept.shape == (200, directions.width(dimension)) and kept.dtype == np.uint8
    back = directions.unpacked(kept, dimension)
    assert back.dtype == np.float32
    assert np.allclose(np.linalg.norm(back, axis=1), 1.0, atol=1e-6)
    cosines = np.sum(back * rows, axis=1)
    assert cosines.min() > 0.97
    assert cosines.mean() > 0.99


def test_what_came_back_is_kept_without_any_loss_also_by_way_of_bytes():
    kept = directions.packed(drawn(500, 384))
    back = directions.unpacked(kept, 384)
    assert np.array_equal(directions.packed(back), kept)
    assert np.array_equal(directions.packed(directions.in_bytes(back).astype(np.float32)), kept)


def test_the_length_of_a_row_does_not_count():
    rows = drawn(20, 384)
    for factor in (1e-30, 1e30):
        assert np.array_equal(directions.packed(rows * np.float32(factor)), directions.packed(rows))


def test_a_row_of_zeros_is_some_direction():
    assert np.allclose(np.linalg.norm(directions.unpacked(directions.packed(np.zeros((1, 8), np.float32)), 8)), 1.0)


def test_axes_are_those_on_which_rows_have_most_of_their_length():
    rows = drawn(400, 3) @ np.linalg.qr(drawn(32, 32).T)[0][:3]  # all of them in three of 32 dimensions
    found = directions.axes(rows.astype(np.float32), 3)
    assert found.shape == (32, 3) and found.dtype == np.float32
    assert np.allclose(found.T @ found, np.eye(3), atol=1e-5)
    assert np.allclose(np.linalg.norm(rows @ found, axis=1), 1.0, atol=1e-5)


def test_signs_are_those_of_the_components():
    rows = drawn(50, 9)
    assert np.array_equal(directions.signs(directions.packed(rows))[:, :9], rows > 0)


def test_the_mean_of_each_group_has_length_1_and_that_of_none_is_zero():
    rows = drawn(3, 16)
    found = directions.means([rows[:2], rows[:0], rows[2:]], 16)
    assert np.allclose(found[0], (rows[0] + rows[1]) / np.linalg.norm(rows[0] + rows[1]), atol=1e-6)
    assert not found[1].any()
    assert np.allclose(found[2], rows[2], atol=1e-6)
    assert directions.means([], 16).shape == (0, 16)
    assert not directions.means([rows[:0]], 16).any()
