"""Leaf co-membership against loops."""

import itertools

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import naive
from kullback._core.laws import leaf_laws

N_LEAVES, N_CODES = 4, 5


@st.composite
def forests(draw, weighted=True):
    n_trees, n_rows, n_training = draw(st.integers(1, 4)), draw(st.integers(1, 5)), draw(st.integers(1, 12))
    leaf = st.integers(0, N_LEAVES - 1)
    weights = st.sampled_from([0.0, 0.5, 1.0, 3.0]) if weighted else st.just(1.0)
    return (
        draw(hnp.arrays(np.int64, (n_trees, n_rows), elements=leaf)),
        draw(hnp.arrays(np.int64, (n_trees, n_training), elements=leaf)),
        draw(hnp.arrays(np.int64, n_training, elements=st.integers(0, N_CODES - 1))),
        draw(hnp.arrays(np.float64, n_training, elements=weights)),
    )


@given(forests())
def test_a_law_is_the_mean_over_trees_of_shares_of_leaves(forest):
    row_leaves, training_leaves, codes, weights = forest
    starts, points, probabilities = leaf_laws(*forest, N_LEAVES, N_CODES)
    for row in range(row_leaves.shape[1]):
        law = slice(starts[row], starts[row + 1])
        expected = naive.leaf_law(row_leaves[:, row], training_leaves, codes, weights)
        assert points[law].tolist() == sorted(expected)
        assert probabilities[law] == pytest.approx([expected[code] for code in sorted(expected)], abs=1e-14)


@given(forests(weighted=False))
def test_a_law_sums_to_one_or_is_empty(forest):
    starts, _, probabilities = leaf_laws(*forest, N_LEAVES, N_CODES)
    sums = [probabilities[a:b].sum() for a, b in itertools.pairwise(starts)]
    for total, size in zip(sums, np.diff(starts), strict=True):
        assert total == pytest.approx(1.0 if size else 0.0, abs=1e-14)


@given(forests(), st.integers(2, 9))
def test_the_scale_of_weights_does_not_matter(forest, factor):
    scaled = (*forest[:3], forest[3] * 2.0**factor)
    for one, other in zip(leaf_laws(*forest, N_LEAVES, N_CODES), leaf_laws(*scaled, N_LEAVES, N_CODES), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_weight_too_small_to_count_leaves_no_hole():
    leaves, codes = np.zeros((1, 2), dtype=np.int64), np.array([0, 1])
    starts, points, probabilities = leaf_laws(leaves[:, :1], leaves, codes, np.array([1e-300, 1e300]), 1, 2)
    assert (starts.tolist(), points.tolist(), probabilities.tolist()) == ([0, 2], [0, 1], [0.0, 1.0])


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_the_kernel_has_one_signature():
    leaves = np.zeros((1, 2), dtype=np.int64)
    leaf_laws(leaves, leaves, np.array([0, 1]), np.ones(2), 1, 2)
    assert len(leaf_laws.signatures) == 1
