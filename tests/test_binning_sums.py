"""Sums over the rows of bins, against sums row by row."""

import numpy as np
import pytest

import naive
from kullback.binning._sums import BinSums


@pytest.mark.parametrize("weighted", [False, True])
def test_sums_are_those_of_the_rows(weighted):
    rng = np.random.default_rng(0)
    codes, events = rng.integers(0, 4, 50), rng.integers(0, 2, 50)
    weights = rng.uniform(0.5, 2, 50) if weighted else np.ones(50)
    columns = np.stack([events == 0, events == 1]).astype(float)
    sums = BinSums.of_rows(codes, columns, weights if weighted else None, 5)
    np.testing.assert_allclose(sums.counts, naive.counts(codes, events, weights, 5))
    np.testing.assert_allclose(sums.squares, naive.counts(codes, events, weights**2, 5))
    np.testing.assert_allclose(sums.totals, sums.counts.sum(axis=0))
    assert len(sums) == 5
    assert sums.weighted == weighted


def test_bins_and_rows_add_up():
    rng = np.random.default_rng(1)
    codes, columns, weights = rng.integers(0, 4, 60), rng.normal(size=(3, 60)), rng.uniform(1, 2, 60)
    whole = BinSums.of_rows(codes, columns, weights, 4)
    parts = [BinSums.of_rows(codes[r], columns[:, r], weights[r], 4) for r in (slice(20), slice(20, 60))]
    groups = np.array([0, 1, 0, 2])
    for found, expected in (
        (parts[0] + parts[1], whole),
        (whole.merge(groups, 3), BinSums.of_rows(groups[codes], columns, weights, 3)),
    ):
        np.testing.assert_allclose(found.counts, expected.counts)
        np.testing.assert_allclose(found.squares, expected.squares)
