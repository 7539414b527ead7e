"""Cross-fitting: what is learned about a row comes from rows of other folds."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold, check_cv

from kullback._typing import FloatArray, IntArray
from kullback.exceptions import InputError

__all__ = ["cross_fit", "make_folds"]

Folds = list[tuple[IntArray, IntArray]]

INTEGERS = ("ii", "uu", "iu", "ui")
"""Kinds of a fold's two arrays."""


def make_folds(
    n_rows: int,
    cv: Any = 5,
    *,
    strata: Any = None,
    clusters: Any = None,
    random_state: int | None = None,
) -> Folds:
    """Return (train, test) rows in which each row is tested once; clusters stay whole, strata are spread.

    Parameters
    ----------
    n_rows : int
    cv : int or splitter
        A number of folds is shuffled. A splitter gets the clusters as its groups.
    strata, clusters : (rows,) array-like, optional
    random_state : int, optional

    Raises
    ------
    InputError
        If a row is not tested exactly once, a fold tests a row or a cluster that it also trains on, or there are fewer
        rows or clusters than folds.

    Examples
    --------
    >>> [test.tolist() for _, test in make_folds(4, 2, random_state=0)]
    [[2, 3], [0, 1]]
    """
    rows = np.zeros(n_rows)
    if isinstance(cv, Integral):
        splitter: Any = _splitter(int(cv), strata is not None, clusters is not None, random_state)
    else:
        splitter = check_cv(cv, strata, classifier=strata is not None)
    try:
        with warnings.catch_warnings():
            # Whether it keeps clusters whole is seen below.
            warnings.filterwarnings("ignore", "The groups parameter is ignored", UserWarning)
            folds = [(np.asarray(a), np.asarray(b)) for a, b in splitter.split(rows, strata, clusters)]
    except ValueError as error:
        raise InputError(f"cv={cv!r} cannot split {n_rows} rows: {error}") from None
    tested = np.zeros(n_rows, dtype=np.int64)
    for train, test in folds:
        if min(train.min(initial=0), test.min(initial=0)) < 0 or train.dtype.kind + test.dtype.kind not in INTEGERS:
            raise InputError("cv must give the rows of a fold as positions from 0, (train, test); others came.")
        if max(train.max(initial=-1), test.max(initial=-1)) >= n_rows:
            raise InputError(f"cv must split {n_rows} rows; it names row {max(train.max(), test.max())}.")
        np.add.at(tested, test, 1)
    if (tested != 1).any():
        raise InputError(
            f"cv must test each row in one fold; {int((tested == 0).sum())} rows are in no fold and "
            f"{int((tested > 1).sum())} in several. Use a partition, such as KFold."
        )
    _require_apart(folds, np.arange(n_rows), "rows", "Train each fold on other rows than it tests")
    if clusters is not None:
        _require_apart(folds, clusters, "clusters", "Use a splitter that keeps groups whole, such as GroupKFold")
    return folds


def _require_apart(folds: Folds, units: Any, name: str, advice: str) -> None:
    codes = np.unique(np.asarray(units), return_inverse=True)[1].reshape(-1)
    for train, test in folds:
        both = np.intersect1d(codes[train], codes[test])
        if both.size:
            raise InputError(
                f"cv must keep what is learned apart from what it is learned for; a fold trains on {both.size} of the "
                f"{name} that it tests. {advice}."
            )


def _splitter(n_folds: int, stratified: bool, clustered: bool, random_state: int | None) -> Any:
    if n_folds < 2:
        raise InputError(f"cv must be at least 2 folds, or a splitter; {n_folds} came.")
    kinds: dict[tuple[bool, bool], Any] = {
        (False, False): KFold,
        (True, False): StratifiedKFold,
        (False, True): GroupKFold,
        (True, True): StratifiedGroupKFold,
    }
    return kinds[stratified, clustered](n_folds, shuffle=True, random_state=random_state)


def cross_fit(folds: Folds, fit_predict: Callable[[IntArray, IntArray], FloatArray]) -> FloatArray:
    """Return predictions for all rows, each by what other folds taught.

    Parameters
    ----------
    folds : list of (train, test)
    fit_predict : callable
        (train, test) -> (test rows, ...) array.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.array([1.0, 2.0, 4.0, 5.0])
    >>> cross_fit(make_folds(4, 2, random_state=0), lambda train, test: np.full(test.size, y[train].mean()))
    array([4.5, 4.5, 1.5, 1.5])
    """
    predicted: FloatArray | None = None
    for test, part in _parts(folds, fit_predict):
        if predicted is None:
            predicted = np.empty((sum(t.size for _, t in folds), *part.shape[1:]))
        predicted[test] = part
    if predicted is None:
        raise InputError("There must be at least one fold.")
    return predicted


def _parts(
    folds: Folds, fit_predict: Callable[[IntArray, IntArray], FloatArray]
) -> Iterator[tuple[IntArray, FloatArray]]:
    for train, test in folds:
        yield test, np.asarray(fit_predict(train, test), dtype=np.float64)
