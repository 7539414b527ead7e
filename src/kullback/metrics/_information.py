"""Information value, population stability index and weight of evidence, with inference."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence
from typing import Any, Literal

import numpy as np

from kullback._checks import check_counts, check_labels, check_lengths, check_weights, encode_events
from kullback._typing import ArrayLike, FloatArray, IntArray
from kullback.exceptions import InputError, SmallCountWarning
from kullback.inference import (
    FEWEST,
    HALF,
    AddedRows,
    Estimate,
    InformationEstimate,
    Method,
    TwoSamples,
    WeightEstimate,
    misleading_half,
)
from kullback.information import ContingencyTable, get_divergence
from kullback.metrics._counts import are_rows, code_columns, counts_by_value, two_counts
from kullback.metrics._independence import no_divergence

__all__ = [
    "add_smoothing",
    "information_value",
    "population_stability_index",
    "table_information",
    "table_weights",
    "warn_few",
    "weight_of_evidence",
]

_FORMS = "Give either events and non_events (counts by bin), or codes and y (a row each)."
_FIXED_BINS = "divergence of these bins in the population; it assumes bins not chosen on these rows"


def information_value(
    first: ArrayLike | None = None,
    second: ArrayLike | None = None,
    /,
    *,
    events: ArrayLike | None = None,
    non_events: ArrayLike | None = None,
    codes: ArrayLike | None = None,
    y: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    pos_label: Any = None,
    method: Method = "noncentral",
    names: Sequence[str] | None = None,
    sample_id: Hashable = None,
) -> InformationEstimate:
    """Estimate the information value of binned features: the Jeffreys divergence of events and non-events.

    Parameters
    ----------
    first, second : array-like
        Without names: `events` and `non_events`; or `codes` and `y` where the second holds labels (booleans,
        words, or nothing but 0 and 1) or the first has a column a feature. Vectors of more than 20 entries that
        could be either, since one of them holds two numbers only (such as labels 1 and 2), must be named.
    events, non_events : (bins,) array-like
        Counts (or sums of weights) by bin.
    codes : (rows,) or (rows, k) array-like
        Bin of each row: whole numbers or labels, a column a feature.
    y : (rows,) array-like
        Two labels; the event is `pos_label`, or the greater.
    sample_weight : (rows,) array-like, optional
        A weight counts as repetition for the value; the standard error treats it as a sampling weight.
    clusters : (rows,) array-like, optional
        Rows of one cluster may depend on each other.
    pos_label : label, optional
        The event, where it is not the greater label of `y`.
    method : {"noncentral", "wald", "paper"}
        Law of the interval; see :class:`~kullback.inference.InformationEstimate`. The paper's leaves out half
        of the gradient and covers .61 on average where .95 is asked for (see the theory page).
    names : sequence of k str, optional
    sample_id : hashable, optional
        Name of the rows, for combination with other estimates on the same rows. Features passed together
        in a (rows, k) array are paired already: ``iv[0] - iv[1]``.

    Returns
    -------
    InformationEstimate
        In nats. If any cell of a feature's table is empty, a half is added to each of its cells (flag
        ``smoothed``).

    Raises
    ------
    InputError
        If counts are negative, lengths differ, `y` has not two labels, weights or clusters come with counts, or
        vectors without names could be counts as well as rows.

    Warns
    -----
    SmallCountWarning
        If there are fewer than 15 effective rows, GB / (G + B), in which intervals miss too often; or if a half is
        added to cells whose rows weigh less on average.

    Notes
    -----
    IV = sum_j (g_j/G - b_j/B) ln((g_j/G)/(b_j/B)) (Sudjianto and Burakov 2025, Eq. 6 to 10), with the full
    delta-method variance of both multinomials.

    Examples
    --------
    >>> iv = information_value(events=[10, 20, 70], non_events=[300, 300, 300])
    >>> iv.value.round(4), iv.bias_corrected.round(4), iv.standard_error.round(4)
    (array([0.6211]), array([0.5865]), array([0.1685]))
    >>> iv.conf_int().round(3)
    array([[0.325, 0.982]])
    >>> codes = [[0, 1], [0, 0], [1, 1], [1, 0], [1, 1], [0, 0]] * 10
    >>> information_value(codes, [0, 0, 1, 1, 0, 1] * 10, names=["a", "b"]).value.round(3)
    array([0.462, 0.462])
    """
    if first is not None:
        if second is None or any(x is not None for x in (events, non_events, codes, y)):
            raise InputError(f"Give two vectors without names, or name every one. {_FORMS}")
        if are_rows(first, second):
            codes, y = first, second
        else:
            events, non_events = first, second
    if codes is not None and y is not None and events is None and non_events is None:
        return _from_rows(codes, y, sample_weight, clusters, pos_label, method, names, sample_id)
    if events is None or non_events is None or codes is not None or y is not None:
        raise InputError(_FORMS)
    if sample_weight is not None or clusters is not None:
        raise InputError("sample_weight and clusters go with rows (codes and y); counts by bin hold no rows.")
    b, g = check_counts(events, "events"), check_counts(non_events, "non_events")
    check_lengths(events=b, non_events=g)
    counts = np.column_stack([g, b])
    table = ContingencyTable(counts, counts)
    warn_few([table])
    name = ["information_value"] if names is None else names
    return table_information(table, method=method, names=name, sample_id=sample_id)


def population_stability_index(
    expected: ArrayLike,
    actual: ArrayLike,
    *,
    bins: int | ArrayLike | None = None,
    reference: Literal["sample", "fixed"] = "sample",
    method: Method = "noncentral",
    names: Sequence[str] | None = None,
    sample_id: Hashable = None,
) -> InformationEstimate:
    """Estimate the population stability index: the Jeffreys divergence of two samples.

    Parameters
    ----------
    expected, actual : (bins,) array-like
        Counts of the reference and of the current sample by bin; or, with `bins`, their values.
    bins : int or (cuts,) array-like, optional
        Number of quantile bins of `expected`, or ascending cuts, by which values are counted; a value equal to
        a cut belongs to the bin on its right. NaN (or a masked value) is a bin of its own.
    reference : {"sample", "fixed"}
        "fixed" takes `expected` as a known population, without error of its own: if a bin of `actual` is empty, the
        half is added to `actual` only.
    method : {"noncentral", "wald", "paper"}
    names : sequence of 1 str, optional
    sample_id : hashable, optional

    Returns
    -------
    InformationEstimate
        Use ``.test(0.1)`` for H0: PSI <= 0.1 (has it moved by more than that?) and ``.test(0.1, "less")``
        for H0: PSI >= 0.1 (is it shown to be stable?): with many rows PSI = 0 is always rejected.

    Raises
    ------
    InputError
        If lengths differ, a count is negative, a sample is empty, or quantile bins are asked of a sample that
        does not vary.

    Warns
    -----
    SmallCountWarning
        If there are fewer than 15 effective rows: nm / (n + m) for samples of n and m rows, or those of `actual`
        against a fixed reference.

    References
    ----------
    Yurdakul and Naranjo (2020), J. Risk Model Validation 14(4), 89-100, for the law at zero.

    Examples
    --------
    >>> psi = population_stability_index([500, 300, 200], [450, 310, 240])
    >>> psi.value.round(4), psi.pvalue.round(3)
    (array([0.0129]), array([0.04]))
    >>> psi.test(0.1, "less").pvalue < 0.001           # shown to be below 0.1
    array([ True])
    """
    if reference not in ("sample", "fixed"):
        raise InputError(f'reference must be "sample" or "fixed"; {reference!r} came.')
    if bins is not None:
        expected, actual = counts_by_value(expected, actual, bins)
    p, q = two_counts(expected, actual)
    if reference == "fixed" and ((p == 0) & (q > 0)).any():
        raise InputError(
            'With reference="fixed", expected must have a share in each bin where actual has rows; it has none in bins '
            f"{np.flatnonzero((p == 0) & (q > 0)).tolist()}: the divergence is infinite. Join bins."
        )
    counts = np.column_stack([p, q])
    squares = np.column_stack([np.zeros_like(p), q]) if reference == "fixed" else counts
    table = ContingencyTable(counts, squares)
    warn_few([table])
    name = ["population_stability_index"] if names is None else names
    return table_information(table, method=method, names=name, sample_id=sample_id)


def weight_of_evidence(
    events: ArrayLike,
    non_events: ArrayLike,
    *,
    kind: Literal["woe", "log_odds"] = "woe",
    names: Sequence[str] | None = None,
    sample_id: Hashable = None,
) -> Estimate:
    """Estimate the weight of evidence of each bin, ln(share of non-events / share of events).

    Parameters
    ----------
    events, non_events : (bins,) array-like
        Counts by bin. With an empty cell a half is added to every cell (Haldane-Anscombe).
    kind : {"woe", "log_odds"}
        "woe": the population's odds are estimated from the same rows, so Var = 1/g + 1/b - 1/G - 1/B and bins
        depend on each other. "log_odds": the bin's own ln(g/b), with Var = 1/g + 1/b (the paper's Eq. 15),
        independent across bins.
    names : sequence of str, optional
    sample_id : hashable, optional

    Returns
    -------
    Estimate
        In nats: a higher weight is a lower risk.

    Raises
    ------
    InputError
        If lengths differ, a count is negative or a bin holds no row.

    Examples
    --------
    >>> woe = weight_of_evidence(events=[10, 20, 70], non_events=[300, 300, 300])
    >>> woe.value.round(3)
    array([ 1.204,  0.511, -0.742])
    >>> woe.standard_error.round(3)
    array([0.304, 0.205, 0.081])
    """
    if kind not in ("woe", "log_odds"):
        raise InputError(f'kind must be "woe" or "log_odds"; {kind!r} came.')
    b, g = check_counts(events, "events"), check_counts(non_events, "non_events")
    check_lengths(events=b, non_events=g)
    if ((g + b) == 0).any():
        raise InputError("Every bin must hold a row; leave out the empty ones.")
    counts = np.column_stack([g, b])
    return table_weights(ContingencyTable(counts, counts), kind=kind, names=names, sample_id=sample_id)


def table_weights(
    table: ContingencyTable,
    *,
    kind: Literal["woe", "log_odds"] = "woe",
    names: Sequence[str] | None = None,
    sample_id: Hashable = None,
) -> Estimate:
    """Return the weights of evidence of a table without empty bins."""
    samples = TwoSamples.from_table(table)
    p, q = samples.shares if kind == "woe" else samples.counts.T
    return (WeightEstimate if kind == "woe" else Estimate)(
        np.log(p / q),
        samples.log_ratio_influence(centred=kind == "woe"),
        names=[f"bin {j}" for j in range(p.size)] if names is None else names,
        sample_id=sample_id,
        target=f"{'weight of evidence' if kind == 'woe' else 'log-odds'} of each bin in the population",
        multiplicity=samples.multiplicity,
    )


def table_information(
    table: ContingencyTable,
    *,
    method: Method = "noncentral",
    names: Sequence[str] | None = None,
    sample_id: Hashable = None,
) -> InformationEstimate:
    """Return the Jeffreys divergence of the two columns of a table."""
    samples = TwoSamples.from_table(table)
    return InformationEstimate(
        [_jeffreys(samples)],
        _cell_influence(samples, method)[:, None],
        df=samples.counts.shape[0] - 1,
        null_scale=samples.null_scale,
        bias=samples.jeffreys_bias(),
        null_pvalue=no_divergence(table),
        smoothed=samples.was_smoothed,
        method=method,
        names=names,
        sample_id=sample_id,
        target=_FIXED_BINS,
        multiplicity=samples.multiplicity,
    )


def _jeffreys(samples: TwoSamples) -> float:
    return float(get_divergence("jeffreys").terms(*samples.shares).sum())


def _cell_influence(samples: TwoSamples, method: Method) -> FloatArray:
    if method == "paper":
        return samples.half_gradient_influence()
    return samples.divergence_influence(get_divergence("jeffreys"))


def _from_rows(
    codes: ArrayLike,
    y: ArrayLike,
    sample_weight: ArrayLike | None,
    clusters: ArrayLike | None,
    pos_label: Any,
    method: Method,
    names: Sequence[str] | None,
    sample_id: Hashable,
) -> InformationEstimate:
    events, _ = encode_events(y, pos_label)
    columns = code_columns(codes)
    n_rows = check_lengths(codes=columns[0], y=events, clusters=clusters)
    weights = check_weights(sample_weight, n_rows)
    labels = [f"x{i}" for i in range(len(columns))] if names is None else list(names)
    check_lengths(names=labels, features=columns)
    tables = [ContingencyTable.from_codes(c, events, weights, n_bins=int(c.max()) + 1) for c in columns]
    if (tables[0].totals <= 0).any():
        raise InputError("Each class needs a row of positive weight; sample_weight leaves one without.")
    warn_few(tables, stacklevel=4)
    columns = [_seen_codes(column, table) for column, table in zip(columns, tables, strict=True)]
    samples = [TwoSamples.from_table(table) for table in tables]
    _warn_light(samples, weights)
    cells = [_cell_influence(sample, method) for sample in samples]
    rows = np.column_stack(
        [cell[column + events * (cell.size // 2)] for cell, column in zip(cells, columns, strict=True)]
    )
    if weights is not None:
        rows *= weights[:, None]
    value = np.array([_jeffreys(sample) for sample in samples])
    estimate = add_smoothing(Estimate(value, rows, names=labels, sample_id=sample_id), samples, cells)
    if clusters is not None:
        estimate = estimate.cluster(clusters)
    return InformationEstimate(
        value,
        estimate.influence,
        df=[sample.counts.shape[0] - 1 for sample in samples],
        null_scale=[sample.null_scale for sample in samples],
        bias=_bias(samples, columns, events, weights, clusters),
        null_pvalue=[no_divergence(table) for table in tables] if clusters is None else None,
        smoothed=[sample.was_smoothed for sample in samples],
        method=method,
        names=labels,
        sample_id=estimate.sample_id,
        target=_FIXED_BINS,
        multiplicity=estimate.multiplicity,
    )


def _bias(
    samples: list[TwoSamples],
    columns: list[IntArray],
    events: IntArray,
    weights: FloatArray | None,
    clusters: ArrayLike | None,
) -> list[float]:
    if clusters is None:
        return [sample.jeffreys_bias() for sample in samples]
    _, cluster = np.unique(check_labels(clusters, "clusters"), return_inverse=True)
    biases = []
    for sample, column in zip(samples, columns, strict=True):
        n_bins = sample.counts.shape[0]
        cell = (2 * cluster + events) * n_bins + column
        totals = np.bincount(cell, weights, minlength=2 * n_bins * (int(cluster.max()) + 1))
        biases.append(sample.clustered_jeffreys_bias(totals.astype(np.float64).reshape(-1, 2, n_bins)))
    return biases


def _seen_codes(column: IntArray, table: ContingencyTable) -> IntArray:
    """Renumber the bins without those of weight zero, which have no cell; their rows have no influence."""
    return np.maximum(np.cumsum(table.counts.sum(axis=1) > 0) - 1, 0)[column]


def add_smoothing(estimate: Estimate, samples: list[TwoSamples], cells: list[FloatArray]) -> Estimate:
    """Count the half added to each cell of a smoothed table as units of their own, so that rows and cells agree."""
    rows = estimate.sample_id
    for position, (sample, cell) in enumerate(zip(samples, cells, strict=True)):
        if sample.was_smoothed:
            added = np.zeros((cell.size, len(estimate)))
            added[:, position] = np.sqrt(HALF) * cell
            estimate = estimate + Estimate(np.zeros(len(estimate)), added, sample_id=AddedRows(rows, cell.tobytes()))
    return estimate


def warn_few(tables: list[ContingencyTable], stacklevel: int = 3) -> None:
    """Warn where so few rows were counted that the law of the estimate does not hold."""
    fewest = min(table.rows for table in tables)
    if fewest < FEWEST:
        warnings.warn(
            f"Some {fewest:.0f} effective rows: below {FEWEST} the limits and p-values of an information value do not "
            "hold, and limits may miss the truth far too often. Use more rows of the rarer kind.",
            SmallCountWarning,
            stacklevel=stacklevel,
        )


def _warn_light(samples: list[TwoSamples], weights: FloatArray | None) -> None:
    if weights is None or not any(sample.was_smoothed for sample in samples):
        return
    if told := misleading_half(float(weights[weights > 0].mean())):
        warnings.warn(f"A cell is empty, so {told}", SmallCountWarning, stacklevel=4)
