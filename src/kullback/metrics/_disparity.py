"""Rates by group of people, and how unequal they are."""

from __future__ import annotations

import warnings
from collections.abc import Hashable
from typing import Any

import numpy as np

from kullback._checks import check_labels, check_lengths
from kullback._typing import ArrayLike, FloatArray, IntArray
from kullback.exceptions import InputError, SmallCountWarning
from kullback.inference import LinkedEstimate
from kullback.metrics._rows import LabelledRows, read_rows, wilson_limits

__all__ = ["adverse_impact_ratio", "group_rates"]


FEW_EFFECTIVE = 30
"""Effective rows of a group, of unequal weights, below which its limits are told to be too narrow."""

FEW_OF_AN_OUTCOME = 10
"""The same of its selected rows, and of those that are not."""


def adverse_impact_ratio(
    selected: Any,
    group: Any,
    *,
    reference: Any = None,
    sample_weight: ArrayLike | None = None,
    pos_label: Any = None,
    sample_id: Hashable = None,
) -> LinkedEstimate:
    """Estimate the ratio of each group's selection rate to that of a reference group.

    Parameters
    ----------
    selected : (rows,) array-like
        Two labels; the favourable outcome is `pos_label`, or the greater (True, 1): here "greater" is good news.
    group : (rows,) array-like
        Group of each row, two or more.
    reference : label, optional
        By default the largest group (by weight; the first in order among equals). The four-fifths rule compares
        with the group of the highest rate: name it here, and mind that a reference chosen for its rate on these
        rows makes the ratios too low and the intervals too narrow.
    sample_weight : (rows,) array-like, optional
        A weight counts as repetition for the value; the standard error treats it as a sampling weight.
    pos_label : label, optional
    sample_id : hashable, optional

    Returns
    -------
    LinkedEstimate
        A ratio for each group but the reference, in the groups' order and named after them, with limits and tests
        on the logarithmic scale. ``.test(0.8, "less")`` asks whether a ratio is shown to be below four fifths.

    Raises
    ------
    InputError
        If `selected` has not two labels, there is one group only, lengths differ, or the reference is unknown
        or has no selected row.

    Warns
    -----
    SmallCountWarning
        If a group has no selected row, or none but selected ones: the standard error misses its rate's part. If rows of
        unequal weights in a group count for few, in all or of one outcome: see the notes.

    Notes
    -----
    A ratio of zero (no selected row in a group of n, s in the reference's m) has no logarithm. Its lower limit
    is 0, its upper one the ratio r at which none selected has the chance of one tail: (1 + r n / m)^-s, the
    binomial law of the group's part in all selected, which takes selections for rare and is on the safe side where
    they are not. With weights, n and s are effective numbers, (sum w)^2 / sum w^2, and n / m is n (reference's
    rate) / s.

    With unequal weights, limits at 95% are too narrow where a group has few rows, or few of one outcome: with weights
    of .5, 1 and 4, 85% selected and 2,000 rows in the reference they cover .79 to .82 for 27 rows (effective number 15
    to 16), .87 to .92 for 60 (34 to 35) and .92 to .94 for 120 (67 to 70); with few selected .87 to .88 for 60 rows and
    10%, .87 to .88 for 400 and 2%. The warning is for less than 30 effective rows, or less than 10 of an outcome.

    References
    ----------
    Katz, Baptista, Azen and Pike (1978), Biometrics 34, 469-474, for the logarithmic scale;
    Uniform Guidelines on Employee Selection Procedures (1978), 29 CFR 1607.4 D.

    Examples
    --------
    >>> selected = [1] * 60 + [0] * 40 + [1] * 30 + [0] * 50
    >>> ratio = adverse_impact_ratio(selected, ["a"] * 100 + ["b"] * 80)
    >>> ratio.names, ratio.value, ratio.conf_int().round(3)
    (('b',), array([0.625]), array([[0.452, 0.865]]))
    """
    rows = read_rows(selected, sample_weight, pos_label, name="selected")
    levels, codes = _groups(group, rows)
    if len(levels) < 2:
        raise InputError(f"group must hold two groups or more to compare; all rows with weight are {levels[0]!r}.")
    total, rate = _rates(rows, codes)
    base = _reference(reference, levels, total)
    if rate[base] == 0:
        raise InputError(
            f"The reference group {levels[base]!r} has no selected row, so a ratio to its rate does not exist. "
            "Choose another reference."
        )
    _warn_constant(levels, rate)
    n_effective = _effective(rows.weight, codes, len(levels))
    _warn_few(levels, rows, codes)
    n_selected = _effective(rows.weight * rows.event, codes, len(levels))[base]
    others = [j for j in range(len(levels)) if j != base]
    ratio = rate[others] / rate[base]
    member = codes[:, None] == np.arange(len(levels))
    influence = member * (rows.weight[:, None] * (rows.event[:, None] - rate)) / total
    return LinkedEstimate(
        ratio,
        (influence[:, others] - influence[:, [base]] * ratio) / rate[base],
        link="log",
        trials=n_selected,
        shift=np.log(n_effective[others] * rate[base] / n_selected),
        names=[str(levels[j]) for j in others],
        sample_id=sample_id,
        target=f"ratio of selection rates to that of {levels[base]!r} in the population",
        null=1.0,
    )


def group_rates(
    y: Any,
    group: Any,
    *,
    sample_weight: ArrayLike | None = None,
    pos_label: Any = None,
    confidence_level: float = 0.95,
) -> Any:
    """Tabulate the rate of an outcome by group, with Wilson limits.

    Parameters
    ----------
    y : (rows,) array-like
        Two labels; the outcome counted is `pos_label`, or the greater.
    group : (rows,) array-like
    sample_weight : (rows,) array-like, optional
        With weights, limits use the effective number of rows of a group, (sum w)^2 / sum w^2.
    pos_label : label, optional
    confidence_level : float

    Returns
    -------
    pandas.DataFrame
        A row a group: `n` and `events` (sums of weights), `rate`, `lower` and `upper`.

    Raises
    ------
    InputError
        If `y` has not two labels, lengths differ, or a group is missing.

    Examples
    --------
    >>> group_rates([1, 0, 0, 1, 1, 0, 1, 1], list("aaaabbbb")).round(3)
             n  events  rate  lower  upper
    group
    a      4.0     2.0  0.50  0.150  0.850
    b      4.0     3.0  0.75  0.301  0.954
    """
    import pandas as pd

    rows = read_rows(y, sample_weight, pos_label)
    levels, codes = _groups(group, rows)
    total, rate = _rates(rows, codes)
    count = _effective(rows.weight, codes, len(levels))
    lower, upper = wilson_limits(rate, count, confidence_level)
    return pd.DataFrame(
        {"n": total, "events": rate * total, "rate": rate, "lower": lower, "upper": upper},
        index=pd.Index(levels, name="group"),
    )


def _groups(group: Any, rows: LabelledRows) -> tuple[list[Any], IntArray]:
    """Return the groups that have weight, and each row's position among them (-1 for rows without weight)."""
    labels = check_labels(group, "group")
    check_lengths(outcome=rows.event, group=labels)
    used = rows.weight > 0
    try:
        levels, place = np.unique(labels[used], return_inverse=True)
    except TypeError:
        raise InputError("group mixes labels of different types; make them one type.") from None
    codes = np.full(labels.size, -1, dtype=np.int64)
    codes[used] = place.reshape(-1)
    return levels.tolist(), codes


def _rates(rows: LabelledRows, codes: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the weight and the event rate of each group."""
    used = codes >= 0
    total = np.bincount(codes[used], rows.weight[used]).astype(np.float64)
    return total, np.bincount(codes[used], (rows.weight * rows.event)[used]) / total


def _effective(weight: FloatArray, codes: IntArray, n_levels: int) -> FloatArray:
    """Return the effective number of rows of each group, 0 where none has weight."""
    used = codes >= 0
    total, squares = (np.bincount(codes[used], weight[used] ** power, n_levels) for power in (1, 2))
    return np.divide(total**2, squares, out=np.zeros(n_levels), where=squares > 0)


def _reference(reference: Any, levels: list[Any], total: FloatArray) -> int:
    if reference is None:
        return int(np.argmax(total))
    if reference not in levels:
        raise InputError(
            f"reference={reference!r} is not a group with rows; there are: {', '.join(map(repr, levels))}."
        )
    return levels.index(reference)


def _warn_few(levels: list[Any], rows: LabelledRows, codes: IntArray) -> None:
    """Warn of unequal weights in few rows of a group, or in few of one outcome; equal ones have limits that hold."""
    parts = [(np.ones_like(rows.event), FEW_EFFECTIVE), (rows.event, FEW_OF_AN_OUTCOME)]
    parts += [(~rows.event, FEW_OF_AN_OUTCOME)]
    few = np.zeros(len(levels), dtype=bool)
    for member, least in parts:
        counted = np.where(member, codes, -1)
        n_rows = np.bincount(counted[counted >= 0], minlength=len(levels))
        few |= _effective(rows.weight, counted, len(levels)) < np.minimum(least, 0.99 * n_rows)
    if few.any():
        told = ", ".join(repr(level) for level, told in zip(levels, few, strict=True) if told)
        warnings.warn(
            f"Groups whose rows, of unequal weights, count for fewer than {FEW_EFFECTIVE}, or for fewer than "
            f"{FEW_OF_AN_OUTCOME} selected or not selected: {told}. Their limits are too narrow; merge groups or use "
            "more rows.",
            SmallCountWarning,
            stacklevel=3,
        )


def _warn_constant(levels: list[Any], rate: FloatArray) -> None:
    constant = [repr(level) for level, share in zip(levels, rate, strict=True) if share in (0.0, 1.0)]
    if constant:
        warnings.warn(
            f"Groups with all or no rows selected: {', '.join(constant)}. Their rates' part of the standard error "
            "comes out as zero; merge groups or use more rows.",
            SmallCountWarning,
            stacklevel=3,
        )
