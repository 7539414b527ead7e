"""The support of an outcome: what bounds a mean, and why nothing else does."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kullback._checks import SQUARABLE
from kullback._typing import BoolArray, FloatArray
from kullback.bounds._laws import LocalLaws
from kullback.exceptions import InputError

__all__ = [
    "IMPOSSIBLE",
    "OUTCOME",
    "Functional",
    "of_covariates",
    "outcome_functional",
    "require_inside",
    "require_rowwise",
    "require_squarable",
]

IMPOSSIBLE = (
    "Without an assumption the data do not bound the mean of an outcome without bounds: in an arm nothing is seen of "
    "those outside it, and the smallest part of them with outcomes large enough moves their mean anywhere, inside "
    "every divergence ball with a finite radius. Any number shown would be made by the sample's size. There are four "
    "ways out: (1) state the outcome's support, outcome_bounds=(low, high); (2) ask for the CDF or quantiles of an "
    'arm, estimand="cdf"; (3) assume monotone treatment response and selection, assumptions=("mtr", "mts"); (4) limit '
    "the confounding, odds_ratio_bound= (or divergence_bound=)."
)


@dataclass(frozen=True, eq=False)
class Functional:
    """A function of the outcome, and its support at each row.

    Attributes
    ----------
    function : callable
        (rows,) outcomes to (rows,) values.
    ends : (low, high) or callable
        Ends of the support, infinite where there is none; a callable takes X and returns them as (rows, 2).
    note : str
        What the support is, where that must be said.
    falling : bool
        Whether it falls with the outcome, which turns monotone response and selection about.
    """

    function: Callable[[FloatArray], FloatArray]
    ends: tuple[float, float] | Callable[[FloatArray], Any]
    note: str = ""
    falling: bool = False

    @classmethod
    @functools.lru_cache(maxsize=1024)  # one object a threshold, by which what was learned for it is found again
    def at_most(cls, threshold: float) -> Functional:
        """Return whether the outcome is at most a threshold, whose mean is its CDF."""
        return cls(lambda y: (y <= threshold).astype(np.float64), (0.0, 1.0), falling=True)

    def support(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the (rows,) bottom and top of the support."""
        if not callable(self.ends):
            return np.full(len(X), self.ends[0]), np.full(len(X), self.ends[1])
        ends = np.asarray(self.ends(X), dtype=np.float64)
        if ends.shape != (len(X), 2) or not (ends[:, 0] < ends[:, 1]).all():
            raise InputError(
                f"outcome_bounds(X) must return shape ({len(X)}, 2), low < high in each row; it returned shape "
                f"{ends.shape}."
            )
        for end, name in zip(ends.T, ("low", "high"), strict=True):
            if np.isinf(end).any() and np.isfinite(end).any():
                raise InputError(f"outcome_bounds(X) must be finite in all rows or in none; {name} is both.")
        return np.ascontiguousarray(ends[:, 0]), np.ascontiguousarray(ends[:, 1])

    def of_laws(self, laws: LocalLaws) -> LocalLaws:
        """Return the laws of the function, from those of the outcome."""
        return laws if self.function is _identity else laws.mapped(self.function)

    def check(self, y: FloatArray, X: FloatArray) -> None:
        """Raise where outcomes lie outside the support, or a user's function looks beyond a row."""
        what, phi, ends = "Outcomes", self.function(y), self.support(X)
        if self.function is not _identity:
            what = "Values of outcome_function"
            require_rowwise(self.function, y, "outcome_function")
        if callable(self.ends):
            require_rowwise(lambda part: np.column_stack(self.support(part)), X, "outcome_bounds")
        require_squarable(phi, what)
        for end in ends:
            require_squarable(end[np.isfinite(end)], "outcome_bounds")
        require_inside(phi, *ends, np.ones(y.size, dtype=bool), what)


def require_inside(
    phi: FloatArray, bottom: FloatArray, top: FloatArray, used: BoolArray, what: str = "Outcomes"
) -> None:
    """Raise where outcomes that are used lie outside their support."""
    outside = used & ~((bottom <= phi) & (phi <= top))
    if outside.any():
        raise InputError(
            f"{what} must lie in their support; {int(outside.sum())} of {phi.size} rows lie outside it, the first "
            f"with {phi[outside][0]:g} in [{bottom[outside][0]:g}, {top[outside][0]:g}]. Widen outcome_bounds."
        )


def require_squarable(values: FloatArray, what: str) -> None:
    """Raise unless values and their differences have squares that are numbers."""
    size, spread = np.abs(values).max(initial=0.0), float(np.ptp(values)) if values.size else 0.0
    if size > SQUARABLE or 0 < spread < 1 / SQUARABLE:
        raise InputError(
            f"{what} must be of at most 1e100, and differ by at least 1e-100, so that variances are numbers; they are "
            f"of up to {size:g} and differ by {spread:g}. Rescale the outcome."
        )


def require_rowwise(function: Callable[[FloatArray], FloatArray], given: FloatArray, name: str) -> None:
    """Raise where what a user's function returns for a row changes with the rows beside it.

    It is called with blocks of rows. Halves by what it returns, or by the outcome, have other means and extremes.
    """
    values = function(given)
    keys = [np.zeros(len(given)), values.reshape(len(given), -1)[:, 0], *([given] if given.ndim == 1 else [])]
    slack = 1e-9 * np.abs(values[np.isfinite(values)]).max(initial=0.0)
    for key in keys:
        for rows in np.array_split(np.argsort(key, kind="stable"), 2):
            changed = ~np.isclose(function(given[rows]), values[rows], rtol=0, atol=slack)
            if changed.any():
                raise InputError(
                    f"{name} must return the same for a row whatever rows come with it, as it is called with some rows "
                    f"at a time; with half of them {int(changed.sum())} of {changed.size} values change. Compute what "
                    "it needs of all rows (a mean, a median, a rank) before, and put it in as a number."
                )


@dataclass(frozen=True)
class _Named:
    """A user's function of covariates that have names."""

    function: Callable[[Any], Any]
    names: tuple[str, ...]

    def __call__(self, X: FloatArray) -> Any:
        import pandas as pd

        return self.function(pd.DataFrame(X, columns=list(self.names)))


def of_covariates(function: Any, names: Any) -> Any:
    """Return a user's function as one of an array; where `fit` saw names it is called with a dataframe."""
    return _Named(function, tuple(names)) if callable(function) and names is not None else function


@dataclass(frozen=True)
class _Checked:
    """A user's function of the outcome."""

    function: Callable[[FloatArray], Any]

    def __call__(self, y: FloatArray) -> FloatArray:
        values = np.asarray(self.function(y), dtype=np.float64)
        if values.shape != y.shape or not np.isfinite(values).all():
            raise InputError(
                f"outcome_function must return one finite number an outcome, shape {y.shape}; it returned shape "
                f"{values.shape} with {int((~np.isfinite(values)).sum())} entries that are not finite."
            )
        return values


def outcome_functional(
    y: FloatArray, outcome_bounds: Any, outcome_function: Callable[[FloatArray], FloatArray] | None
) -> Functional:
    """Return the function of the outcome whose mean is asked for, with the support that was given.

    Parameters
    ----------
    y : (rows,) array
    outcome_bounds : (low, high), callable, "sample" or None
        None takes [0, 1] for values that are 0 and 1 only, and no support otherwise.
    outcome_function : callable or None
    """
    function = _identity if outcome_function is None else _Checked(outcome_function)
    values = function(y)
    if outcome_bounds is None:
        binary = bool(np.isin(values, (0.0, 1.0)).all())
        return Functional(function, (0.0, 1.0) if binary else (-np.inf, np.inf))
    if isinstance(outcome_bounds, str):
        if outcome_bounds != "sample":
            raise InputError(
                f'outcome_bounds must be (low, high), a callable of X, "sample" or None; {outcome_bounds!r}.'
            )
        low, high = float(values.min()), float(values.max())
        if low == high:
            what = "outcomes" if outcome_function is None else "values of outcome_function"
            raise InputError(
                f'outcome_bounds="sample" needs {what} that vary; all are {low:g}. State the support, (low, high).'
            )
        return Functional(function, (low, high), f"sample range [{low:g}, {high:g}], not a bound")
    if callable(outcome_bounds):
        return Functional(function, outcome_bounds)
    return Functional(function, _pair(outcome_bounds))


def _identity(y: FloatArray) -> FloatArray:
    return y


OUTCOME = Functional(_identity, (-np.inf, np.inf))
"""The outcome itself, of which no support is known."""


def _pair(outcome_bounds: Any) -> tuple[float, float]:
    try:
        low, high = (float(end) for end in outcome_bounds)
    except (TypeError, ValueError):
        raise _not_bounds(outcome_bounds) from None
    if not low < high:
        raise InputError(f"outcome_bounds must be (low, high) with low < high; {outcome_bounds!r} came.")
    return low, high


def _not_bounds(outcome_bounds: Any) -> InputError:
    return InputError(
        f'outcome_bounds must be (low, high), a callable of X, "sample" or None; {outcome_bounds!r} came.'
    )
