"""What a feature says beyond another: conditional weight of evidence and conditional information value."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kullback._checks import check_lengths, check_weights, encode_events
from kullback._typing import ArrayLike, FloatArray, IntArray
from kullback.exceptions import InputError
from kullback.inference import Estimate, InformationEstimate, TwoSamples
from kullback.information import ContingencyTable, get_divergence
from kullback.metrics._counts import code_columns
from kullback.metrics._independence import no_divergence
from kullback.metrics._information import add_smoothing, warn_few

__all__ = ["conditional_information", "conditional_weight_of_evidence"]

ROUNDING = 1e-13
"""Of a sum of logarithms; with a thousand million rows chance alone leaves 1e-9."""

_BEYOND = "divergence beyond the given feature, of these bins in the population; bins not chosen on these rows"


def conditional_information(
    codes: ArrayLike,
    given: ArrayLike,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    pos_label: Any = None,
    names: Sequence[str] | None = None,
    sample_id: Hashable = None,
) -> InformationEstimate:
    """Estimate the information value of binned features beyond that of others: IV(X2 | X1).

    Parameters
    ----------
    codes : (rows,) or (rows, k) array-like
        Bin of each row, a column a feature.
    given : (rows,) or (rows, m) array-like
        Bins of the features that are known already; of several, their combinations.
    y : (rows,) array-like
        Two labels; the event is `pos_label`, or the greater.
    sample_weight : (rows,) array-like, optional
    clusters : (rows,) array-like, optional
        Rows of one cluster may depend on each other.
    pos_label : label, optional
    names : sequence of k str, optional
    sample_id : hashable, optional
        Name of the rows, for combination with other estimates on the same rows.

    Returns
    -------
    InformationEstimate
        In nats. Its `pvalue` tests conditional independence: Pearson's statistics summed over the bins of `given`.

    Raises
    ------
    InputError
        If lengths differ, `y` has not two labels or codes are missing.

    Warns
    -----
    SmallCountWarning
        If there are fewer than 15 effective rows.

    Notes
    -----
    With p and q the laws of the bins (j of X1, k of X2) among non-events and events, the Jeffreys divergence obeys

    IV(X1, X2) = IV(X1) + sum_j p_j KL(p_{.|j} || q_{.|j}) + sum_j q_j KL(q_{.|j} || p_{.|j}),

    exactly; the last two terms are IV(X2 | X1). It is sum_jk (p_jk - q_jk) W(k | j), with the conditional weights of
    evidence of :func:`conditional_weight_of_evidence`, never negative, and zero where X2 is independent of the target
    given X1. Where it is zero the estimate is a sum of chi-squares with a scale a stratum; the limits take their first
    two moments (Satterthwaite). If a cell that any row is in is empty for one class, a half is added to all cells of
    the pair's table.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.metrics import conditional_information, information_value
    >>> rng = np.random.default_rng(0)
    >>> first = rng.integers(0, 3, 4000)
    >>> copy = np.where(rng.random(4000) < 0.8, first, rng.integers(0, 3, 4000))
    >>> y = rng.random(4000) < 0.1 + 0.1 * first
    >>> information_value(copy, y).value.round(3), conditional_information(copy, first, y).value.round(3)
    (array([0.152]), array([0.009]))
    >>> conditional_information(copy, first, y).pvalue.round(2)
    array([0.46])
    """
    events, _ = encode_events(y, pos_label)
    columns, strata = code_columns(codes), _joint(code_columns(given))
    n_rows = check_lengths(codes=columns[0], given=strata, y=events, clusters=clusters)
    weights = check_weights(sample_weight, n_rows)
    labels = [f"x{i}" for i in range(len(columns))] if names is None else list(names)
    check_lengths(names=labels, features=columns)
    strata_ = [_Strata.of(column, strata, events, weights) for column in columns]
    warn_few([s.table for s in strata_], stacklevel=3)
    cells = [s.influence for s in strata_]
    rows = np.column_stack([cell[s.code + events * (cell.size // 2)] for cell, s in zip(cells, strata_, strict=True)])
    if weights is not None:
        rows *= weights[:, None]
    value = np.array([s.value for s in strata_])
    estimate = add_smoothing(Estimate(value, rows, sample_id=sample_id), [s.joint for s in strata_], cells)
    if clusters is not None:
        estimate = estimate.cluster(clusters)
    scale, df = np.array([s.law for s in strata_]).T
    return InformationEstimate(
        value,
        estimate.influence,
        df=df,
        null_scale=scale,
        bias=[s.bias for s in strata_],
        null_pvalue=[no_divergence(*s.tables) for s in strata_] if clusters is None else None,
        smoothed=[s.joint.was_smoothed for s in strata_],
        names=labels,
        sample_id=estimate.sample_id,
        target=_BEYOND,
        multiplicity=estimate.multiplicity,
    )


def conditional_weight_of_evidence(
    codes: ArrayLike,
    given: ArrayLike,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    pos_label: Any = None,
) -> Estimate:
    """Estimate the weight of evidence of each bin of a feature given each bin of another.

    Parameters
    ----------
    codes, given : (rows,) array-like
        Bin of each row of the feature, and of the one that is known already.
    y : (rows,) array-like
        Two labels; the event is `pos_label`, or the greater.
    sample_weight : (rows,) array-like, optional
    pos_label : label, optional

    Returns
    -------
    Estimate
        W(k | j) = ln(share of k among the non-events in j / share of k among the events in j), in nats, named
        "k | j", in the order of `given`, then of `codes`, for each pair of bins that holds a row.

    Notes
    -----
    Good's chain rule: W(j, k) = W(j) + W(k | j). The evidence of a pair is that of the first plus what the second adds;
    for features that are independent given each class the weights simply add up, as in naive Bayes. To first order
    Var W(k | j) = 1/g_jk - 1/g_j + 1/b_jk - 1/b_j. If a cell is empty for one class, a half is added to each of the
    table, so that the rule stays exact.

    References
    ----------
    Good (1950), Probability and the Weighing of Evidence; Good (1985), Bayesian Statistics 2, 249-270.

    Examples
    --------
    >>> from kullback.metrics import conditional_weight_of_evidence
    >>> known, added = [0] * 60 + [1] * 60, ([0] * 30 + [1] * 30) * 2
    >>> y = [1] * 5 + [0] * 25 + [1] * 15 + [0] * 15 + [1] * 10 + [0] * 20 + [1] * 20 + [0] * 10
    >>> print(conditional_weight_of_evidence(added, known, y).to_frame().round(3))
           estimate  standard_error  lower  upper  pvalue
    name
    0 | 0     0.916           0.406  0.120  1.712   0.024
    1 | 0    -0.693           0.242 -1.167 -0.220   0.004
    0 | 1     0.693           0.289  0.127  1.259   0.016
    1 | 1    -0.693           0.289 -1.259 -0.127   0.016
    """
    events, _ = encode_events(y, pos_label)
    columns, conditions = code_columns(codes), code_columns(given)
    if len(columns) + len(conditions) > 2:
        raise InputError("codes and given must be one feature each, a vector with one bin a row.")
    n_rows = check_lengths(codes=columns[0], given=conditions[0], y=events)
    strata = _Strata.of(columns[0], conditions[0], events, check_weights(sample_weight, n_rows))
    joint, margin = (np.log(p / q) for p, q in (strata.joint.shares, strata.margin.shares))
    of_joint = strata.joint.log_ratio_influence(centred=True)
    of_margin = strata.margin.log_ratio_influence(centred=True)
    both = np.concatenate([strata.stratum, strata.stratum + len(margin)])
    influence = of_joint - of_margin[np.ix_(both, strata.stratum)]
    first_rows = np.unique(strata.code, return_index=True)[1].tolist()
    pairs = [f"{_entry(codes, i)} | {_entry(given, i)}" for i in first_rows]
    order = sorted(range(len(pairs)), key=lambda j: (_key(given, first_rows[j]), _key(codes, first_rows[j])))
    return Estimate(
        (joint - margin[strata.stratum])[order],
        influence[:, order],
        names=[pairs[j] for j in order],
        target="weight of evidence of each bin given the other feature's, in the population",
        multiplicity=strata.joint.multiplicity,
    )


def _entry(values: ArrayLike, row: int) -> Any:
    return np.asarray(values, dtype=object).ravel()[row]


def _key(values: ArrayLike, row: int) -> tuple[str, Any]:
    """Return what a label is sorted by: numbers as numbers, the others as text."""
    entry = _entry(values, row)
    return ("", entry) if isinstance(entry, int | float | np.number) else ("text", str(entry))


def _joint(columns: list[IntArray]) -> IntArray:
    """Return one code for each combination of codes that occurs."""
    return np.unique(np.column_stack(columns), axis=0, return_inverse=True)[1].ravel().astype(np.int64)


@dataclass(frozen=True, eq=False)
class _Strata:
    """The table of a feature's bins within the bins of another.

    Attributes
    ----------
    table : ContingencyTable
        Of the pairs of bins that hold a row of positive weight.
    code : (rows,) int64
        Pair of each row.
    stratum : (pairs,) int64
        Bin of the given feature of each pair.
    """

    table: ContingencyTable
    code: IntArray
    stratum: IntArray

    @classmethod
    def of(cls, column: IntArray, strata: IntArray, events: IntArray, weights: FloatArray | None) -> _Strata:
        """Count rows; those of weight zero are in no pair of their own, and have no influence."""
        pair = strata * (int(column.max()) + 1) + column
        used = np.unique(pair if weights is None else pair[weights > 0])
        code = np.minimum(np.searchsorted(used, pair), used.size - 1).astype(np.int64)
        table = ContingencyTable.from_codes(code, events, weights, n_bins=used.size)
        if (table.totals <= 0).any():
            raise InputError("Each class needs a row of positive weight; sample_weight leaves one without.")
        _, stratum = np.unique(used // (int(column.max()) + 1), return_inverse=True)
        return cls(table, code, stratum.astype(np.int64))

    @property
    def joint(self) -> TwoSamples:
        """Both classes over the pairs."""
        return TwoSamples.from_table(self.table)

    @property
    def margin(self) -> TwoSamples:
        """Both classes over the given feature's bins, halves that were added to pairs included."""
        joint, n = self.joint, int(self.stratum.max()) + 1
        counts, squares = np.zeros((n, 2)), np.zeros((n, 2))
        np.add.at(counts, self.stratum, joint.counts)
        np.add.at(squares, self.stratum, joint.multiplicity.reshape(2, -1).T)
        return TwoSamples(counts, squares.T.ravel(), joint.was_smoothed)

    @property
    def value(self) -> float:
        """IV(X2 | X1): the sum of (p_jk - q_jk) W(k | j)."""
        (p, q), (given_p, given_q) = self.joint.shares, self.margin.shares
        beyond = np.log(p / q) - np.log(given_p / given_q)[self.stratum]
        value = float((p - q) @ beyond)
        return value if value > ROUNDING else 0.0  # whose law is known, while rounding over rounding is any number

    @property
    def influence(self) -> FloatArray:
        """(2 pairs,) influence of one unit in each cell: that on IV(X1, X2) less that on IV(X1)."""
        jeffreys = get_divergence("jeffreys")
        margin = self.margin.divergence_influence(jeffreys).reshape(2, -1)
        return self.joint.divergence_influence(jeffreys) - margin[:, self.stratum].ravel()

    @property
    def bias(self) -> float:
        """Second-order bias: that of IV(X1, X2) less that of IV(X1)."""
        return self.joint.jeffreys_bias() - self.margin.jeffreys_bias()

    @property
    def law(self) -> tuple[float, float]:
        """Scale and degrees of freedom of the value where it is zero in the population.

        A stratum of K bins adds (p_j + q_j)/2 (1/G_j + 1/B_j) times a chi-square with K - 1 degrees of freedom; the
        scale and the degrees are those of one chi-square with the mean and the variance of the sum.
        """
        margin, df = self.margin, np.bincount(self.stratum) - 1.0
        squares = margin.multiplicity.reshape(2, -1).T
        each = (np.stack(margin.shares).mean(axis=0)) * (squares / np.square(margin.counts)).sum(axis=1)
        mean, half_variance = df @ each, df @ each**2
        if half_variance == 0:
            return margin.null_scale, 0.0
        return half_variance / mean, mean**2 / half_variance

    @property
    def tables(self) -> list[ContingencyTable]:
        """The table of each stratum that holds rows of both classes."""
        parts = [
            ContingencyTable(self.table.counts[here], self.table.squares[here])
            for here in (self.stratum == j for j in range(int(self.stratum.max()) + 1))
        ]
        return [part for part in parts if (part.totals > 0).all()]
