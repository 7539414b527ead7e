"""The binning of one feature: pre-bins, counts, optimal partition, cross-fitted value."""

from __future__ import annotations

import sys
import warnings
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
from kullback.binning._remarks import remarks, violations
from kullback.binning._rule import BinRule, is_missing
from kullback.binning._selection import Cells, CrossFit, RowCells, WeightClasses, cross_fit
from kullback.binning._settings import SHAPES, FeatureSettings
from kullback.binning._specials import refuse_lookalikes
from kullback.binning._target import Items, Table, Target
from kullback.exceptions import BinningWarning, InputError

__all__ = ["FeatureFit", "fit_feature", "item_rule", "warn_user"]

_INSIDE = tuple(str(Path(str(import_module(name).__file__)).parent) for name in ("kullback", "sklearn", "joblib"))


def warn_user(message: str, category: type[Warning] = BinningWarning) -> None:
    """Warn at the line that called the package, however many calls of it or of scikit-learn lie between."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_INSIDE):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


HUGE = 1e150
"""Values beyond this are scaled down before they are summed up, with weights that may be as great."""


@dataclass(frozen=True, eq=False)
class FeatureFit:
    """What a fitted feature keeps: its table, and what its bins were chosen from.

    Attributes
    ----------
    table : BinningTable, ClassTable or NumberTable
    items : RowCells or NumberCells
        Rows by pre-bin, then by special and missing bin.
    n_items : int
        Number of pre-bins.
    grouping : Grouping
    cross_fitted : CrossFit
    """

    table: Table
    items: Cells
    n_items: int
    grouping: Grouping
    cross_fitted: CrossFit


def fit_feature(
    column: Column,
    target: Target,
    weights: FloatArray | None,
    classes: WeightClasses | None,
    settings: FeatureSettings,
    seed: np.random.SeedSequence,
) -> tuple[FeatureFit, Any]:
    """Bin one feature.

    Parameters
    ----------
    column : Column
    target : Target
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
    rule = item_rule(column, weights, settings)
    item_codes = rule.codes(column)
    items = target.tabulate(item_codes, weights, rule.n_bins)
    cells = target.cells(item_codes, weights, classes, items)
    n_items = rule.n_regular
    grouping = _grouping(rule, items, settings)
    trend, value = _trend_and_value(items, cells, n_items, grouping, seed)
    bins, _ = grouping.choose(items.counts[:n_items], items.totals, trend)
    place = np.concatenate([bins, bins.max(initial=-1) + 1 + np.arange(rule.n_bins - n_items)]).astype(np.int64)
    sums = items.merge(place, int(place.max()) + 1)
    small = place.astype(np.uint8) if place.max() < 256 else place
    merged = rule.merge(bins)
    if rule.kind == "numeric":
        merged = merged.with_centres(_bin_means(np.asarray(column.values), item_codes, weights, bins))
    table = target.table(merged, sums, _trend_name(rule.kind, settings, trend))
    if settings.cuts is not None or grouping.parted:
        table = replace(table, violations=tuple(violations(table, sums, grouping.constraints, settings)))
    for remark in (*table.violations, *remarks(column, item_codes, items, bins, table, cells, value, settings)):
        warn_user(remark)
    return FeatureFit(table, cells, n_items, grouping, value), small[item_codes]


def _bin_means(values: FloatArray, codes: IntArray, weights: FloatArray | None, bins: IntArray) -> FloatArray:
    """Return the (bins,) means of finite values, whose items ``bins`` puts into bins; NaN where there are none."""
    finite = np.isfinite(values)
    if not finite.all():
        values, codes, weights = values[finite], codes[finite], None if weights is None else weights[finite]
    largest = max(float(values.max(initial=0.0)), -float(values.min(initial=0.0)))
    scale = largest if largest > HUGE else 1.0
    scaled = values if scale == 1.0 else values / scale
    totals = np.bincount(codes, scaled if weights is None else scaled * weights, bins.size)
    sizes = np.bincount(codes, weights, bins.size)
    of_bins = np.zeros((2, int(bins.max(initial=-1)) + 1))
    np.add.at(of_bins.T, bins, np.stack([totals, sizes], axis=1)[: bins.size])
    return np.divide(of_bins[0], of_bins[1], out=np.full(of_bins.shape[1], np.nan), where=of_bins[1] > 0) * scale


def item_rule(column: Column, weights: FloatArray | None, settings: FeatureSettings) -> BinRule:
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
        return _level_rule(column, weights, bool(missing.any()), settings)
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
    constraints = settings.constraints
    if settings.cuts is not None:
        if constraints.about_cuts:
            raise InputError(
                f"prebinning gives all cuts of {name!r}, and constraints some or forbids some. Leave one of them out."
            )
        return user_cuts(settings.cuts, name)
    if settings.prebinning == "uniform":
        return constraints.applied_to(uniform_cuts(values, settings.max_prebins))
    candidates = STUMP_CANDIDATES if settings.prebinning == "stumps" else settings.max_prebins
    least = min(settings.min_bin_fraction / max(share, 1e-9), 0.5)
    return constraints.applied_to(quantile_cuts(values, weights, candidates, least))


def _level_rule(column: Column, weights: FloatArray | None, missing: bool, settings: FeatureSettings) -> BinRule:
    if settings.constraints.about_cuts:
        raise InputError(
            f"fixed_cuts and forbidden_cuts are for numbers; {column.name!r} holds levels. Group them by prebinning="
            "{feature: groups}."
        )
    levels = column.levels or ()
    specials = tuple(s for s in settings.specials if not is_missing(s) and s in levels)
    regular = [level for level in levels if level not in specials]
    rare: tuple[Any, ...] = ()
    if settings.cuts is None:
        rare = _rare_levels(column, weights, set(regular), settings.constraints.min_level_rows)
        groups = tuple((level,) for level in regular if level not in rare) + ((rare,) if rare else ())
    else:
        groups = user_groups(settings.cuts, regular, column.name)
    return BinRule(column.name, "categorical", np.empty(0), groups, specials, missing, rare=rare)


def _rare_levels(column: Column, weights: FloatArray | None, regular: set[Any], least: float) -> tuple[Any, ...]:
    """Return the levels with less weight than `least`, if there are several."""
    codes, levels = np.asarray(column.codes), column.levels or ()
    known = codes >= 0
    size = np.bincount(codes[known], None if weights is None else weights[known], len(levels))
    rare = tuple(level for level, rows in zip(levels, size, strict=True) if rows < least and level in regular)
    return rare if len(rare) > 1 else ()


def _grouping(rule: BinRule, items: Items, settings: FeatureSettings) -> Grouping:
    asked, sums = settings.constraints, settings.criterion.sums
    constraints = Constraints(
        settings.criterion,
        settings.max_bins,
        settings.min_bin_fraction,
        settings.min_bin_events,
        asked.min_bins,
        asked.min_gap,
        asked.max_pvalue,
        asked.penalty,
        asked.neighbour_rule,
        float(sums.size(items.counts.T).sum() / sums.size(items.squares.T).sum()),
    )
    fixed = settings.cuts is not None
    coarsen = None if fixed else supervised_coarsening(rule.kind, settings.prebinning, settings.max_prebins, sums)
    parted = np.searchsorted(rule.cuts, asked.fixed_cuts, side="right")
    return Grouping(constraints, _candidates(rule.kind, settings), coarsen, fixed, tuple(parted.tolist()))


def _candidates(kind: str, settings: FeatureSettings) -> tuple[str, ...]:
    """Return the trends that are candidates."""
    if settings.criterion.sums.name == "multiclass":
        return ("none",)
    if kind == "categorical":
        return ("ascending",)
    if settings.trend not in ("auto", "best"):
        return (settings.trend,)
    if settings.cuts is not None:
        return ("none",)
    return ("ascending", "descending") if settings.trend == "auto" else tuple(SHAPES)


def _trend_and_value(
    items: Items, cells: Cells, n_items: int, grouping: Grouping, seed: np.random.SeedSequence
) -> tuple[str, CrossFit]:
    """Return the trend with the best cross-fitted value, and the value with its choice inside the folds.

    Values that differ by less than two standard deviations of noise are equal, and the gain on all rows decides.
    A trend that leaves one bin only is the last choice: it would hide a feature that another trend shows; among equals
    a simpler one comes first, and the value is then that of its kind.
    The trend is an estimate, for which a whole weight counts as repetition; the value's honesty is about
    sampling error, for which it does not. Without weights the two are one.
    """
    fitted = cross_fit(cells, n_items, grouping, np.random.default_rng(seed))
    chooser = fitted
    repeated = isinstance(cells, RowCells) and items.weighted and _are_repetitions(items.counts)
    if len(grouping.trends) > 1 and repeated:
        chooser = cross_fit(RowCells.of_counts(items.counts), n_items, grouping, np.random.default_rng(seed))

    best = max(chooser.by_trend.values())

    def preference(trend: str) -> tuple[bool, float, int, float]:
        bins, total = grouping.choose(items.counts[:n_items], items.totals, trend)
        return bool(bins.any()), min(chooser.by_trend[trend], best - 2 * chooser.noise), -SHAPES[trend], total

    trend = max(grouping.trends, key=preference)
    kind = tuple(other for other in grouping.trends if SHAPES[other] == SHAPES[trend])
    if kind != grouping.trends:
        fitted = cross_fit(cells, n_items, replace(grouping, trends=kind), np.random.default_rng(seed))
    return trend, fitted


def _are_repetitions(counts: FloatArray) -> bool:
    return bool((counts == np.rint(counts)).all() and counts.sum() < 2**53)


def _trend_name(kind: str, settings: FeatureSettings, trend: str) -> str:
    if kind == "categorical":
        return "as given" if settings.cuts is not None else "ordered by event rate"
    if settings.cuts is not None and settings.trend in ("auto", "best"):
        return "as given"
    return trend
