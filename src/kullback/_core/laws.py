"""Local laws of a forest: how often each training value shares a leaf with a row."""

import numpy as np

from kullback._core._jit import kernel
from kullback._typing import FloatArray, IntArray

__all__ = ["leaf_laws"]


@kernel
def _group_by_leaf(leaves: IntArray, n_leaves: int) -> tuple[IntArray, IntArray]:
    """Return the training rows in the order of their leaves, and where in it each leaf starts."""
    starts = np.zeros(n_leaves + 1, dtype=np.int64)
    for row in range(leaves.shape[0]):
        starts[leaves[row] + 1] += 1
    for leaf in range(n_leaves):
        starts[leaf + 1] += starts[leaf]
    place = starts.copy()
    members = np.empty(leaves.shape[0], dtype=np.int64)
    for row in range(leaves.shape[0]):
        members[place[leaves[row]]] = row
        place[leaves[row]] += 1
    return members, starts


@kernel
def _leaf_weights(leaves: IntArray, weights: FloatArray, n_leaves: int) -> FloatArray:
    """Return the sum of training weights in each leaf of each tree."""
    sums = np.zeros((leaves.shape[0], n_leaves))
    for tree in range(leaves.shape[0]):
        for row in range(leaves.shape[1]):
            sums[tree, leaves[tree, row]] += weights[row]
    return sums


@kernel
def _count_points(
    row_leaves: IntArray, members: IntArray, leaf_starts: IntArray, codes: IntArray, weights: FloatArray, n_codes: int
) -> IntArray:
    """Return the starts of laws: each holds as many points as its row shares leaves with values of positive weight."""
    starts = np.zeros(row_leaves.shape[1] + 1, dtype=np.int64)
    seen = np.full(n_codes, -1, dtype=np.int64)
    for row in range(row_leaves.shape[1]):
        count = 0
        for tree in range(row_leaves.shape[0]):
            leaf = row_leaves[tree, row]
            for i in range(leaf_starts[tree, leaf], leaf_starts[tree, leaf + 1]):
                member = members[tree, i]
                if weights[member] > 0.0 and seen[codes[member]] != row:
                    seen[codes[member]] = row
                    count += 1
        starts[row + 1] = starts[row] + count
    return starts


@kernel
def leaf_laws(
    row_leaves: IntArray,
    training_leaves: IntArray,
    codes: IntArray,
    weights: FloatArray,
    n_leaves: int,
    n_codes: int,
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the local law of each row: a tree gives each training row of the row's leaf its share of the leaf.

    Parameters
    ----------
    row_leaves : (trees, rows) int64, each in [0, n_leaves)
        Leaf of each row for which a law is wanted.
    training_leaves : (trees, training rows) int64, each in [0, n_leaves)
    codes : (training rows,) int64, each in [0, n_codes)
        Which value each training row has; rows with one value share a point of the law.
    weights : (training rows,) float64, not negative
    n_leaves, n_codes : int

    Returns
    -------
    starts : (rows + 1,) int64
        Law i holds the points ``starts[i]:starts[i + 1]``; none where no tree has a training row in its leaf.
    points : (points,) int64
        Codes, ascending within each law.
    probabilities : (points,) float64
        Sum to one within each law; a tree without weight in the row's leaf is left out.
    """
    n_trees, n_rows = row_leaves.shape
    members = np.empty(training_leaves.shape, dtype=np.int64)
    leaf_starts = np.empty((n_trees, n_leaves + 1), dtype=np.int64)
    for tree in range(n_trees):
        members[tree], leaf_starts[tree] = _group_by_leaf(training_leaves[tree], n_leaves)
    sums = _leaf_weights(training_leaves, weights, n_leaves)
    starts = _count_points(row_leaves, members, leaf_starts, codes, weights, n_codes)
    points = np.empty(starts[n_rows], dtype=np.int64)
    probabilities = np.empty(starts[n_rows])
    total = np.zeros(n_codes)
    touched = np.zeros(n_codes, dtype=np.bool_)
    for row in range(n_rows):
        trees = 0
        for tree in range(n_trees):
            leaf = row_leaves[tree, row]
            if sums[tree, leaf] > 0.0:
                trees += 1
                for i in range(leaf_starts[tree, leaf], leaf_starts[tree, leaf + 1]):
                    weight = weights[members[tree, i]]
                    code = codes[members[tree, i]]
                    total[code] += weight / sums[tree, leaf]
                    touched[code] |= weight > 0.0
        place = starts[row]
        for code in range(n_codes):
            if touched[code]:
                points[place] = code
                probabilities[place] = total[code] / trees
                total[code] = 0.0
                touched[code] = False
                place += 1
    return starts, points, probabilities
