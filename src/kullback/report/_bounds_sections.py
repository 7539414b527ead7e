"""The numbers of a report of bounds, section by section: plain data, ready for JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from kullback._typing import BoolArray, FloatArray
from kullback.bounds import BreakdownValue, CausalBounds, DivergenceDisplay, OverlapDisplay, under_assumptions
from kullback.exceptions import InputError
from kullback.inference import IntervalEstimate
from kullback.report._bounds_rows import Asked, Study
from kullback.report._bounds_slope import slope_limits
from kullback.report._sections import number

__all__ = [
    "ODDS_RATIOS",
    "assumption_records",
    "distribution_records",
    "divergence_records",
    "ends",
    "frontier_record",
    "group_records",
    "odds_of",
    "overlap_record",
]

COUNTS = ("rows", "below 0.05")
"""Columns of the table of overlap that are whole numbers."""

ODDS_RATIOS = (1.0, 1.25, 1.5, 2.0, 3.0)
"""Of the table of assumptions."""

NAMED = 5
"""Rows or clusters at most that are named where few make half of a variance."""

GRID = (1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 5.0, 7.0, 10.0, 15.0, 20.0)
"""Of the frontier, which goes to the first that is half as much again as the breakdown value, at least to 5."""

ROUNDING = 1e-12
"""Of their size: by so much bounds that meet may cross."""

QUANTILES = (0.25, 0.5, 0.75)
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)
"""At the outcomes that these shares of all rows do not exceed an arm's CDF is bounded."""


def ends(bounds: IntervalEstimate, level: float, position: int = 0) -> dict[str, Any]:
    """Return bounds, standard errors and limits of one parameter, and whether the bounds cross."""
    row = bounds.to_frame(level).iloc[position]
    return without_limits_if({key: number(value) for key, value in row.items()}, bool(bounds.crossed[position]))


def without_limits_if(record: dict[str, Any], crossed: bool) -> dict[str, Any]:
    """Return bounds with whether they cross: no value is inside then, and limits would look like a sharp finding."""
    hidden = {"limit_lower": None, "limit_upper": None} if crossed else {}
    return record | hidden | {"crossed": crossed}


def overlap_record(bounds: CausalBounds, study: Study) -> dict[str, Any]:
    """Return the table of :meth:`CausalBounds.overlap`, and the histogram of the propensity in each arm."""
    display = OverlapDisplay.from_estimator(bounds, study.treated)
    table = bounds.overlap()
    slopes = [
        slope_limits(bounds.propensity_[:, i], study.arm == i, study.clusters, study.weights)
        for i in range(len(study.labels))
    ]
    keys = {"1%": "low", "50%": "median", "99%": "high", "below 0.05": "rows_below_0.05"}
    records = [
        {"treatment": study.labels[code]}
        | {keys.get(key, key): _count_or_number(key, value) for key, value in row.items()}
        | slopes[int(code)]
        for code, row in table.iterrows()
    ]
    certain = ((bounds.propensity_ <= 0) | (bounds.propensity_ >= 1)).any(axis=1)
    return {
        "treatments": records,
        "rows_certain": int(certain.sum()),
        "propensity_of": study.labels[study.treated],
        "edges": display.edges.tolist(),
        "shares": [{"treatment": study.labels[i], "shares": s.tolist()} for i, s in enumerate(display.shares)],
    }


def _count_or_number(key: str, value: Any) -> float | int | None:
    return int(value) if key in COUNTS else number(value)


def assumption_records(bounds: CausalBounds, study: Study, asked: Asked, null: float | None) -> list[dict[str, Any]]:
    """Return a record an assumption: its words, and what it leaves."""
    records = []
    for key, title, words, kind, parameters in _assumptions(study, asked):
        record = {"key": key, "title": title, "words": words, "kind": kind}
        reason = _not_bounded(key, study) or _infinite(bounds, study, parameters)
        if reason:
            records.append(record | {"not_run": reason})
            continue
        interval = _under(bounds, study, **parameters).average_bounds()
        found = ends(interval, asked.confidence_level) | half_variance(interval, study)
        limits = found["limit_lower"], found["limit_upper"]
        held = None if null is None or None in limits else limits[0] <= null <= limits[1]
        records.append(record | found | {"width": found["upper"] - found["lower"], "holds_null": held})
    return records


def half_variance(interval: IntervalEstimate, study: Study) -> dict[str, Any]:
    """Return how many rows, or clusters, make half of the variance of the end that rests on the fewest, and which.

    Rows are numbered as in the table that was read, from 1.
    """
    parts = [end.influence[:, 0] ** 2 for end in (interval.lower, interval.upper)]
    orders = [np.argsort(-part, kind="stable") for part in parts if part.sum() > 0]
    shares = [part[order].cumsum() for part, order in zip((p for p in parts if p.sum() > 0), orders, strict=True)]
    numbers = [int(np.searchsorted(share, 0.5 * share[-1])) + 1 for share in shares]
    least = int(np.argmin(numbers))
    which = orders[least][: min(numbers[least], NAMED)]
    names = [int(place) + 1 for place in study.places[which]]
    if study.clusters is not None:
        names = list(dict.fromkeys(study.clusters.tolist()))  # influence has their order
        names = [names[place] for place in which]
    unit = "rows" if study.clusters is None else "clusters"
    return {"half_variance_rows": numbers[least], "half_variance_unit": unit, "half_variance_first": names}


def _under(bounds: CausalBounds, study: Study, **parameters: Any) -> CausalBounds:
    """Return the bounds under some parameters alone."""
    alone = {"odds_ratio_bound": None, "assumptions": (), "outcome_bounds": study.support}
    return under_assumptions(bounds, **(alone | parameters))


def _assumptions(study: Study, asked: Asked) -> list[tuple[str, str, str, str, dict[str, Any]]]:
    outcome, treated = asked.outcome, study.labels[study.treated]
    falls = asked.monotone == "decreasing"
    worse = "higher" if falls else "lower"
    if study.control is None or len(study.labels) > 2:
        way = "rises" if falls else "falls"
        response = f"No one's {outcome} {way} where {asked.treatment} is higher."
        selection = "Of two treatments only."
    else:
        control = study.labels[study.control]
        response = f"No one's {outcome} would be {worse} under {asked.treatment} = {treated} than under {control}."
        selection = (
            f"At the same covariates those with {asked.treatment} = {treated} would have on average no {worse} "
            f"{outcome} than those with {control}, were all under the same treatment."
        )
    rows: list[tuple[str, str, str, str, dict[str, Any]]] = [
        ("nothing", "nothing (worst case)", "Nothing of how treatments came about.", "data", {}),
        ("response", "monotone response", response, "people", {"assumptions": ("mtr",)}),
        ("selection", "monotone selection", selection, "people", {"assumptions": ("mts",)}),
        ("both", "response and selection", "Both of these.", "people", {"assumptions": ("mtr", "mts")}),
    ]
    for ratio in ODDS_RATIOS:
        words = (
            f"At the same covariates nothing unrecorded changes anyone's {odds_of(study, asked)} by more than a factor "
            f"of {ratio:g}."
        )
        if ratio == 1:
            words = "The covariates hold all that treatment and outcome have in common: no unrecorded confounding."
        rows.append((f"odds_{ratio:g}", f"odds ratio within {ratio:g}", words, "odds", {"odds_ratio_bound": ratio}))
    return rows


def odds_of(study: Study, asked: Asked) -> str:
    """Return whose odds a limit on confounding is about: of two treatments the odds of one are those of the other."""
    told = [f"odds of {asked.treatment} = {study.labels[code]}" for code in study.compared]
    if len(study.labels) == 2:
        return told[0]
    return " and ".join(f"{text} against all others" for text in told)


def _not_bounded(key: str, study: Study) -> str:
    """Return why an assumption gives nothing here, or no text."""
    if key in ("selection", "both") and len(study.labels) > 2:
        return "For two treatments only."
    if key in ("response", "both") and not study.ordered:
        return "The treatments have no order."
    return ""


def _infinite(bounds: CausalBounds, study: Study, parameters: dict[str, Any]) -> str:
    """Return that an end is infinite for want of a finite end of the outcome's range, or no text."""
    if study.has_range:
        return ""
    try:
        _under(bounds, study, **parameters)
    except InputError:
        return "One end is infinite at least, without a range that the outcome can have (--outcome-bounds)."
    return ""


def frontier_record(bounds: CausalBounds, study: Study, asked: Asked, null: float | None) -> dict[str, Any]:
    """Return bounds over the odds ratio of confounding, breakdown values, and observed covariates as a scale."""
    level = asked.confidence_level
    odds = _under(bounds, study, odds_ratio_bound=1.0)
    breakdown = None if null is None else odds.breakdown_value(null, level)
    last = 5.0 if breakdown is None or np.isinf(breakdown.bounds) else max(5.0, 1.5 * breakdown.bounds)
    stop = next((ratio for ratio in GRID if ratio >= last), GRID[-1])
    frame = odds.sensitivity_frontier([ratio for ratio in GRID if ratio <= stop], level)
    crossed = _crossed(frame["lower"].to_numpy(), frame["upper"].to_numpy())
    points = [
        {"odds_ratio": ratio} | without_limits_if({key: number(value) for key, value in row.items()}, bool(over))
        for (ratio, row), over in zip(frame.iterrows(), crossed, strict=True)
    ]
    return {
        "points": points,
        "narrows": _narrows(frame["lower"], frame["upper"]),
        "limits_narrow": _narrows(frame["limit_lower"], frame["limit_upper"]),
        "breakdown": None if breakdown is None else _breakdown(breakdown),
        "benchmark": _benchmark(bounds, study),
    }


def _narrows(lower: Any, upper: Any) -> bool:
    """Return whether an end moves inwards somewhere as the odds ratio grows, by more than rounding."""
    least = 1e-9 * max(1e-300, float(np.abs([lower, upper]).max()))
    return bool(((np.diff(lower) > least) | (np.diff(upper) < -least)).any())


def _crossed(lower: FloatArray, upper: FloatArray) -> BoolArray:
    return np.asarray(lower - upper > ROUNDING * (np.abs(lower) + np.abs(upper)))


def _breakdown(value: BreakdownValue) -> dict[str, Any]:
    return {
        "null": value.null,
        "bounds": number(value.bounds),
        "limits": number(value.limits),
        "beyond_reach": {"bounds": bool(np.isinf(value.bounds)), "limits": bool(np.isinf(value.limits))},
    }


def _benchmark(bounds: CausalBounds, study: Study) -> list[dict[str, Any]]:
    """Return by how much each covariate changes the odds of treatment, the strongest first."""
    if not study.covariates:
        return []
    table = bounds.benchmark(study.covariates)
    table = table.rename(columns={"50%": "median"})
    records = [
        {"covariate": name} | {key: number(value) for key, value in row.items()} for name, row in table.iterrows()
    ]
    return sorted(records, key=lambda record: -(record["99%"] or np.inf))


def group_records(bounds: CausalBounds, study: Study, asked: Asked) -> list[dict[str, Any]]:
    """Return bounds in each group of rows, under the same assumptions in all."""
    codes, labels = study.group
    wanted: dict[str, dict[str, Any]] = {"nothing": {}} if study.has_range else {}
    wanted |= {f"odds_{ratio:g}": {"odds_ratio_bound": ratio} for ratio in (1.0, 1.5, 2.0)}
    found = {key: _under(bounds, study, **parameters).gate(codes) for key, parameters in wanted.items()}
    records = []
    for place, code in enumerate(np.unique(codes)):
        inside = codes == code
        arms = np.bincount(study.arm[inside], minlength=len(study.labels))
        records.append(
            {
                "group": labels[code],
                "rows": int(inside.sum()),
                "arms": {study.labels[arm]: int(arms[arm]) for arm in study.compared},
                "bounds": {key: ends(gate, asked.confidence_level, place) for key, gate in found.items()},
            }
        )
    return records


def divergence_records(bounds: CausalBounds, study: Study, asked: Asked) -> list[dict[str, Any]]:
    """Return the bounds of each divergence ball beside the worst case."""
    display = DivergenceDisplay.from_estimator(_under(bounds, study), confidence_level=asked.confidence_level)
    return [
        {"divergence": name, "lower": low, "upper": high, "limit_lower": below, "limit_upper": above}
        for name, (low, high), (below, above) in zip(
            display.names, display.bounds.tolist(), display.limits.tolist(), strict=True
        )
    ]


def distribution_records(bounds: CausalBounds, study: Study, asked: Asked) -> list[dict[str, Any]]:
    """Return bounds of each arm's CDF and quantiles without an assumption: finite without a support."""
    points = _round_quantiles(study.y)
    records = []
    for arm in study.compared:
        free = _under(bounds, study, estimand="cdf", arm=arm, at=points)
        cdf, level = free.average_bounds(), asked.confidence_level
        quantiles = free.quantile_bounds(QUANTILES, arm=arm, confidence_level=level).to_frame()
        records.append(
            {
                "treatment": study.labels[arm],
                "share": float(np.average(study.arm == arm, weights=study.weights)),
                "cdf": [{"at": float(t)} | ends(cdf, level, i) for i, t in enumerate(points)],
                "quantiles": [
                    {key: number(value) for key, value in row.items()}
                    for row in quantiles.reset_index().to_dict("records")
                ],
            }
        )
    return records


def _round_quantiles(y: FloatArray) -> FloatArray:
    """Return outcomes at some quantiles, rounded to two digits of their spread."""
    quantiles = np.quantile(y, SHARES)
    spread = max(float(np.ptp(quantiles)), 1e-300)
    digits = 1 - int(np.floor(np.log10(spread)))
    return np.unique(np.round(quantiles, digits) + 0.0)  # no minus before a zero
