"""What bins are to maximise: a gain of each bin, from sums over its rows that add up.

Sums are (k, ...) arrays; what their first axis holds depends on the target:

* classes: weights of the rows of each class (non-events and events of a binary target);
* numbers: weights of rows, and weighted sums of the target, about its mean, and of its square;
* counts: exposures, and sums of the target.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special, stats

from kullback._typing import FloatArray
from kullback.information import FDivergence, get_divergence

__all__ = ["CRITERIA", "SUMS", "Criterion", "Sums", "cell_gain", "get_criterion"]

Gain = Callable[[FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True)
class Sums:
    """What is known of a bin, by the kind of the target.

    Attributes
    ----------
    name : str
    size : callable
        Weight of the rows.
    level : callable
        What a trend is about: event rate, mean or rate of events.
    order : callable
        By what levels of a categorical are put in order.
    held : callable
        (m, ...) amounts of which a bin must hold, or be expected to hold, enough.
    alike : callable
        (k, pairs) sums of two bins and the rows that a unit of weight stands for, to the p-value of the test that
        they have one law, or one mean.
    amounts : bool
        Whether no entry is negative.
    """

    name: str
    size: Callable[[FloatArray], FloatArray]
    level: Callable[[FloatArray], FloatArray]
    order: Callable[[FloatArray], FloatArray]
    held: Callable[[FloatArray], FloatArray]
    alike: Callable[[FloatArray, FloatArray, float], FloatArray]
    amounts: bool = True


@dataclass(frozen=True)
class Criterion:
    """A quantity that is a sum over bins.

    Attributes
    ----------
    name : str
    sums : Sums
    gain : callable
        (k, ...) sums of bins, with rows in each, and (k, ...) totals, to the gain of each bin.
    adds_rows : bool
        Whether it grows with the number of rows.
    """

    name: str
    sums: Sums
    gain: Gain
    adds_rows: bool = False

    def __reduce__(self) -> Any:
        return get_criterion, (self.name, self.sums.name)  # functions made by functions cannot be pickled; names can


def get_criterion(name: str, sums: str = "binary") -> Criterion:
    """Return the criterion of this name, one of :data:`CRITERIA`, for a kind of target."""
    return CRITERIA[sums][name]


def cell_gain(cells: FloatArray, totals: FloatArray, criterion: Criterion) -> FloatArray:
    """Return the gain of each of (..., k) cells with rows in them."""
    return criterion.gain(*(np.moveaxis(x, -1, 0) for x in (cells, totals)))


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """Return the quotient, 0 where nothing is below."""
    return np.divide(above, below, out=np.zeros(np.broadcast_shapes(above.shape, below.shape)), where=below > 0)


def _all(cells: FloatArray) -> FloatArray:
    return cells


def _sum(cells: FloatArray) -> FloatArray:
    return cells.sum(axis=0)


def _first(cells: FloatArray) -> FloatArray:
    return cells[0]


def _event_rate(cells: FloatArray) -> FloatArray:
    return _ratio(cells[1], cells.sum(axis=0))


def _mean(cells: FloatArray) -> FloatArray:
    return _ratio(cells[1], cells[0])


def _no_order(cells: FloatArray) -> FloatArray:
    """Return one level for all: several classes have no trend."""
    return np.zeros(cells.shape[1:])


def _principal(cells: FloatArray) -> FloatArray:
    """Return the first principal component of the shares of classes (Coppersmith, Hong and Hosking 1999)."""
    size = cells.sum(axis=0)
    overall = cells.sum(axis=1, keepdims=True) / max(size.sum(), np.finfo(float).tiny)
    shares = _ratio(cells, np.broadcast_to(size, cells.shape)) - overall
    _, vectors = np.linalg.eigh((shares * np.where(size > 0, size, 0.0)) @ shares.T)
    axis = vectors[:, -1]
    return np.where(size > 0, np.sign(axis[np.argmax(np.abs(axis))]) * axis @ shares, 0.0)


def _none(cells: FloatArray) -> FloatArray:
    return cells[:0]


def _second(cells: FloatArray) -> FloatArray:
    return cells[1:2]


def _same_classes(left: FloatArray, right: FloatArray, rows_per_weight: float) -> FloatArray:
    """Pearson's test of two bins by their classes; 1 where all rows are of one class."""
    both = left + right
    size = both.sum(axis=0)
    share = left.sum(axis=0) / np.where(size > 0, size, 1.0)
    statistic = _ratio(np.square(left - both * share), both * share * (1 - share)).sum(axis=0)
    df = np.maximum((both > 0).sum(axis=0) - 1, 1)
    return np.asarray(stats.chi2.sf(statistic * rows_per_weight, df))


def _same_means(left: FloatArray, right: FloatArray, rows_per_weight: float) -> FloatArray:
    """Welch's test, by the normal law, of two bins' means."""
    error, step = np.zeros(left.shape[1:]), np.zeros(left.shape[1:])
    for cells, sign in ((left, 1), (right, -1)):
        mean = _mean(cells)
        step += sign * mean
        error += _ratio(np.maximum(_ratio(cells[2], cells[0]) - np.square(mean), 0.0), cells[0] * rows_per_weight)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(step == 0, 0.0, np.abs(step) / np.sqrt(error))
    return np.asarray(2 * stats.norm.sf(z))


def _same_rates(left: FloatArray, right: FloatArray, rows_per_weight: float) -> FloatArray:
    """Score test that two Poisson counts have one rate."""
    exposure, events = left[0] + right[0], left[1] + right[1]
    statistic = _ratio(np.square(left[1] * right[0] - right[1] * left[0]), events * left[0] * right[0])
    return np.asarray(np.where(exposure > 0, stats.chi2.sf(statistic * rows_per_weight, 1), 1.0))


SUMS = {
    sums.name: sums
    for sums in (
        Sums("binary", _sum, _event_rate, _event_rate, _all, _same_classes),
        Sums("multiclass", _sum, _no_order, _principal, _all, _same_classes),
        Sums("continuous", _first, _mean, _mean, _none, _same_means, amounts=False),
        Sums("count", _first, _mean, _mean, _second, _same_rates),
    )
}
"""What is summed, by the kind of target."""


def _divergence_gain(divergence: FDivergence) -> Gain:
    """Return the terms of a divergence between non-events and events; a half in both cells of a bin of one class."""

    def gain(cells: FloatArray, totals: FloatArray) -> FloatArray:
        pure = (cells[0] == 0) | (cells[1] == 0)
        shares = (cells + 0.5 * pure) / (totals + pure)
        return divergence.terms(shares[0], shares[1])

    return gain


_jeffreys_gain = _divergence_gain(get_divergence("jeffreys"))


def _each_class_gain(cells: FloatArray, totals: FloatArray) -> FloatArray:
    """Return the sum over classes of the terms of the Jeffreys divergence of a class from all others."""
    size, whole = cells.sum(axis=0), totals.sum(axis=0)
    gains = [
        _jeffreys_gain(np.stack([size - cell, cell]), np.stack([whole - total, total]))
        for cell, total in zip(cells, totals, strict=True)
    ]
    return np.sum(gains, axis=0)


def _chi2_gain(cells: FloatArray, totals: FloatArray) -> FloatArray:
    """Return what a bin adds to Pearson's statistic."""
    expected = cells.sum(axis=0) * totals / totals.sum(axis=0)
    return _ratio(np.square(cells - expected), expected).sum(axis=0)


def _gini_gain(cells: FloatArray, totals: FloatArray) -> FloatArray:
    """Return what a bin takes off the Gini impurity 1 - sum R^2, which is n / N (r - R)^2 over all bins and classes."""
    size, whole = cells.sum(axis=0), totals.sum(axis=0)
    return np.square(cells - size * totals / whole).sum(axis=0) / (size * whole)


def _likelihood_gain(cells: FloatArray, totals: FloatArray) -> FloatArray:
    """Return what a bin's own rates add to the log-likelihood of its rows."""
    expected = cells.sum(axis=0) * totals / totals.sum(axis=0)
    return (special.xlogy(cells, cells) - special.xlogy(cells, expected)).sum(axis=0)


def _mutual_gain(cells: FloatArray, totals: FloatArray) -> FloatArray:
    """Return what a bin adds to the mutual information, the log-likelihood a row."""
    return _likelihood_gain(cells, totals) / totals.sum(axis=0)


def _variance_gain(cells: FloatArray, totals: FloatArray) -> FloatArray:
    """Return what a bin adds to the share of the variance between bins, n (m - M)^2 / sum (y - M)^2."""
    mean = totals[1] / totals[0]
    within = totals[2] - totals[0] * np.square(mean)
    return _ratio(cells[0] * np.square(cells[1] / cells[0] - mean), within)


def _deviance_gain(cells: FloatArray, totals: FloatArray) -> FloatArray:
    """Return what a bin takes off half the Poisson deviance, sum y ln(rate / overall rate)."""
    return special.xlogy(cells[1], cells[1]) - special.xlogy(cells[1], cells[0] * totals[1] / totals[0])


def _of_target(sums: str, *criteria: tuple[str, Gain, bool]) -> dict[str, Criterion]:
    return {name: Criterion(name, SUMS[sums], gain, adds_rows) for name, gain, adds_rows in criteria}


_OF_CLASSES = (
    ("chi2", _chi2_gain, True),
    ("gini", _gini_gain, False),
    ("log_likelihood", _likelihood_gain, True),
    ("mutual_information", _mutual_gain, False),
)

CRITERIA: dict[str, dict[str, Criterion]] = {
    "binary": _of_target(
        "binary",
        ("iv", _jeffreys_gain, False),
        ("js", _divergence_gain(get_divergence("js")), False),
        ("hellinger", _divergence_gain(get_divergence("hellinger")), False),
        *_OF_CLASSES,
    ),
    "multiclass": _of_target("multiclass", ("iv", _each_class_gain, False), *_OF_CLASSES),
    "continuous": _of_target("continuous", ("variance", _variance_gain, False)),
    "count": _of_target("count", ("deviance", _deviance_gain, True)),
}
"""Criteria by kind of target and name, the default first. Of classes "log_likelihood" and "mutual_information", and of
two "chi2" and "gini", differ by a factor only: they choose the same bins, unless a penalty is set against them."""
