"""The binning of one feature: pre-bins, counts, optimal partition, cross-fitted value."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from kullback._frames import Column
from kullback._typing import BoolArray, FloatArray, IntArray
from kullback.binning._partition import Constraints, Grouping
from kullback.binning._prebins import (
    STUMP_CANDIDATES,
    quantile_cuts,
    supervised_coarsening,
    uniform_cuts,
    user_cuts,
    user_groups,
)
from kullback.binning._rule import BinRule, is_missing
from kullback.binning._selection import cross_fit
from kullback.binning._table import BinningTable
from kullback.exceptions import BinningWarning, InputError
from kullback.information import ContingencyTable, FDivergence

__all__ = ["FeatureFit", "FeatureSettings", "fit_feature"]


@dataclass(frozen=True)
class FeatureSettings:
    """The binner's parameters as they apply to one feature."""

    divergence: FDivergence
    max_bins: int
    min_bin_fraction: float
    min_bin_events: float
    trend: str
    prebinning: str
    max_prebins: int
    cuts: Any
    specials: tuple[Any, ...]
    missing_allowed: bool


@dataclass(frozen=True, eq=False)
class FeatureFit:
    """What a fitted feature keeps: its table, and what its bins were chosen from.

    Attributes
    ----------
    table : BinningTable
    items : ContingencyTable
        Counts of the pre-bins, then of the special and missing bins.
    n_items : int
        Number of pre-bins.
    grouping : Grouping
    cross_fitted : float
        Cross-fitted information value.
    """

    table: BinningTable
    items: ContingencyTable
    n_items: int
    grouping: Grouping
    cross_fitted: float


def fit_feature(
    column: Column,
    events: IntArray,
    weights: FloatArray | None,
    settings: FeatureSettings,
    seed: np.random.SeedSequence,
) -> tuple[FeatureFit, Any]:
    """Bin one feature.

    Parameters
    ----------
    column : Column
    events : (rows,) int64, 0 or 1
    weights : (rows,) float64 array, positive, or None
    settings : FeatureSettings
    seed : SeedSequence
        Of the folds of the cross-fitted value.

    Returns
    -------
    fit : FeatureFit
    codes : (rows,) array
        Bin of each row.
    """
    rule = _item_rule(column, weights, settings)
    item_codes = rule.codes(column)
    items = ContingencyTable.from_codes(item_codes, events, weights, n_bins=rule.n_bins)
    n_items = rule.n_regular
    grouping = _grouping(column.kind, settings)
    trend, value = _trend_and_value(items, n_items, grouping, seed)
    bins, total = grouping.choose(items.counts[:n_items], items.totals, trend)
    place = np.concatenate([bins, bins.max(initial=-1) + 1 + np.arange(rule.n_bins - n_items)]).astype(np.int64)
    table = BinningTable(
        rule.merge(bins),
        items.merge(place, int(place.max()) + 1),
        _trend_name(column.kind, settings, trend),
    )
    if settings.cuts is not None:
        table = _with_violations(table, grouping, settings)
    _warn(table, column, item_codes, items, total, settings)
    small = place.astype(np.uint8) if place.max() < 256 else place
    return FeatureFit(table, items, n_items, grouping, value), small[item_codes]


def _item_rule(column: Column, weights: FloatArray | None, settings: FeatureSettings) -> BinRule:
    """Return the rule of the pre-bins."""
    missing = _missing_mask(column)
    if missing.any() and not settings.missing_allowed:
        raise InputError(
            f"{column.name!r} has {int(missing.sum())} missing values and handle_missing='error'. Fill them in, "
            "or give them a bin of their own with handle_missing='separate'."
        )
    if column.kind == "categorical":
        return _level_rule(column, bool(missing.any()), settings)
    values = np.asarray(column.values)
    wanted = [s for s in settings.specials if not is_missing(s) and _is_number(s)]
    specials = tuple(s for s in wanted if (values == s).any())
    regular = ~(missing | np.isin(values, np.array(specials, dtype=np.float64)))
    if not regular.all():
        values = values[regular]
        weights = None if weights is None else weights[regular]
    cuts = _cuts(values, weights, column.name, settings)
    return BinRule(column.name, column.kind, cuts, (), specials, bool(missing.any()))


def _missing_mask(column: Column) -> BoolArray:
    if column.kind == "categorical":
        return np.asarray(column.codes) < 0
    return np.isnan(np.asarray(column.values))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number)


def _cuts(values: FloatArray, weights: FloatArray | None, name: Any, settings: FeatureSettings) -> FloatArray:
    if settings.cuts is not None:
        return user_cuts(settings.cuts, name)
    if settings.prebinning == "uniform":
        return uniform_cuts(values, settings.max_prebins)
    candidates = STUMP_CANDIDATES if settings.prebinning == "stumps" else settings.max_prebins
    return quantile_cuts(values, weights, candidates, settings.min_bin_fraction)


def _level_rule(column: Column, missing: bool, settings: FeatureSettings) -> BinRule:
    levels = column.levels or ()
    specials = tuple(s for s in settings.specials if not is_missing(s) and s in levels)
    regular = [level for level in levels if level not in specials]
    if settings.cuts is None:
        groups = tuple((level,) for level in regular)
    else:
        groups = user_groups(settings.cuts, regular, column.name)
    return BinRule(column.name, "categorical", np.empty(0), groups, specials, missing)


def _grouping(kind: str, settings: FeatureSettings) -> Grouping:
    constraints = Constraints(
        settings.divergence,
        settings.max_bins,
        settings.min_bin_fraction,
        settings.min_bin_events,
    )
    fixed = settings.cuts is not None
    if kind == "categorical":
        trends: tuple[str, ...] = ("ascending",)
    elif settings.trend == "auto":
        trends = ("none",) if fixed else ("ascending", "descending")
    else:
        trends = (settings.trend,)
    coarsen = None if fixed else supervised_coarsening(kind, settings.prebinning, settings.max_prebins)
    return Grouping(constraints, trends, coarsen, fixed)


def _trend_and_value(
    items: ContingencyTable, n_items: int, grouping: Grouping, seed: np.random.SeedSequence
) -> tuple[str, float]:
    """Return the trend with the best cross-fitted value, and the value with its choice inside the folds.

    The trend is an estimate, for which a whole weight counts as repetition; the value's honesty is about
    sampling error, for which it does not. Without weights the two are one.
    """
    fitted = cross_fit(items, n_items, grouping, np.random.default_rng(seed))
    chooser = fitted
    if len(grouping.trends) > 1 and items.weighted and (items.counts == np.rint(items.counts)).all():
        repeated = ContingencyTable(items.counts, items.counts)
        chooser = cross_fit(repeated, n_items, grouping, np.random.default_rng(seed))
    trend = max(grouping.trends, key=lambda t: (chooser.by_trend[t], _total(items, n_items, grouping, t)))
    return trend, fitted.value


def _total(items: ContingencyTable, n_items: int, grouping: Grouping, trend: str) -> float:
    return grouping.choose(items.counts[:n_items], items.totals, trend)[1]


def _trend_name(kind: str, settings: FeatureSettings, trend: str) -> str:
    if kind == "categorical":
        return "as given" if settings.cuts is not None else "ordered by event rate"
    if settings.cuts is not None and settings.trend == "auto":
        return "as given"
    return trend


def _with_violations(table: BinningTable, grouping: Grouping, settings: FeatureSettings) -> BinningTable:
    violations = tuple(_violations(table, grouping.constraints, settings))
    for violation in violations:
        warnings.warn(violation, BinningWarning, stacklevel=5)
    return BinningTable(table.rule, table.contingency, table.trend, violations)


def _violations(table: BinningTable, constraints: Constraints, settings: FeatureSettings) -> Iterator[str]:
    """Say which constraints the bins given by the user break; the bins stay."""
    given = f"The bins given for {table.feature!r}"
    n_regular = table.rule.n_regular
    total = table.count.sum()
    if n_regular > constraints.max_bins:
        yield f"{given} are {n_regular}; max_bins={settings.max_bins} asks for fewer. Raise it, or leave out cuts."
    for label, count, events in zip(table.labels[:n_regular], table.count, table.events, strict=False):
        if count == 0:
            yield f"{given} leave no row in {label}: it gets WoE 0. Leave out a cut."
            continue
        if count < constraints.min_fraction * total * (1 - 1e-12):
            yield (
                f"{given} leave {count / total:.1%} of the rows in {label}; "
                f"min_bin_fraction={settings.min_bin_fraction} asks for {settings.min_bin_fraction:.0%}. "
                "Lower it, or move the cut."
            )
        if min(events, count - events) < constraints.min_class:
            yield (
                f"{given} leave {events:g} events and {count - events:g} non-events in {label}; "
                f"min_bin_events={settings.min_bin_events:g} asks for as many of each. Lower it, or move the cut."
            )
    yield from _trend_violations(given, table, settings.trend)


def _trend_violations(given: str, table: BinningTable, trend: str) -> Iterator[str]:
    rates = table.event_rate[: table.rule.n_regular]
    steps = np.sign(np.diff(rates[~np.isnan(rates)]))
    turns = steps[steps != 0]
    kept = {
        "ascending": (turns > 0).all(),
        "descending": (turns < 0).all(),
        "peak": (np.diff(turns) <= 0).all(),
        "valley": (np.diff(turns) >= 0).all(),
    }
    if table.kind != "categorical" and not kept.get(trend, True):
        told = ", ".join(f"{rate:.3f}" for rate in rates)
        yield f"{given} have no {trend} event rate ({told}). Move cuts, or change the trend."


def _warn(
    table: BinningTable,
    column: Column,
    item_codes: IntArray,
    items: ContingencyTable,
    total: float,
    settings: FeatureSettings,
) -> None:
    """Say aloud what a reader of the bins would otherwise have to find."""
    n_regular_items = items.counts.shape[0] - len(table.rule.specials) - table.rule.missing
    if n_regular_items > 1 and table.rule.n_regular == 1 and settings.max_bins > 1:
        warnings.warn(_one_bin_message(table, items, total, settings), BinningWarning, stacklevel=4)
    if column.kind != "categorical" and np.isnan(np.asarray(column.values)).all():
        warnings.warn(f"{column.name!r} has no value at all: every row is missing.", BinningWarning, stacklevel=4)
    if settings.cuts is None and column.kind == "numeric":
        for value, share in _hidden_spikes(column, item_codes, items.counts[:n_regular_items], items, settings):
            warnings.warn(
                f"{share:.1%} of the rows of {column.name!r} share the value {value:g} and are of one class; "
                f"min_bin_fraction={settings.min_bin_fraction} merges them with their neighbours. Declare "
                f"special_values={{{column.name!r}: [{value:g}]}} if it is a code, or lower min_bin_fraction.",
                BinningWarning,
                stacklevel=4,
            )


def _one_bin_message(table: BinningTable, items: ContingencyTable, total: float, settings: FeatureSettings) -> str:
    rows, events = items.totals.sum(), items.totals[1]
    told = f"{table.feature!r} stays in one bin: no two bins satisfy"
    if np.isfinite(total):
        return f'{told} monotonic="{settings.trend}" with the other constraints. Try another trend, or "none".'
    return (
        f"{told} min_bin_fraction={settings.min_bin_fraction} and min_bin_events={settings.min_bin_events:g} with a "
        f"weight of {rows:g} rows and {events:g} events. Lower them (weights count as repetitions of a row)."
    )


def _hidden_spikes(
    column: Column,
    item_codes: IntArray,
    counts: FloatArray,
    items: ContingencyTable,
    settings: FeatureSettings,
) -> Iterator[tuple[float, float]]:
    """Yield pure values too light for a bin of their own, where one class is missed that should be there."""
    size, total = counts.sum(axis=1), items.totals.sum()
    missed = np.where(counts == 0, size[:, None] * items.totals / total, 0.0).max(axis=1)
    light = size < settings.min_bin_fraction * total
    for item in np.flatnonzero(light & (missed >= max(settings.min_bin_events, 5.0))):
        values = np.asarray(column.values)[item_codes == item]
        if values.min() == values.max():
            yield float(values[0]), float(size[item] / total)
