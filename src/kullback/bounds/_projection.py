"""Bounds at X: best linear projections of scores on functions of the covariates."""

from __future__ import annotations

import itertools
import math
import uuid
import warnings
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone

from kullback._typing import FloatArray
from kullback.bounds._average import Averages
from kullback.bounds._estimand import Contrast
from kullback.bounds._model import ArmBounds
from kullback.bounds._nuisance import Rows
from kullback.exceptions import InputError, KullbackWarning, SmallCountWarning
from kullback.inference import Estimate, IntervalEstimate

__all__ = ["Functions", "Projection", "Splines", "conditional_bounds", "functions_of"]

GREATEST_DEGREE = 4
FEW_ROWS = 10
"""For each function: with fewer rows standard errors are some 5% too small, or more."""
BEYOND = 4.0
"""Times the sample's greatest leverage from which a row is told to be far outside: twice as far, in standard errors."""

ROUNDING = 1e-6
"""Part of a row's functions, by length, that may lie outside the span of the sample's."""

Functions = Callable[[FloatArray], FloatArray]
"""From (rows, features) to (rows, functions)."""


@dataclass(frozen=True, eq=False)
class Splines:
    """Polynomials of limited total degree, with natural cubic splines in the place of powers.

    In the place of a column's power r stands function r of its natural splines: the column itself, then curves that are
    lines beyond the outer knots (Hastie, Tibshirani and Friedman 2009, Eq. 5.4 and 5.5). A column with few values has
    few curves, one of zeros and ones none.

    Attributes
    ----------
    centre, scale : (features,) float64
    knots : list of float64 arrays
        Of each standardised column.
    terms : list of tuples of int
        The columns in each product, a column as often as the order of its function.
    """

    centre: FloatArray
    scale: FloatArray
    knots: list[FloatArray]
    terms: list[tuple[int, ...]]

    @classmethod
    def fit(cls, X: FloatArray, n_units: int) -> Splines:
        """Choose degree and knots by the number of independent rows or clusters.

        Of the bases with at most as many terms as the root of that number, the one with all products up to the greatest
        degree; where there is no room for products the curves of single columns, and lines at least.
        """
        n_features, room = X.shape[1], math.sqrt(n_units)
        degrees = range(1, GREATEST_DEGREE + 1)
        degree = max(d for d in degrees if d == 1 or math.comb(n_features + d, d) <= room)
        order = max(d for d in degrees if d <= degree or (degree == 1 and 1 + n_features * d <= room))
        centre, scale = X.mean(axis=0), X.std(axis=0)
        scale = np.where(scale > 0, scale, 1.0)
        quantiles = np.linspace(0.05, 0.95, order + 1)
        knots = [np.unique(np.quantile(column, quantiles)) for column in ((X - centre) / scale).T]
        columns = range(n_features)
        terms = [t for d in range(1, degree + 1) for t in itertools.combinations_with_replacement(columns, d)]
        terms += [(column,) * d for d in range(degree + 1, order + 1) for column in columns]
        return cls(centre, scale, knots, [t for t in terms if _exists(t, knots)])

    def __call__(self, X: FloatArray) -> FloatArray:
        """Return the (rows, terms) products."""
        curves = [_natural_splines(z, k) for z, k in zip(((X - self.centre) / self.scale).T, self.knots, strict=True)]
        found = np.ones((len(X), len(self.terms)))
        for product, term in zip(found.T, self.terms, strict=True):
            for column, order in Counter(term).items():
                product *= curves[column][order - 1]
        return found


def _exists(term: tuple[int, ...], knots: list[FloatArray]) -> bool:
    return all(order == 1 or order < knots[column].size for column, order in Counter(term).items())


def _natural_splines(z: FloatArray, knots: FloatArray) -> list[FloatArray]:
    """Return the column and its curves, two fewer than knots."""

    def bend(knot: float) -> FloatArray:
        return (np.maximum(z - knot, 0) ** 3 - np.maximum(z - knots[-1], 0) ** 3) / (knots[-1] - knot)

    return [z, *(bend(knot) - bend(knots[-2]) for knot in knots[:-2])]


def functions_of(basis: Any, rows: Rows, names: Sequence[Hashable] | None) -> Functions:
    """Return the functions of X that a basis stands for, learned from the sample where they are learned.

    Parameters
    ----------
    basis : None, transformer or list of columns
    rows : Rows
    names : sequence, optional
        Of the columns, if `fit` saw any; a transformer then gets dataframes.
    """
    if basis is None:
        return Splines.fit(rows.X, _n_units(rows))
    if hasattr(basis, "transform"):
        return _transformer(basis, rows.X, names)
    if isinstance(basis, str) or not isinstance(basis, Iterable):
        raise InputError(f"basis must be None, a transformer or a list of columns; {basis!r} came.")
    if any(isinstance(column, bool | np.bool_) for column in basis):
        raise InputError("basis must list columns by name or position, not by a mask; np.flatnonzero makes positions.")
    known, chosen = list(range(rows.X.shape[1]) if names is None else names), list(basis)
    unknown = [column for column in chosen if column not in known]
    if unknown:
        raise InputError(f"basis must name covariates of fit, {', '.join(map(str, known))}; {unknown[0]!r} is not.")
    positions = [known.index(column) for column in chosen]
    return lambda X: X[:, positions]


def _transformer(basis: Any, X: FloatArray, names: Sequence[Hashable] | None) -> Functions:
    import pandas as pd

    def seen(X: FloatArray) -> Any:
        return X if names is None else pd.DataFrame(X, columns=list(names))

    fitted = clone(basis).fit(seen(X))

    def functions(X: FloatArray) -> FloatArray:
        found = fitted.transform(seen(X))
        found = np.asarray(found.toarray() if hasattr(found, "toarray") else found, dtype=np.float64)
        if found.ndim != 2 or len(found) != len(X) or not np.isfinite(found).all():
            raise InputError(
                f"basis.transform must return finite numbers, a row for each of {len(X)} rows; it returned shape "
                f"{found.shape} with {int((~np.isfinite(found)).sum())} entries that are not finite."
            )
        return found

    return functions


@dataclass(frozen=True, eq=False)
class Projection:
    """Weighted least squares over a sample on functions of X and a constant.

    Functions may depend on each other: what is estimated at an X is one number if they do so there as in the sample.

    Attributes
    ----------
    rows : Rows
    functions : callable
    length : (functions + 1,) float64
        Root mean squares of the functions over the sample.
    span : (functions + 1, rank) float64
        Orthonormal base of what the sample's rows span, in functions of length 1.
    size : (rank,) float64
        Root of the weighted sum of squares along each.
    reach : float
        Greatest leverage of a row of the sample.
    """

    rows: Rows
    functions: Functions
    length: FloatArray
    span: FloatArray
    size: FloatArray
    reach: float

    @classmethod
    def fit(cls, functions: Functions, rows: Rows) -> Projection:
        """Find what the functions span over the sample.

        Raises
        ------
        InputError
            If there are not more rows than functions.

        Warns
        -----
        SmallCountWarning
            If there are fewer than 10 rows or clusters for each function.
        """
        design, weights = _with_constant(functions, rows.X), _weights(rows)
        length = np.sqrt(weights @ design**2 / weights.sum())
        length = np.where(length > 0, length, 1.0)
        _, size, turned = np.linalg.svd(np.sqrt(weights)[:, None] * (design / length), full_matrices=False)
        rank = int((size > size[0] * max(design.shape) * np.finfo(np.float64).eps).sum())
        _check_counts(len(rows), _n_units(rows), rank)
        span, kept = turned[:rank].T, size[:rank]
        leverage = np.square(design / length @ span / kept).sum(axis=1)
        return cls(rows, functions, length, span, kept, float(leverage[weights > 0].max()))

    @property
    def rank(self) -> int:
        """Functions that are no combinations of others, with the constant."""
        return self.size.size

    def coordinates(self, X: FloatArray) -> FloatArray:
        """Return (rows, rank) functions that are orthonormal over the weighted sample.

        Raises
        ------
        InputError
            If a row's functions lie outside the span of the sample's.
        """
        design = _with_constant(self.functions, X) / self.length
        along = design @ self.span
        outside = np.linalg.norm(design - along @ self.span.T, axis=1) > ROUNDING * np.linalg.norm(design, axis=1)
        if outside.any():
            raise InputError(
                f"X must lie in the sample's span: at {int(outside.sum())} of {len(X)} rows, the first at position "
                f"{int(np.argmax(outside))}, functions of the basis have values of which the sample's rows say nothing "
                "(of a column that did not vary there, say). Leave these rows out, or give a basis with less in it."
            )
        found = along / self.size
        beyond = int((np.square(found).sum(axis=1) > BEYOND * self.reach).sum())
        if beyond:
            warnings.warn(
                f"{beyond} of {len(X)} rows lie far further out than any row of the sample: their bounds are "
                "extrapolated by the functions of the basis, and their limits do not know whether these go on so.",
                KullbackWarning,
                stacklevel=5,
            )
        return found

    def at(
        self, X: FloatArray, scores: Sequence[FloatArray], *, names: Sequence[str], target: str, null: float | None
    ) -> list[Estimate]:
        """Return the projections of each of several scores at X, paired with each other.

        Their units are no rows but as many as there are coefficients, turned so that the covariance is that of the
        coefficients: of White (1980), or of clusters. One a row would be (rows of the sample, rows of X).
        """
        inner, outer = self.coordinates(self.rows.X), self.coordinates(X)
        weighted = inner * _weights(self.rows)[:, None]
        values = [weighted.T @ score for score in scores]
        influence = [weighted * (score - inner @ value)[:, None] for score, value in zip(scores, values, strict=True)]
        coefficients = Estimate(np.concatenate(values), np.column_stack(influence))
        if self.rows.clusters is not None:
            coefficients = coefficients.cluster(self.rows.clusters)
        units = np.split(np.linalg.qr(coefficients.influence, mode="r"), len(scores), axis=1)
        own = uuid.uuid4().hex
        return [
            Estimate(outer @ value, unit @ outer.T, names=names, sample_id=own, target=target, null=null)
            for value, unit in zip(values, units, strict=True)
        ]


def conditional_bounds(
    functions: Functions,
    X: FloatArray,
    averages: Averages,
    contrast: Contrast,
    found: dict[int, ArmBounds],
    names: Sequence[str],
) -> IntervalEstimate:
    """Return the bounds of a contrast at X, named, projected on functions of the covariates."""
    projection = Projection.fit(functions, averages.rows)
    lower, upper = projection.at(
        X,
        contrast.scores(found, averages.rows.X),
        names=names,
        target=f"{contrast.target} given X, projected on {projection.rank} functions, under {averages.assumed}",
        null=0.0 if contrast.is_effect else None,
    )
    return averages.signed(lower, upper)


def _n_units(rows: Rows) -> int:
    """Return the number of independent rows, or of clusters."""
    return len(rows) if rows.clusters is None else int(np.unique(rows.clusters).size)


def _check_counts(n_rows: int, n_independent: int, rank: int) -> None:
    if n_rows <= rank:
        raise InputError(
            f"basis must have fewer functions than the sample rows; it has {rank}, with the constant, for {n_rows}."
        )
    if n_independent < FEW_ROWS * rank:
        warnings.warn(
            f"{n_independent} rows or clusters for {rank} functions of X: with fewer than {FEW_ROWS} for each of them "
            "standard errors are too small. Give a basis with fewer.",
            SmallCountWarning,
            stacklevel=5,
        )


def _with_constant(functions: Functions, X: FloatArray) -> FloatArray:
    return np.column_stack([np.ones(len(X)), functions(X)])


def _weights(rows: Rows) -> FloatArray:
    return np.ones(len(rows)) if rows.weights is None else rows.weights
