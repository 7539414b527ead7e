"""The best cuts of a grid, against all partitions that cuts can make."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numba import config

import naive
from kullback._core import guillotine
from kullback._core.guillotine import best_guillotine, best_guillotine_totals

KERNELS = ("best_guillotine", "best_guillotine_totals")


def number(first, last):
    return last * (last + 1) // 2 + first


@st.composite
def grids(draw, max_rows=3, max_columns=4):
    """Gains of all rectangles, multiples of 1/8 so that sums are exact and ties are ties."""
    n, m = draw(st.integers(1, max_rows)), draw(st.integers(1, max_columns))
    shape = n * (n + 1) // 2, m * (m + 1) // 2
    gain = draw(hnp.arrays(np.int64, shape, elements=st.integers(-8, 32))) / 8.0
    gain[draw(hnp.arrays(np.bool_, shape, elements=st.sampled_from([False, False, True])))] = -np.inf
    return gain, n, m, draw(st.integers(1, n * m + 1))


def rectangles(place):
    """(top, bottom, first, last) of each number in turn, which must be rectangles."""
    for j in range(place.max() + 1):
        cells = np.argwhere(place == j)
        (top, first), (bottom, last) = cells.min(axis=0), cells.max(axis=0)
        assert (place[top : bottom + 1, first : last + 1] == j).all()
        yield int(top), int(bottom), int(first), int(last)


@settings(max_examples=150)
@given(grids())
def test_the_total_is_the_best_of_all_partitions(problem):
    gain, n, m, most = problem
    expected, fewest = naive.best_guillotine(lambda a, b, c, d: gain[number(a, b), number(c, d)], n, m, most)
    place, total = best_guillotine(gain, n, m, most)
    assert total == expected
    assert best_guillotine_totals(gain[None], n, m, most).tolist() == [expected]
    if total > -np.inf:
        found = list(rectangles(place))
        assert frozenset(found) in naive.guillotine_partitions(0, n - 1, 0, m - 1)
        assert len(found) == fewest
        assert sum(gain[number(a, b), number(c, d)] for a, b, c, d in found) == total
    else:
        assert (place == 0).all()


def test_a_pinwheel_cannot_be_cut():
    """Five rectangles that no cut from edge to edge separates: the program looks at those of cuts only."""
    gain = np.full((6, 6), -np.inf)
    for a, b, c, d in [(0, 0, 0, 1), (0, 1, 2, 2), (2, 2, 1, 2), (1, 2, 0, 0), (1, 1, 1, 1)]:
        gain[number(a, b), number(c, d)] = 1.0
    assert best_guillotine(gain, 3, 3, 9)[1] == -np.inf


@given(st.lists(grids(2, 3), min_size=1, max_size=3))
def test_many_problems_at_once_have_the_totals_of_each(problems):
    for gain, n, m, most in problems:
        both = np.stack([gain, gain / 2])
        expected = [best_guillotine(g, n, m, most)[1] for g in both]
        assert best_guillotine_totals(both, n, m, most).tolist() == expected


@given(st.integers(1, 6), st.integers(0, 99))
def test_a_strip_is_cut_as_runs_are(size, seed):
    """One row: the partitions are those of a line."""
    gain = np.random.default_rng(seed).integers(-8, 32, (1, size * (size + 1) // 2)) / 8
    expected = max(sum(gain[0, number(s, t)] for s, t in runs) for runs in naive.partitions(size) if len(runs) <= 3)
    assert best_guillotine(gain, 1, size, 3)[1] == expected
    assert best_guillotine(np.ascontiguousarray(gain.T), size, 1, 3)[1] == expected


@settings(max_examples=20)
@given(grids())
def test_compiled_equals_interpreted(problem):
    gain, n, m, most = problem
    plain = {name: getattr(getattr(guillotine, name), "py_func", getattr(guillotine, name)) for name in KERNELS}
    place, total = best_guillotine(gain, n, m, most)
    slow_place, slow_total = plain["best_guillotine"](gain, n, m, most)
    np.testing.assert_array_equal(place, slow_place)
    assert total == slow_total
    assert plain["best_guillotine_totals"](gain[None], n, m, most) == [total]


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="nothing is compiled")
def test_each_kernel_has_one_compiled_signature():
    gain = np.zeros((3, 3))
    best_guillotine(gain, 2, 2, 2)
    best_guillotine_totals(gain[None], 2, 2, 2)
    assert {len(getattr(guillotine, name).signatures) for name in KERNELS} == {1}
