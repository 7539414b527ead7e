"""Local laws: the distribution of an outcome at each row, as weights over training outcomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline

from kullback._core.laws import leaf_laws
from kullback._typing import BoolArray, FloatArray, IntArray, ObjectArray, RandomState
from kullback.exceptions import InputError

__all__ = ["LocalForest", "LocalLaws", "Units", "random_seed", "weight_name", "weighted_rows"]

N_TREES = 100


@dataclass(frozen=True, eq=False)
class LocalLaws:
    """Discrete laws, one a row, with their points one after the other.

    Attributes
    ----------
    values : (points,) float64
        Ascending within each law.
    weights : (points,) float64
        Sum to one within each law.
    starts : (laws + 1,) int64
        Law i holds the points ``starts[i]:starts[i + 1]``, at least one.
    """

    values: FloatArray
    weights: FloatArray
    starts: IntArray

    @classmethod
    def of_sample(cls, values: FloatArray, weights: FloatArray | None = None) -> LocalLaws:
        """Return one law, that of a sample; values are sorted and equal ones share a point."""
        distinct, codes = np.unique(np.asarray(values, dtype=np.float64), return_inverse=True)
        sums = np.bincount(codes, weights, distinct.size).astype(np.float64)
        kept = sums > 0
        return cls(distinct[kept], sums[kept] / sums.sum(), np.array([0, int(kept.sum())], dtype=np.int64))

    def __len__(self) -> int:
        return self.starts.size - 1

    def mean(self, of_points: FloatArray) -> FloatArray:
        """Return the (laws,) means of a quantity given at each point."""
        return np.add.reduceat(self.weights * of_points, self.starts[:-1])

    def spread(self, of_laws: ObjectArray) -> ObjectArray:
        """Return a quantity given for each law at each of its points."""
        return np.repeat(of_laws, np.diff(self.starts))

    @property
    def least(self) -> FloatArray:
        """Least value of each law."""
        return self.values[self.starts[:-1]]

    @property
    def greatest(self) -> FloatArray:
        """Greatest value of each law."""
        return self.values[self.starts[1:] - 1]

    def mirrored(self) -> LocalLaws:
        """Return the laws of minus the outcome: an upper bound there is minus a lower bound here."""
        first, last = self.spread(self.starts[:-1]), self.spread(self.starts[1:] - 1)
        backwards = first + last - np.arange(self.values.size)
        return LocalLaws(-self.values[backwards], self.weights[backwards], self.starts)

    def mapped(self, function: Callable[[FloatArray], FloatArray]) -> LocalLaws:
        """Return the laws of a function of the outcome."""
        values = np.asarray(function(self.values), dtype=np.float64)
        order = np.lexsort((values, self.spread(np.arange(len(self)))))
        return LocalLaws(values[order], self.weights[order], self.starts)

    def at_most(self, thresholds: FloatArray) -> LocalLaws:
        """Return the laws of whether the outcome is at most a threshold: all laws' for the first one, then the next."""
        first, last = (np.tile(ends, thresholds.size) for ends in (self.starts[:-1], self.starts[1:]))
        low, high, threshold = first, last, np.repeat(thresholds, len(self))
        while (low < high).any():
            middle = np.minimum((low + high) // 2, self.values.size - 1)
            below = self.values[middle] <= threshold
            low, high = np.where((low < high) & below, middle + 1, low), np.where((low < high) & ~below, middle, high)
        mass = np.append(0.0, np.cumsum(self.weights))
        share = np.where(low == last, 1.0, mass[low] - mass[first])  # exact where all points are below, or none
        both = np.column_stack([1 - share, share])
        kept = np.column_stack([low < last, low > first])
        starts = np.append(0, np.cumsum(kept.sum(axis=1))).astype(np.int64)
        return LocalLaws(np.broadcast_to([0.0, 1.0], both.shape)[kept], both[kept], starts)

    def selected(self, rows: IntArray | BoolArray) -> LocalLaws:
        """Return the laws of some rows, in their order."""
        chosen = np.arange(len(self))[rows]
        sizes = np.diff(self.starts)[chosen]
        starts = np.append(0, np.cumsum(sizes)).astype(np.int64)
        points = np.repeat(self.starts[chosen] - starts[:-1], sizes) + np.arange(starts[-1])
        return LocalLaws(self.values[points], self.weights[points], starts)


@dataclass(frozen=True, eq=False)
class Units:
    """Where covariates have their zero and their one for trees, which see 32 bits of them.

    The median and the distance of the quartiles, or the range where that is zero: with a mean and a standard deviation
    one far row would take all digits from the others.

    Attributes
    ----------
    zero, one : (features,) float64
    """

    zero: FloatArray
    one: FloatArray

    @classmethod
    def of(cls, X: FloatArray) -> Units:
        """Return the units of a sample's covariates."""
        low, zero, high = np.quantile(X, [0.25, 0.5, 0.75], axis=0)
        middle, whole = high - low, np.ptp(X, axis=0)
        one = np.where(middle > 0, middle, whole)
        return cls(zero, np.where(one > 0, one, 1.0))

    def of_rows(self, X: FloatArray) -> FloatArray:
        """Return covariates in these units."""
        return (X - self.zero) / self.one


@dataclass(frozen=True, eq=False)
class LocalForest:
    """Trees whose leaves say which training rows are like a row.

    Trees are grown with random cuts on all rows (Geurts, Ernst and Wehenkel 2006) down to leaves of at least the square
    root of the number of rows: with leaves of a fixed size the laws would not settle as rows are added. The weights
    are those of quantile regression forests (Meinshausen 2006).

    Attributes
    ----------
    units : Units
        In which the trees see covariates.
    forest : fitted regressor with ``apply``
    leaves : (trees, training rows) int64
    distinct : (values,) float64
        Distinct training outcomes, ascending.
    codes : (training rows,) int64
        Which of them each training row has.
    weights : (training rows,) float64
    """

    units: Units
    forest: Any
    leaves: IntArray
    distinct: FloatArray
    codes: IntArray
    weights: FloatArray

    @classmethod
    def fit(
        cls,
        X: FloatArray,
        y: FloatArray,
        sample_weight: FloatArray | None = None,
        *,
        n_trees: int = N_TREES,
        random_state: RandomState = None,
        estimator: Any = None,
    ) -> LocalForest:
        """Grow the trees on the rows of one arm; rows without weight take no part.

        Another forest with ``apply`` may take their place, such as a RandomForestRegressor.
        """
        X, y, weights = weighted_rows(X, y, sample_weight)
        forest = _forest(n_trees, y.size, random_seed(random_state)) if estimator is None else clone(estimator)
        units = Units.of(X)
        X = units.of_rows(X)
        # Trees stop at a variance near 1e-16, whatever the outcome's units; those of a user's forest are its user's.
        target = y / (y.std() or 1.0) if estimator is None else y
        # Weights that are all alike say nothing, and some forests take none.
        forest.fit(X, target, **({} if np.ptp(weights) == 0 else {weight_name(forest, "outcome_estimator"): weights}))
        _check_forest(forest, X)
        distinct, codes = np.unique(y, return_inverse=True)
        return cls(units, forest, _leaves(forest, X), distinct, codes.astype(np.int64), np.ascontiguousarray(weights))

    def laws(self, X: FloatArray) -> LocalLaws:
        """Return the law of the outcome at each row of `X`.

        A law has up to as many points as there are distinct training outcomes: call it on some thousand rows at a
        time where both are many.
        """
        n_leaves = max(tree.tree_.node_count for tree in self.forest.estimators_)
        starts, points, weights = leaf_laws(
            _leaves(self.forest, self.units.of_rows(X)),
            self.leaves,
            self.codes,
            self.weights,
            n_leaves,
            self.distinct.size,
        )
        return LocalLaws(self.distinct[points], weights, starts)


def _forest(n_trees: int, n_rows: int, seed: Any) -> Any:
    return ExtraTreesRegressor(n_trees, min_samples_leaf=int(np.ceil(np.sqrt(n_rows))), random_state=seed)


def _leaves(forest: Any, X: FloatArray) -> IntArray:
    """Return the (trees, rows) leaves of rows."""
    return np.ascontiguousarray(forest.apply(X).T, dtype=np.int64)


def _check_forest(forest: Any, X: FloatArray) -> None:
    """Raise unless a fitted regressor is a forest."""
    given = getattr(forest, "estimators_", None)
    trees = given if isinstance(given, list) and all(hasattr(tree, "tree_") for tree in given) else []
    if not trees or np.shape(forest.apply(X[:1])) != (1, len(trees)):
        raise InputError(
            "outcome_estimator must be a forest such as RandomForestRegressor or ExtraTreesRegressor: fitted it must "
            "have estimators_, a list of trees, and apply must return the leaf of each row in each of them; "
            f"{type(forest).__name__} has none."
        )


def weight_name(model: Any, parameter: str) -> str:
    """Return the name under which `fit` of an estimator takes weights, inside pipelines and searches too.

    Raises
    ------
    InputError
        If it takes none.
    """
    if isinstance(model, Pipeline):
        name, last = model.steps[-1]
        return f"{name}__{weight_name(last, parameter)}"
    if isinstance(model, GridSearchCV | RandomizedSearchCV):
        return weight_name(model.estimator, parameter)
    taken = signature(model.fit).parameters.values()
    if not any(taken_.name == "sample_weight" or taken_.kind is Parameter.VAR_KEYWORD for taken_ in taken):
        raise InputError(
            f"{parameter} must take sample_weight in fit, as weights were given; {type(model).__name__} does not. Take "
            "one that does, or leave the weights out."
        )
    return "sample_weight"


def weighted_rows(
    X: FloatArray, y: FloatArray, sample_weight: FloatArray | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the rows of an arm that have a weight, and the weights."""
    weights = np.ones(y.size) if sample_weight is None else sample_weight
    kept = weights > 0
    if not kept.any():
        raise InputError("An arm must have rows with positive weight in each fold's training rows; one has none.")
    return X[kept], y[kept], weights[kept]


def random_seed(random_state: RandomState) -> Any:
    """Return a seed that scikit-learn takes; a Generator is drawn from."""
    return int(random_state.integers(2**31)) if isinstance(random_state, np.random.Generator) else random_state
