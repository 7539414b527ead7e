"""The numbers of a scorecard report, section by section: plain data, ready for JSON."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from kullback._frames import column_of
from kullback._typing import FloatArray, IntArray
from kullback.binning import OptimalBinner
from kullback.exceptions import InputError
from kullback.inference import FEWEST, Estimate, InformationEstimate
from kullback.information import ContingencyTable
from kullback.metrics import (
    adverse_impact_ratio,
    calibration_table,
    calibration_test,
    gini,
    group_rates,
    ks_statistic,
    roc_auc,
    table_information,
)
from kullback.scorecard import Scorecard

__all__ = [
    "Sample",
    "bin_records",
    "coefficient_records",
    "disparity",
    "feature_records",
    "performance",
    "stability",
]

TABLE_METHOD = "table-based (bins taken as given; optimistic on the rows that chose them)"


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows that a scorecard is judged on.

    Attributes
    ----------
    name : {"train", "test", "out_of_time"}
    frame : pandas.DataFrame
        Features of the model.
    events : (rows,) int64
    weights : (rows,) array or None
    points : (rows,) array
    probability : (rows,) array
        Of the event.
    groups : pandas.DataFrame
        Protected columns, none or more.
    """

    name: str
    frame: Any
    events: IntArray
    weights: FloatArray | None
    points: FloatArray
    probability: FloatArray
    groups: Any


def number(value: Any) -> float | None:
    """Return a JSON number; None where there is none."""
    value = float(value)
    return value if np.isfinite(value) else None


def interval(estimate: Estimate, position: int = 0) -> dict[str, float | None]:
    """Return value, standard error and 95% limits of one entry of an estimate."""
    low, high = estimate.conf_int()[position]
    return {
        "value": number(estimate.value[position]),
        "se": number(estimate.standard_error[position]),
        "lower": number(low),
        "upper": number(high),
    }


def feature_records(
    card: Scorecard,
    binner: OptimalBinner,
    pvalues: dict[Hashable, float],
    n_permutations: int,
    samples: list[Sample],
) -> list[dict[str, Any]]:
    """Return a record a candidate feature, greatest cross-fitted information value first."""
    iv = binner.information_value_
    adjusted = dict(zip(pvalues, stats.false_discovery_control(list(pvalues.values())), strict=True))
    records = []
    for position, (name, table) in enumerate(binner.tables_.items()):
        crossfit = interval(iv, position)
        in_sample = table.information_value()
        records.append(
            {
                "feature": str(name),
                "kind": table.kind,
                "trend": table.trend if table.rule.n_regular > 1 else None,
                "bins": table.rule.n_bins,
                "iv": crossfit["value"],
                "iv_se": crossfit["se"],
                "iv_lower": crossfit["lower"],
                "iv_upper": crossfit["upper"],
                "iv_method": "cross-fitted (5 folds), non-central chi-square limits",
                "pvalue": pvalues[name],
                "pvalue_method": f"permutation of labels ({n_permutations}), bins chosen anew each time",
                "pvalue_adjusted": number(adjusted[name]),
                "iv_table": interval(in_sample) | {"pvalue": number(in_sample.pvalue[0]), "method": TABLE_METHOD},
                "in_model": name in card.features_,
                "smoothed": table.smoothed,
                "violations": list(table.violations),
                "cuts": table.cuts.tolist(),
                "groups": [[_plain_level(level) for level in group] for group in table.groups],
                "stability": {s.name: _feature_stability(table, samples[0], s) for s in samples[1:]},
            }
        )
    return sorted(records, key=lambda record: -(record["iv"] or 0.0))


def _plain_level(level: Any) -> Any:
    return level if isinstance(level, str | int | float | bool) else str(level)


def _feature_stability(table: Any, reference: Sample, current: Sample) -> dict[str, Any]:
    first, second = (_share_counts(table, sample) for sample in (reference, current))
    return psi_record(_two_samples(first, second))


def _share_counts(table: Any, sample: Sample) -> FloatArray:
    """Return (bins + 1, 2) sums of weights and of squared weights by bin, last the values without a bin."""
    codes = table.rule.codes(column_of(sample.frame[table.feature], table.feature))
    return _sums(codes, sample.weights, table.rule.n_bins + 1)


def _sums(codes: IntArray, weights: FloatArray | None, n_bins: int) -> FloatArray:
    """Return (bins, 2) sums of weights and of squared weights."""
    used = np.ones(codes.size) if weights is None else weights
    return np.column_stack([np.bincount(codes, w, minlength=n_bins) for w in (used, np.square(used))])


def _two_samples(first: FloatArray, second: FloatArray) -> ContingencyTable:
    return ContingencyTable(np.column_stack([first[:, 0], second[:, 0]]), np.column_stack([first[:, 1], second[:, 1]]))


def psi_record(table: ContingencyTable) -> dict[str, Any]:
    """Return the PSI of two samples with its limits, and the p-values of "no shift" and of "at least 0.1"."""
    if table.rows < FEWEST:
        return {"not_run": f"Too few rows for the law of a PSI: some {table.rows:.0f}, at least {FEWEST} needed."}
    psi: InformationEstimate = table_information(table, names=["psi"])
    return interval(psi) | {
        "pvalue": number(psi.pvalue[0]),
        "pvalue_at_least_0.1": number(psi.test(0.1, "less").pvalue[0]),
        "smoothed": bool(psi.smoothed[0]),
    }


def stability(samples: list[Sample]) -> dict[str, Any]:
    """Return the PSI of the score between the first sample and each other, over the first one's deciles."""
    reference = samples[0]
    cuts = np.unique(np.quantile(reference.points, np.arange(1, 10) / 10, method="inverted_cdf"))
    counts = []
    for sample in samples:
        codes = np.searchsorted(cuts, sample.points, side="right")
        counts.append(_sums(codes, sample.weights, cuts.size + 1))
    return {
        s.name: psi_record(_two_samples(counts[0], count)) for s, count in zip(samples[1:], counts[1:], strict=True)
    }


def bin_records(card: Scorecard) -> list[dict[str, Any]]:
    """Return a record a bin: the scorecard itself."""
    frame = card.table_.copy()
    frame["feature"] = frame["feature"].map(str)
    errors = [card.binner_.tables_[f].woe_se() for f in dict.fromkeys(card.table_["feature"])]
    frame["woe_se"] = np.concatenate(errors)
    return [{key: _plain(entry) for key, entry in row.items()} for row in frame.to_dict("records")]


def _plain(entry: Any) -> Any:
    return number(entry) if isinstance(entry, float | np.floating | np.integer | int) else entry


def coefficient_records(card: Scorecard) -> list[dict[str, Any]]:
    """Return a record a coefficient on the log-odds of the event."""
    estimate = card.coefficients_
    return [
        {"name": name, **interval(estimate, i), "sign_conflict": bool(i and estimate.value[i] > 0)}
        for i, name in enumerate(estimate.names)
    ]


def performance(sample: Sample, *, fitted: bool) -> dict[str, Any]:
    """Return discrimination and calibration on one sample."""
    auc = roc_auc(sample.events, sample.probability, sample_weight=sample.weights)
    ks = ks_statistic(sample.events, sample.probability, sample_weight=sample.weights)
    record = {
        "rows": int(sample.events.size),
        "events": int(sample.events.sum()),
        "weighted_rows": _sum(sample.weights, sample.events >= 0),
        "weighted_events": _sum(sample.weights, sample.events == 1),
        "event_rate": number(np.average(sample.events, weights=sample.weights)),
        "auc": interval(auc),
        "gini": interval(gini(sample.events, sample.probability, sample_weight=sample.weights)),
        "ks": {"value": number(ks.statistic), "pvalue": None if ks.pvalue is None else number(ks.pvalue)},
    }
    return record | {"calibration": _or_reason(lambda: _calibration(sample, fitted=fitted))}


def _sum(weights: FloatArray | None, of: Any) -> float | None:
    """Return the sum of the weights of some rows; None without weights."""
    return None if weights is None else number(weights[of].sum())


def _or_reason(compute: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return a record, or why there is none: a report says what it could not do."""
    try:
        return compute()
    except InputError as error:
        return {"not_run": str(error)}


def _calibration(sample: Sample, *, fitted: bool) -> dict[str, Any]:
    test = calibration_test(sample.events, sample.probability, sample_weight=sample.weights, fitted=fitted)
    table = calibration_table(sample.events, sample.probability, bins=10, sample_weight=sample.weights)
    return {
        "intercept": interval(test.cox, 0),
        "slope": interval(test.cox, 1),
        "pvalue": number(test.cox_test.pvalue),
        "in_the_large": interval(test.in_the_large),
        "brier": number(float(test.brier_score)),
        "log_loss": number(float(test.log_loss)),
        "table": [{k: _plain(v) for k, v in row.items()} for row in table.reset_index(drop=True).to_dict("records")],
    }


def disparity(sample: Sample, cutoff: float, protected: Hashable) -> dict[str, Any]:
    """Return what the score says of the groups of one protected column in one sample.

    Parameters
    ----------
    sample : Sample
    cutoff : float
        Points at or above which an applicant counts as accepted.
    protected : name
    """
    column = sample.groups[protected]
    known = column.notna().to_numpy()
    group = column[known].astype(str).to_numpy()
    weights = None if sample.weights is None else sample.weights[known]
    accepted = (sample.points[known] >= cutoff).astype(np.int64)
    names, sizes = np.unique(group, return_counts=True)
    return {
        "rows_without_group": int((~known).sum()),
        "group_rows": dict(zip(names.tolist(), sizes.tolist(), strict=True)),
        "cutoff_points": number(cutoff),
        "event_rates": _or_reason(lambda: _rates(sample.events[known], group, weights)),
        "acceptance_rates": _or_reason(lambda: _rates(accepted, group, weights)),
        "adverse_impact_ratio": _or_reason(lambda: _impact(accepted, group, weights)),
        "score_information": _score_information(sample.points[known], group, weights),
    }


def _rates(outcome: IntArray, group: Any, weights: FloatArray | None) -> dict[str, Any]:
    rates = group_rates(outcome, group, sample_weight=weights)
    columns = {"rate": "value", "lower": "lower", "upper": "upper", "n": "rows"}
    return {str(name): {new: number(row[old]) for old, new in columns.items()} for name, row in rates.iterrows()}


def _impact(accepted: IntArray, group: Any, weights: FloatArray | None) -> dict[str, Any]:
    names, place = np.unique(group, return_inverse=True)
    reference = names[np.argmax(np.bincount(place, weights))]
    ratio = adverse_impact_ratio(accepted, group, reference=reference, sample_weight=weights)
    return {"reference": str(reference), "ratios": {name: interval(ratio, i) for i, name in enumerate(ratio.names)}}


def _score_information(points: FloatArray, group: Any, weights: FloatArray | None) -> dict[str, Any]:
    """Return, for each group against all others, the Jeffreys divergence of their scores over deciles."""
    cuts = np.unique(np.quantile(points, np.arange(1, 10) / 10, method="inverted_cdf"))
    codes = np.searchsorted(cuts, points, side="right")
    records = {}
    names = sorted(set(group))
    for name in {1: [], 2: names[1:]}.get(len(names), names):
        member = (group == name).astype(np.int64)
        table = ContingencyTable.from_codes(codes, member, weights, n_bins=cuts.size + 1)
        records[name] = psi_record(table)
    return records
