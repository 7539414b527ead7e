"""The binning of one feature: pre-bins, counts, optimal partition, cross-fitted value."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
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
from kullback.binning._rule import BinRule, is_missing, value_text
from kullback.binning._selection import CrossFit, RowCells, WeightClasses, cross_fit, effective_rows
from kullback.binning._specials import refuse_lookalikes
from kullback.binning._table import BinningTable
from kullback.exceptions import BinningWarning, InputError
from kullback.inference import misleading_half
from kullback.information import ContingencyTable, FDivergence

__all__ = ["FeatureFit", "FeatureSettings", "fit_feature", "warn_user"]

CHANCE = 1e-4
"""A pure value is told as hidden where the rest of its bin would make it so with less than this probability."""

SPIKE = 5
"""Fewest rows that make a value a spike."""

RARE = 10.0
"""Rows below which a level's event rate is mostly noise."""

_INSIDE = tuple(str(Path(str(import_module(name).__file__)).parent) for name in ("kullback", "sklearn", "joblib"))


def warn_user(message: str, category: type[Warning] = BinningWarning) -> None:
    """Warn at the line that called the package, however many calls of it or of scikit-learn lie between."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_INSIDE):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


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
    items : RowCells
        Rows by pre-bin, then by special and missing bin.
    n_items : int
        Number of pre-bins.
    grouping : Grouping
    cross_fitted : CrossFit
    """

    table: BinningTable
    items: RowCells
    n_items: int
    grouping: Grouping
    cross_fitted: CrossFit


def fit_feature(
    column: Column,
    events: IntArray,
    weights: FloatArray | None,
    classes: WeightClasses | None,
    settings: FeatureSettings,
    seed: np.random.SeedSequence,
) -> tuple[FeatureFit, Any]:
    """Bin one feature.

    Parameters
    ----------
    column : Column
    events : (rows,) int64, 0 or 1
    weights : (rows,) float64 array, positive, or None
    classes : WeightClasses or None
        Of the weights.
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
    cells = _cells(item_codes, events, classes, items)
    n_items = rule.n_regular
    grouping = _grouping(rule.kind, settings)
    trend, value = _trend_and_value(items, cells, n_items, grouping, seed)
    bins, _ = grouping.choose(items.counts[:n_items], items.totals, trend)
    place = np.concatenate([bins, bins.max(initial=-1) + 1 + np.arange(rule.n_bins - n_items)]).astype(np.int64)
    table = BinningTable(
        rule.merge(bins),
        items.merge(place, int(place.max()) + 1),
        _trend_name(rule.kind, settings, trend),
    )
    if settings.cuts is not None:
        table = replace(table, violations=tuple(_violations(table, grouping.constraints, settings)))
    spikes = _hidden_spikes(column, item_codes, items, bins, settings)
    remarks = (*table.violations, *_remarks(table, items, n_items, settings), *_few(table, cells, value), *spikes)
    for remark in remarks:
        warn_user(remark)
    small = place.astype(np.uint8) if place.max() < 256 else place
    return FeatureFit(table, cells, n_items, grouping, value), small[item_codes]


def _item_rule(column: Column, weights: FloatArray | None, settings: FeatureSettings) -> BinRule:
    """Return the rule of the pre-bins."""
    missing = _missing_mask(column)
    if missing.any() and not settings.missing_allowed:
        raise InputError(
            f"{column.name!r} has {int(missing.sum())} missing values and handle_missing='error'. Fill them in, "
            "or give them a bin of their own with handle_missing='separate'."
        )
    if missing.all() and settings.cuts is None:
        return BinRule(column.name, "categorical", np.empty(0), missing=True)
    refuse_lookalikes(settings.specials, column)
    if column.kind == "categorical":
        return _level_rule(column, bool(missing.any()), settings)
    values = np.asarray(column.values)
    wanted = [s for s in settings.specials if not is_missing(s) and _is_number(s)]
    specials = tuple(s for s in wanted if (values == s).any())
    absent = tuple(s for s in wanted if s not in specials)
    regular = ~(missing | np.isin(values, np.array(specials, dtype=np.float64)))
    share = 1.0
    if not regular.all():
        values = values[regular]
        share = float(regular.mean() if weights is None else weights[regular].sum() / weights.sum())
        weights = None if weights is None else weights[regular]
    cuts = _cuts(values, weights, share, column.name, settings)
    return BinRule(column.name, column.kind, cuts, (), specials, bool(missing.any()), absent)


def _missing_mask(column: Column) -> BoolArray:
    if column.kind == "categorical":
        return np.asarray(column.codes) < 0
    return np.isnan(np.asarray(column.values))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number)


def _cuts(
    values: FloatArray, weights: FloatArray | None, share: float, name: Any, settings: FeatureSettings
) -> FloatArray:
    """Return the cuts between the pre-bins of regular values, which hold `share` of the weight of all rows."""
    if settings.cuts is not None:
        return user_cuts(settings.cuts, name)
    if settings.prebinning == "uniform":
        return uniform_cuts(values, settings.max_prebins)
    candidates = STUMP_CANDIDATES if settings.prebinning == "stumps" else settings.max_prebins
    return quantile_cuts(values, weights, candidates, min(settings.min_bin_fraction / max(share, 1e-9), 0.5))


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


def _cells(item_codes: IntArray, events: IntArray, classes: WeightClasses | None, items: ContingencyTable) -> RowCells:
    if classes is None:
        return RowCells.of_counts(items.counts)
    return RowCells.of_rows(item_codes, events, classes, len(items))


def _trend_and_value(
    items: ContingencyTable, cells: RowCells, n_items: int, grouping: Grouping, seed: np.random.SeedSequence
) -> tuple[str, CrossFit]:
    """Return the trend with the best cross-fitted value, and the value with its choice inside the folds.

    Values that differ by less than two standard deviations of noise are equal, and the gain on all rows decides.
    A trend that leaves one bin only is the last choice: it would hide a feature that another trend shows.
    The trend is an estimate, for which a whole weight counts as repetition; the value's honesty is about
    sampling error, for which it does not. Without weights the two are one.
    """
    fitted = cross_fit(cells, n_items, grouping, np.random.default_rng(seed))
    chooser = fitted
    if len(grouping.trends) > 1 and items.weighted and _are_repetitions(items.counts):
        chooser = cross_fit(RowCells.of_counts(items.counts), n_items, grouping, np.random.default_rng(seed))

    best = max(chooser.by_trend.values())

    def preference(trend: str) -> tuple[bool, float, float]:
        bins, total = grouping.choose(items.counts[:n_items], items.totals, trend)
        return bool(bins.any()), min(chooser.by_trend[trend], best - 2 * chooser.noise), total

    return max(grouping.trends, key=preference), fitted


def _are_repetitions(counts: FloatArray) -> bool:
    return bool((counts == np.rint(counts)).all() and counts.sum() < 2**53)


def _trend_name(kind: str, settings: FeatureSettings, trend: str) -> str:
    if kind == "categorical":
        return "as given" if settings.cuts is not None else "ordered by event rate"
    if settings.cuts is not None and settings.trend == "auto":
        return "as given"
    return trend


def _violations(table: BinningTable, constraints: Constraints, settings: FeatureSettings) -> Iterator[str]:
    """Say which constraints the bins given by the user break; the bins stay."""
    given = f"The bins given for {table.feature!r}"
    n_regular, total = table.rule.n_regular, table.count.sum()
    if n_regular > constraints.max_bins:
        yield f"{given} must be at most max_bins={settings.max_bins}; they are {n_regular}. Raise it, or join bins."
    for label, cell in zip(table.labels[:n_regular], table.contingency.counts, strict=False):
        count = cell.sum()
        if count == 0:
            yield f"{given} leave no row in {label}: it gets WoE 0. Join it with a neighbour."
            continue
        if count < constraints.min_fraction * total * (1 - 1e-12):
            yield (
                f"{given} leave {100 * count / total:.3g}% of the rows in {label}; "
                f"min_bin_fraction={settings.min_bin_fraction:g} asks for {100 * settings.min_bin_fraction:g}%. "
                "Lower it, or widen the bin."
            )
        held = np.maximum(cell, count * table.contingency.totals / total)
        if (held < constraints.min_class).any():
            yield (
                f"{given} leave {cell[1]:g} events and {cell[0]:g} non-events in {label}; "
                f"min_bin_events={settings.min_bin_events:g} asks for as many of each, found or expected at the "
                "overall rate. Lower it, or widen the bin."
            )
    yield from _trend_violations(given, table, settings.trend)


def _trend_violations(given: str, table: BinningTable, trend: str) -> Iterator[str]:
    rates = table.event_rate[: table.rule.n_regular]
    rates = rates[~np.isnan(rates)]
    steps = np.sign(np.diff(rates))
    turns = steps[steps != 0]
    kept = {
        "ascending": (turns > 0).all(),
        "descending": (turns < 0).all(),
        "peak": (np.diff(turns) <= 0).all(),
        "valley": (np.diff(turns) >= 0).all(),
    }
    if table.kind != "categorical" and not kept.get(trend, True):
        told = ", ".join(f"{rate:.3f}" for rate in rates)
        yield f'{given} break monotonic="{trend}": their event rates are {told}. Move cuts, or change the trend.'


def _remarks(table: BinningTable, items: ContingencyTable, n_items: int, settings: FeatureSettings) -> Iterator[str]:
    """Say aloud what a reader of the bins would otherwise have to find."""
    size = items.counts.sum(axis=1)
    filled = np.flatnonzero(size)
    if settings.cuts is None and filled.size == 1:
        if table.rule.missing and filled[0] == size.size - 1:
            yield f"{table.feature!r} has no value at all: every row is missing. It says nothing; leave it out."
        else:
            yield f"{table.feature!r} is constant: it says nothing about the target and gets WoE 0. Leave it out."
    elif n_items > 1 and table.rule.n_regular == 1 and settings.max_bins > 1:
        yield _one_bin_message(table, items, settings)
    if table.kind == "categorical" and n_items > settings.max_prebins:
        rare = size[:n_items][size[:n_items] < RARE].sum() / size.sum()
        if rare > 0.5:
            yield (
                f"{table.feature!r} has {n_items} levels, and {rare:.0%} of the rows are in levels with fewer than "
                f"{RARE:g}: their order by event rate is mostly noise, and so are the WoE in sample. Group levels "
                "first, encode with cv, or leave the column out if it identifies rows."
            )


def _few(table: BinningTable, cells: RowCells, value: CrossFit) -> Iterator[str]:
    """Tell of a cross-fitted value that could not be measured, and of a half added to cells that is not half a row."""
    if value.df == 0 and (table.count > 0).sum() > 1:
        yield (
            f"The cross-fitted information value of {table.feature!r} could not be measured, and is given as 0: no two "
            "folds hold events and non-events. Use more rows of the rarer kind."
        )
    filled = table.contingency.counts[table.count > 0]
    told = misleading_half(float(filled.sum() / cells.rows.sum())) if (filled == 0).any() else None
    if told:
        yield f"{table.feature!r} has a bin of one class: to its cells {told}"


def _one_bin_message(table: BinningTable, items: ContingencyTable, settings: FeatureSettings) -> str:
    asked = settings.trend in ("ascending", "descending") and table.kind != "categorical"
    return (
        f"{table.feature!r} stays in one bin: no two bins satisfy min_bin_fraction={settings.min_bin_fraction:g} and "
        f"min_bin_events={settings.min_bin_events:g}{f' in {settings.trend} order' if asked else ''} with a weight of "
        f"{_amount(items.totals.sum())} rows and {_amount(items.totals[1])} events. Lower them (weights count as "
        f"repetitions of a row){', or try another trend' if asked else ''}."
    )


def _amount(weight: float) -> str:
    return f"{weight:.0f}" if float(weight).is_integer() and weight < 1e15 else f"{weight:.4g}"


def _hidden_spikes(
    column: Column, item_codes: IntArray, items: ContingencyTable, bins: IntArray, settings: FeatureSettings
) -> Iterator[str]:
    """Tell of single values of one class in bins whose other rows make that no accident: codes, most likely."""
    if settings.cuts is not None or column.kind != "numeric":
        return
    counts = items.counts[: bins.size]
    merged = np.zeros_like(counts)
    np.add.at(merged, bins, counts)
    rest = merged[bins] - counts
    other = np.divide(rest, rest.sum(axis=1, keepdims=True), out=np.zeros_like(rest), where=rest > 0)
    size = counts.sum(axis=1)
    rows = effective_rows(items)[: bins.size].sum(axis=1, keepdims=True)
    surprise = np.where(counts == 0, -rows * np.log1p(-np.minimum(other, 1 - 1e-12)), 0.0).max(axis=1)
    for item in np.flatnonzero(surprise > -np.log(CHANCE)):
        values = np.asarray(column.values)[item_codes == item]
        if values.size >= SPIKE and values.min() == values.max():
            value = value_text(values[0])
            yield (
                f"{size[item] / items.counts.sum():.1%} of the rows of {column.name!r} have the value {value} and are "
                f"all {'events' if counts[item, 0] == 0 else 'non-events'}, unlike the rest of their bin. Declare "
                f"special_values={{{column.name!r}: [{value}]}} if it is a code; it then has a bin of its own."
            )
