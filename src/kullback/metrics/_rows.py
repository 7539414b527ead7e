"""What the measures of scored rows share: their door, groups of probabilities, limits of a rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kullback._checks import check_confidence_level, check_lengths, check_weights, encode_events, unmasked
from kullback._typing import ArrayLike, BoolArray, FloatArray, IntArray, ObjectArray
from kullback.exceptions import InputError

__all__ = ["LabelledRows", "probability_groups", "read_probability", "read_rows", "read_scores", "wilson_limits"]


@dataclass(frozen=True)
class LabelledRows:
    """Rows with an event or none, and their weights.

    Attributes
    ----------
    event : (rows,) bool array
    weight : (rows,) array
        Ones where no weights were given.
    weighted : bool
        Whether weights were given.
    labels : (2,) array
        Label of the non-event and of the event.
    """

    event: BoolArray
    weight: FloatArray
    weighted: bool
    labels: ObjectArray

    def share(self, of_event: bool) -> FloatArray:
        """Return the (rows,) share of each row in the weight of its class, zero for rows of the other class."""
        weight = np.where(self.event == of_event, self.weight, 0.0)
        return weight / weight.sum()


def read_rows(y: Any, sample_weight: ArrayLike | None, pos_label: Any, *, name: str = "y") -> LabelledRows:
    """Return the rows: two labels, each with a positive weight."""
    codes, labels = encode_events(y, pos_label, name)
    weight = check_weights(sample_weight, codes.size)
    event = codes == 1
    filled = np.ones(codes.size) if weight is None else weight
    for label, member in zip(labels.tolist(), (~event, event), strict=True):
        if not filled[member].any():
            raise InputError(
                f"sample_weight must be positive in some row of each class; it is zero in all rows of {label!r}."
            )
    return LabelledRows(event, filled, weight is not None, labels)


def read_scores(score: Any, n_rows: int, *, name: str = "score") -> FloatArray:
    """Return finite scores as a (rows, k) array."""
    visible = unmasked(score, name)
    try:
        array = np.asarray(visible, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be numbers, one a row; {type(score).__name__} came.") from None
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[1] == 0:
        raise InputError(f"{name} must have shape (rows,) or (rows, k); it has {array.shape}.")
    check_lengths(y=range(n_rows), **{name: array})
    bad = ~np.isfinite(array).all(axis=1)
    if bad.any():
        raise InputError(
            f"{name} must be finite; it is not in {int(bad.sum())} of {n_rows} rows, the first being row "
            f"{int(bad.argmax())}. Leave these rows out or give them a score."
        )
    return array


def read_probability(probability: Any, n_rows: int) -> FloatArray:
    """Return probabilities of the event as a (rows,) array in [0, 1]."""
    array = read_scores(probability, n_rows, name="probability")
    if array.shape[1] != 1:
        raise InputError(
            f"probability must be a vector, the event's probability in each row; it has {array.shape[1]} columns. "
            "From predict_proba take [:, 1]."
        )
    p = np.ascontiguousarray(array[:, 0])
    outside = (p < 0) | (p > 1)
    if outside.any():
        raise InputError(
            f"probability must lie in [0, 1]; {int(outside.sum())} of {n_rows} rows do not, such as "
            f"{p[outside.argmax()]:.6g}. Scores are no probabilities: pass those of the event."
        )
    return p


def probability_groups(p: FloatArray, weight: FloatArray, bins: int | ArrayLike) -> IntArray:
    """Return the group of each row: 0, 1, ... without gaps, by quantiles of `p` or by given cuts.

    A cut is the first value with k/bins of the weight strictly below it, so that n rows without ties make
    groups of n/bins, and equal probabilities are never parted.
    """
    if np.ndim(bins) == 0:
        cuts = _quantile_cuts(p, weight, bins)
    else:
        cuts = np.asarray(bins, dtype=np.float64)
        if cuts.ndim != 1 or not np.isfinite(cuts).all() or (np.diff(cuts) <= 0).any():
            raise InputError("bins must be a whole number of groups, or finite cuts in ascending order.")
    groups = np.searchsorted(cuts, p, side="right")
    return np.unique(groups, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _quantile_cuts(p: FloatArray, weight: FloatArray, bins: Any) -> FloatArray:
    if isinstance(bins, bool) or not isinstance(bins, int | np.integer) or bins < 1:
        raise InputError(f"bins must be a whole number of at least 1, or cuts; {bins!r} came.")
    values, place = np.unique(p, return_inverse=True)
    total = np.bincount(place.reshape(-1), weights=weight)
    below = np.concatenate([[0.0], np.cumsum(total)[:-1]]) / total.sum()
    first = np.searchsorted(below, np.arange(1, bins) / bins - 1e-12)
    return values[np.unique(first[first < values.size])]


def wilson_limits(rate: FloatArray, count: FloatArray, confidence_level: float) -> tuple[FloatArray, FloatArray]:
    """Return Wilson's limits of rates, each from `count` rows (the effective number where rows have weights)."""
    from statsmodels.stats.proportion import proportion_confint

    level = check_confidence_level(confidence_level)
    lower, upper = proportion_confint(rate * count, count, alpha=1 - level, method="wilson")
    # at rates of 0 and 1 the limit equals the rate, which rounding misses by a hair on either side
    return np.clip(np.minimum(lower, rate), 0.0, 1.0), np.clip(np.maximum(upper, rate), 0.0, 1.0)
