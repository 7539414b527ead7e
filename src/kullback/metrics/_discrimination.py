"""How well a score tells events from non-events: area under the curve, Gini, Kolmogorov-Smirnov."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from kullback._checks import check_lengths
from kullback._typing import ArrayLike, FloatArray
from kullback.exceptions import InputError, SmallCountWarning
from kullback.inference import Estimate, LinkedEstimate
from kullback.metrics._rows import LabelledRows, read_rows, read_scores

__all__ = ["KSResult", "gini", "ks_statistic", "roc_auc"]


def roc_auc(
    y: Any,
    score: Any,
    *,
    sample_weight: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    pos_label: Any = None,
    names: Sequence[str] | None = None,
    sample_id: Hashable = None,
) -> LinkedEstimate:
    """Estimate the area under the ROC curve: the probability that an event outscores a non-event.

    Parameters
    ----------
    y : (rows,) array-like
        Two labels; the event is `pos_label`, or the greater.
    score : (rows,) or (rows, k) array-like
        Higher means riskier; negate points of a scorecard. Columns are scores of the same rows and are paired:
        ``auc[0] - auc[1]`` is DeLong's test. A tie counts one half.
    sample_weight : (rows,) array-like, optional
        A weight counts as repetition for the value; the standard error treats it as a sampling weight.
    clusters : (rows,) array-like, optional
        Rows of one cluster may depend on each other.
    pos_label : label, optional
    names : sequence of k str, optional
        By default the columns of a dataframe, or "roc_auc".
    sample_id : hashable, optional
        Name of the rows, for combination with other estimates.

    Returns
    -------
    LinkedEstimate
        With DeLong's structural components as influence values, and limits and tests on the scale of the log-odds.
        It costs O(n log n).

    Raises
    ------
    InputError
        If `y` has not two labels, lengths differ, a score is not finite, or a weight is negative.

    Warns
    -----
    SmallCountWarning
        If a class has a single row: its part of the standard error is unknown and left out.

    Notes
    -----
    With shares a_i of events and b_j of non-events, AUC = sum_ij a_i b_j psi_ij, psi = 1, 1/2 or 0. An event's
    influence is a_i (V_i - AUC) with V_i = sum_j b_j psi_ij, a non-event's likewise; a class of m rows
    is scaled by sqrt(m / (m - 1)), so that without weights the variance is DeLong's to the digit. Where the score
    separates the classes the standard error is zero, which says nothing about the next sample. The limits then are 1
    and the area a at which as many disjoint pairs as the smaller class has rows are all in order with the chance
    of one tail, a^m: an upper bound of the chance of what was seen, whatever the law of the score. With weights m is an
    effective number, (sum w)^2 / sum w^2.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845; Obuchowski (1997) for clusters; Pepe (2003), The
    Statistical Evaluation of Medical Tests, 5.2, for the scale of the log-odds.

    Examples
    --------
    >>> y = [0, 0, 0, 1, 0, 1, 1, 0, 1, 1]
    >>> score = [0.1, 0.2, 0.3, 0.35, 0.4, 0.5, 0.6, 0.65, 0.8, 0.9]
    >>> auc = roc_auc(y, score)
    >>> auc.value, auc.standard_error.round(4)
    (array([0.84]), array([0.1386]))
    >>> auc.conf_int().round(3)
    array([[0.41 , 0.975]])
    """
    rows = read_rows(y, sample_weight, pos_label)
    scores = read_scores(score, rows.event.size)
    _warn_single(rows)
    columns = [_delong(rows, column) for column in scores.T]
    estimate = LinkedEstimate(
        [value for value, _ in columns],
        np.column_stack([influence for _, influence in columns]),
        link="logit",
        trials=min(1.0 / float(np.sum(rows.share(of_event) ** 2)) for of_event in (True, False)),
        names=_names(names, score, scores.shape[1], "roc_auc"),
        sample_id=sample_id,
        target="probability that an event outscores a non-event in the population",
        null=0.5,
    )
    return estimate if clusters is None else estimate.cluster(_one_a_row(clusters, rows))


def gini(
    y: Any,
    score: Any,
    *,
    sample_weight: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    pos_label: Any = None,
    names: Sequence[str] | None = None,
    sample_id: Hashable = None,
) -> LinkedEstimate:
    """Estimate the Gini coefficient (accuracy ratio, Somers' D of the score given the outcome): 2 AUC - 1.

    Parameters
    ----------
    y : (rows,) array-like
    score : (rows,) or (rows, k) array-like
        Higher means riskier.
    sample_weight, clusters : (rows,) array-like, optional
    pos_label : label, optional
    names : sequence of k str, optional
    sample_id : hashable, optional

    Returns
    -------
    LinkedEstimate
        See :func:`roc_auc`, whose arguments and errors these are; its limits are those of the area, doubled less one.

    Raises
    ------
    InputError
        As :func:`roc_auc`.

    Examples
    --------
    >>> gini([0, 0, 1, 0, 1], [1, 2, 2, 3, 4]).value.round(4)
    array([0.5])
    """
    area = roc_auc(y, score, sample_weight=sample_weight, clusters=clusters, pos_label=pos_label, sample_id=sample_id)
    return LinkedEstimate(
        2 * area.value - 1,
        2 * area.influence,
        link="atanh",
        trials=area.trials,
        names=_names(names, score, len(area), "gini"),
        sample_id=area.sample_id,
        target="twice the area under the curve in the population, less one",
        null=0.0,
    )


@dataclass(frozen=True)
class KSResult:
    """Greatest distance of the two distribution functions of a score.

    Attributes
    ----------
    difference : Estimate
        The distance at `threshold`, as if the threshold had been given. Approximate: the threshold was chosen
        to make it large, so it is biased upwards and the lower limit is somewhat too high in small
        samples; near zero only `pvalue` is valid.
    threshold : float
        Score at which the distance is greatest: rows at or below it against rows above it.
    pvalue : float or None
        Of the hypothesis that both classes have one distribution: exact up to 10,000 rows a class where scipy can
        compute it, asymptotic beyond; for continuous scores (with ties it is conservative). None with weights or
        clusters, for which the law does not hold.
    """

    difference: Estimate
    threshold: float
    pvalue: float | None

    @property
    def statistic(self) -> float:
        """The distance, in [0, 1]."""
        return float(self.difference)


def ks_statistic(
    y: Any,
    score: Any,
    *,
    sample_weight: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    pos_label: Any = None,
    sample_id: Hashable = None,
) -> KSResult:
    """Estimate the Kolmogorov-Smirnov distance of the scores of events and of non-events.

    Parameters
    ----------
    y : (rows,) array-like
        Two labels; the event is `pos_label`, or the greater.
    score : (rows,) array-like
    sample_weight : (rows,) array-like, optional
        A weight counts as repetition for the value; the standard error treats it as a sampling weight.
    clusters : (rows,) array-like, optional
        Rows of one cluster may depend on each other.
    pos_label : label, optional
    sample_id : hashable, optional

    Returns
    -------
    KSResult
        The least threshold, where several do equally well.

    Raises
    ------
    InputError
        If `y` has not two labels, lengths differ, a score is not finite, or a weight is negative.

    References
    ----------
    Raghavachari (1973), Annals of Statistics 1, 67-73, for the normal law of the maximum away from zero.

    Examples
    --------
    >>> ks = ks_statistic([0, 0, 0, 1, 0, 1, 1, 1], [1, 2, 3, 4, 5, 6, 7, 8])
    >>> ks.statistic, ks.threshold, round(ks.pvalue, 4)
    (0.75, 3.0, 0.2286)
    """
    rows = read_rows(y, sample_weight, pos_label)
    scores = read_scores(score, rows.event.size)
    if scores.shape[1] != 1:
        raise InputError(f"score must be one a row; it has {scores.shape[1]} columns. Pass them one by one.")
    values = scores[:, 0]
    thresholds, events, non_events = distribution_functions(rows, values)
    gap = non_events - events
    # the least of equal maximisers, whatever the last digits of the sums say
    best = int(np.argmax(np.abs(gap) >= np.abs(gap).max() - 1e-12))
    sign = 1.0 if gap[best] >= 0 else -1.0
    below = (values <= thresholds[best]).astype(np.float64)
    influence = rows.share(False) * (below - non_events[best]) - rows.share(True) * (below - events[best])
    estimate = Estimate(
        [abs(gap[best])],
        sign * influence[:, None],
        names=["ks_statistic"],
        sample_id=sample_id,
        target="distance of the distribution functions at a threshold taken as given, though chosen on these rows",
    )
    plain = not rows.weighted and clusters is None
    pvalue = _ks_pvalue(values[rows.event], values[~rows.event]) if plain else None
    if clusters is not None:
        estimate = estimate.cluster(_one_a_row(clusters, rows))
    return KSResult(estimate, float(thresholds[best]), pvalue)


def distribution_functions(rows: LabelledRows, score: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the distinct scores and the distribution functions of events and of non-events at each."""
    thresholds, place = np.unique(score, return_inverse=True)
    events, non_events = (
        np.cumsum(np.bincount(place.reshape(-1), rows.share(of_event)), dtype=np.float64) for of_event in (True, False)
    )
    return thresholds, events, non_events


def _ks_pvalue(events: FloatArray, non_events: FloatArray) -> float:
    """Return the exact p-value, or the asymptotic one where scipy finds the exact one out of reach."""
    with warnings.catch_warnings():
        # scipy tells of the change of method by a RuntimeWarning, which asks nothing of the user
        warnings.filterwarnings("ignore", "ks_2samp: Exact calculation", RuntimeWarning)
        return float(stats.ks_2samp(events, non_events).pvalue)


def _delong(rows: LabelledRows, score: FloatArray) -> tuple[float, FloatArray]:
    """Return the area and each row's influence on it."""
    event, weighs = rows.event, rows.weight > 0
    for area, above, below in ((1.0, event, ~event), (0.0, ~event, event)):
        if score[above & weighs].min() > score[below & weighs].max():
            return area, np.zeros(event.size)  # sums of shares would leave rounding
    share = np.where(event, rows.share(True), rows.share(False))
    component = np.empty(event.size)
    component[event] = _share_below(score[~event], share[~event], score[event])
    component[~event] = 1 - _share_below(score[event], share[event], score[~event])
    area = float(share[event] @ component[event])
    influence = share * (component - area)
    for member in (event, ~event):
        influence[member] *= _small_sample_factor(rows.weight[member])
    return area, influence


def _share_below(sample: FloatArray, share: FloatArray, at: FloatArray) -> FloatArray:
    """Return the share of `sample` below each of `at`, ties counted half."""
    order = np.argsort(sample, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(share[order])])
    ordered = sample[order]
    below, up_to = (total[np.searchsorted(ordered, at, side=side)] for side in ("left", "right"))
    return (below + up_to) / 2


def _small_sample_factor(weight: FloatArray) -> float:
    m = np.count_nonzero(weight)
    return float(np.sqrt(m / (m - 1))) if m > 1 else 1.0


def _warn_single(rows: LabelledRows) -> None:
    for label, member in zip(rows.labels.tolist(), (~rows.event, rows.event), strict=True):
        if np.count_nonzero(rows.weight[member]) == 1:
            warnings.warn(
                f"Only one row is {label!r}: its part of the standard error is unknown and left out.",
                SmallCountWarning,
                stacklevel=3,
            )


def _names(names: Sequence[str] | None, score: Any, k: int, default: str) -> Sequence[str]:
    if names is not None:
        return names
    columns = getattr(score, "columns", None)
    if columns is not None:
        return [str(column) for column in columns]
    return [default] if k == 1 else [f"{default}{i}" for i in range(k)]


def _one_a_row(clusters: ArrayLike, rows: LabelledRows) -> Any:
    labels = np.asarray(clusters)
    check_lengths(y=rows.event, clusters=labels)
    return labels
