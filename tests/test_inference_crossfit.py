"""Folds in which each row is tested once, and predictions from other folds."""

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold, KFold, LeaveOneGroupOut, ShuffleSplit, TimeSeriesSplit

from kullback.exceptions import InputError
from kullback.inference import cross_fit, make_folds


@pytest.mark.parametrize("stratified", [False, True])
@pytest.mark.parametrize("clustered", [False, True])
def test_each_row_is_tested_once_by_rows_of_other_clusters(stratified, clustered):
    strata = np.arange(60) % 3 if stratified else None
    clusters = np.repeat(np.arange(20), 3) if clustered else None
    folds = make_folds(60, 4, strata=strata, clusters=clusters, random_state=0)
    np.testing.assert_array_equal(np.sort(np.concatenate([test for _, test in folds])), np.arange(60))
    for train, test in folds:
        assert not set(train) & set(test)
        if clusters is not None:
            assert not set(clusters[train]) & set(clusters[test])
        if strata is not None:
            assert set(strata[train]) == {0, 1, 2}


def test_the_seed_and_the_splitter_decide():
    first, same, other = (make_folds(30, 3, random_state=seed)[0][1].tolist() for seed in (0, 0, 1))
    assert first == same != other
    assert make_folds(30, KFold(3))[0][1].tolist() == list(range(10))


@pytest.mark.parametrize("cv", [1, 0, 50, ShuffleSplit(3, random_state=0), TimeSeriesSplit(3)])
def test_what_is_no_partition_is_refused(cv):
    with pytest.raises(InputError, match="cv"):
        make_folds(20, cv)


def test_splits_of_more_rows_are_refused():
    with pytest.raises(InputError, match="names row 5"):
        make_folds(4, [(np.array([0, 1, 2]), np.array([3, 5])), (np.array([3, 5]), np.array([0, 1, 2]))])


def test_predictions_come_from_other_folds():
    values = np.arange(20.0)
    folds = make_folds(20, 5, random_state=0)
    mean = cross_fit(folds, lambda train, test: np.full(test.size, values[train].mean()))
    for train, test in folds:
        np.testing.assert_allclose(mean[test], values[train].mean())
    pairs = cross_fit(folds, lambda train, test: np.column_stack([test, test + 1]))
    np.testing.assert_array_equal(pairs, np.column_stack([values, values + 1]))


def test_no_fold_is_refused():
    with pytest.raises(InputError, match="at least one fold"):
        cross_fit([], lambda train, test: test)


ROWS = np.arange(6)


@pytest.mark.parametrize(
    ("cv", "told"),
    [
        ([(ROWS, ROWS[:3]), (ROWS[:3], ROWS[3:])], "trains on 3 of the rows that it tests"),
        ([(ROWS[3:], ROWS[:3]), (ROWS[:3] - 6, ROWS[3:])], "positions from 0"),
        ([(ROWS >= 3, ROWS < 3), (ROWS < 3, ROWS >= 3)], "positions from 0"),
    ],
)
def test_what_a_fold_tests_it_does_not_learn_from(cv, told):
    with pytest.raises(InputError, match=told):
        make_folds(6, cv)


def test_no_cluster_is_on_both_sides():
    clusters = np.array(["a", "b", "a", "c", "d", "c"])
    with pytest.raises(
        InputError, match=r"trains on 2 of the clusters that it tests\. Use a splitter that keeps groups"
    ):
        make_folds(6, [([1, 2, 5], [0, 3, 4]), ([0, 3, 4], [1, 2, 5])], clusters=clusters)
    for cv in (GroupKFold(2), LeaveOneGroupOut()):
        for train, test in make_folds(6, cv, clusters=clusters):
            assert not set(clusters[train]) & set(clusters[test])
    with pytest.raises(InputError, match="cannot split 6 rows: The 'groups' parameter"):
        make_folds(6, GroupKFold(2))
