"""From counts on a grid to rectangles, against enumeration with the slow rules."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import naive
from kullback.binning._criterion import get_criterion
from kullback.binning._grid_partition import GridGrouping
from kullback.binning._partition import Constraints
from kullback.binning._prebins import merge_levels


@st.composite
def grids(draw):
    """Counts of a grid with constraints, and rows outside of it that the totals hold."""
    n, m = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    elements = draw(st.sampled_from([st.integers(0, 30), st.sampled_from([0, 20])]))
    counts = draw(hnp.arrays(np.int64, (n, m, 2), elements=elements)).astype(float)
    totals = counts.sum(axis=(0, 1)) + draw(hnp.arrays(np.int64, 2, elements=st.integers(1, 20)))
    settings_ = {
        "criterion": draw(st.sampled_from(["iv", "js", "hellinger"])),
        "max_bins": draw(st.integers(1, 6)),
        "min_fraction": draw(st.sampled_from([0.0, 0.05, 0.2])),
        "min_class": draw(st.sampled_from([0.0, 5.0])),
    }
    return counts, totals, settings_


def grouping(shape, settings_, regular=None, orders=(None, None)):
    constraints = Constraints(
        get_criterion(settings_["criterion"]),
        settings_["max_bins"],
        settings_["min_fraction"],
        settings_["min_class"],
    )
    return GridGrouping(constraints, shape, regular or shape, orders)


def slow_gain(counts, totals, settings_):
    def gain(top, bottom, first, last):
        cell = counts[top : bottom + 1, first : last + 1].sum(axis=(0, 1))
        thin = naive.is_thin(cell, totals, settings_["min_fraction"], settings_["min_class"])
        return -np.inf if cell.sum() == 0 or thin else naive.bin_gain(*cell, *totals, settings_["criterion"])

    return gain


@settings(max_examples=100)
@given(grids())
def test_rectangles_are_the_best_of_all_partitions_that_obey(problem):
    counts, totals, settings_ = problem
    n, m = counts.shape[:2]
    gain = slow_gain(counts, totals, settings_)
    expected, _ = naive.best_guillotine(gain, n, m, settings_["max_bins"])
    place, total = grouping((n, m), settings_).choose(counts.reshape(-1, 2), totals)
    if np.isfinite(expected):
        assert total == pytest.approx(expected, abs=1e-12)
        spans = [np.argwhere(place == j) for j in range(place.max() + 1)]
        found = [gain(*(int(x) for x in np.c_[c.min(axis=0), c.max(axis=0)].ravel())) for c in spans]
        assert sum(found) == pytest.approx(expected, abs=1e-12)
    else:
        assert (place == 0).all()
        whole = counts.sum(axis=(0, 1))
        none = whole.sum() == 0
        assert total == pytest.approx(0.0 if none else naive.bin_gain(*whole, *totals, settings_["criterion"]))


@given(grids(), st.booleans())
def test_many_problems_at_once_have_the_totals_of_each(problem, ordered):
    counts, totals, settings_ = problem
    n, m = counts.shape[:2]
    order = (lambda c: merge_levels(c, max_items=2)) if ordered else None
    group = grouping((n, m), settings_, orders=(order, None))
    stack = np.stack([counts.reshape(-1, 2), counts[::-1].reshape(-1, 2)])
    both = np.stack([totals, totals])
    bins, gains = group.choose_many(stack, both)
    np.testing.assert_allclose(group.totals_of_gains(stack, both), gains[:, 0], atol=1e-12)
    assert bins.shape == (2, 1, n * m)
    assert (bins >= 0).all()


@given(grids(), st.integers(0, 1), st.integers(0, 1))
def test_missing_values_are_cut_by_themselves(problem, missing_rows, missing_columns):
    counts, totals, settings_ = problem
    n, m = counts.shape[:2]
    regular = max(n - missing_rows, 0), max(m - missing_columns, 0)
    place, total = grouping((n, m), settings_, regular).choose(counts.reshape(-1, 2), totals)
    parts = 0.0
    for rows in (slice(0, regular[0]), slice(regular[0], n)):
        for columns in (slice(0, regular[1]), slice(regular[1], m)):
            block = counts[rows, columns]
            if block.size:
                own, gain = grouping(block.shape[:2], settings_).choose(block.reshape(-1, 2), totals)
                parts += gain
                here = place[rows, columns]
                assert (here - here.min() == own).all()
                assert (place == here.min()).sum() == (own == 0).sum()
    assert total == pytest.approx(parts, abs=1e-12)


def test_levels_are_put_in_the_order_of_their_event_rates():
    """Levels a, c against b: neighbours after ordering only."""
    counts = np.array([[[10, 90]], [[90, 10]], [[12, 88]]], dtype=float)
    settings_ = {"criterion": "iv", "max_bins": 2, "min_fraction": 0.0, "min_class": 0.0}
    group = grouping((3, 1), settings_, orders=(lambda c: merge_levels(c, max_items=9), None))
    bins, _ = group.choose_many(counts.reshape(1, -1, 2), counts.sum(axis=(0, 1))[None])
    assert bins[0, 0].tolist() == [1, 0, 1]
    assert group.coarsen is not None
