"""What a reader of the bins would otherwise have to find: broken constraints, hidden codes, cells without rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kullback._frames import Column
from kullback._typing import FloatArray, IntArray
from kullback.binning._constraints import BinConstraints
from kullback.binning._partition import CURVATURES, Constraints, pairs_allowed
from kullback.binning._rule import value_text
from kullback.binning._selection import Cells, CrossFit, RowCells, effective_rows
from kullback.binning._settings import FeatureSettings
from kullback.binning._table import BinningTable
from kullback.binning._target import Items, Table
from kullback.inference import misleading_half
from kullback.information import ContingencyTable

__all__ = ["remarks", "violations"]

CHANCE = 1e-4
"""A pure value is told as hidden where the rest of its bin would make it so with less than this probability."""

SPIKE = 5
"""Fewest rows that make a value a spike."""

RARE = 10.0
"""Rows below which a level's event rate is mostly noise."""

NEUTRAL = {"binary": "WoE 0", "multiclass": "WoE 0", "continuous": "the overall mean", "count": "the overall rate"}
"""Encoding of a bin that says nothing."""

NEEDED = {
    "binary": "events and non-events",
    "multiclass": "rows of all classes",
    "continuous": "rows",
    "count": "events",
}
"""What folds must hold to be compared."""


def violations(table: Table, bins: Items, constraints: Constraints, settings: FeatureSettings) -> Iterator[str]:
    """Say which constraints the bins given by the user break; the bins stay."""
    given = f"The {'bins given' if settings.cuts is not None else 'fixed cuts'} for {table.feature!r}"
    n_regular = table.rule.n_regular
    if n_regular > constraints.max_bins:
        yield f"{given} must be at most max_bins={settings.max_bins}; they are {n_regular}. Raise it, or join bins."
    if n_regular < constraints.min_bins:
        yield f"{given} leave {n_regular} bins; min_bins={constraints.min_bins} asks for more. Lower it."
    for label, cell in zip(table.labels[:n_regular], bins.counts, strict=False):
        yield from _size_violations(given, label, cell, bins.totals, constraints)
    sums, regular = constraints.criterion.sums, bins.counts[:n_regular].T
    levels = np.where(sums.size(regular) > 0, sums.level(regular), np.nan)
    yield from _trend_violations(given, levels, table, settings.trend)
    yield from _pair_violations(given, regular, levels, table.labels, constraints)


def _size_violations(
    given: str, label: str, cell: FloatArray, totals: FloatArray, constraints: Constraints
) -> Iterator[str]:
    sums = constraints.criterion.sums
    count, total = (float(sums.size(x[:, None])[0]) for x in (cell, totals))
    if count == 0:
        yield f"{given} leave no row in {label}: it gets {NEUTRAL[sums.name]}. Join it with a neighbour."
        return
    if count < constraints.min_fraction * total * (1 - 1e-12):
        yield (
            f"{given} leave {100 * count / total:.3g}% of the rows in {label}; "
            f"min_bin_fraction={constraints.min_fraction:g} asks for {100 * constraints.min_fraction:g}%. "
            "Lower it, or widen the bin."
        )
    held, of_all = sums.held(cell[:, None])[:, 0], sums.held(totals[:, None])[:, 0]
    if (np.maximum(held, count * of_all / total) < constraints.min_class).any():
        yield (
            f"{given} leave {_held_words(held, sums.name)} in {label}; "
            f"min_bin_events={constraints.min_class:g} asks for as many{' of each' if held.size > 1 else ''}, found or "
            "expected at the overall rate. Lower it, or widen the bin."
        )


def _held_words(held: FloatArray, sums: str) -> str:
    if sums == "binary":
        return f"{held[1]:g} events and {held[0]:g} non-events"
    amounts = ", ".join(f"{amount:g}" for amount in held)
    return f"{amounts} events" if sums == "count" else f"{amounts} rows of the classes"


def _pair_violations(
    given: str, cells: FloatArray, levels: FloatArray, labels: tuple[str, ...], constraints: Constraints
) -> Iterator[str]:
    """Tell of neighbours, in the order of the bins, that are too much alike."""
    with np.errstate(invalid="ignore"):
        near = np.abs(np.diff(levels)) < constraints.min_gap
    alike = ~pairs_allowed(cells[:, :-1], cells[:, 1:], constraints)
    for fails, rule in ((near, f"min_gap={constraints.min_gap:g}"), (alike, "max_pvalue or neighbour_rule")):
        for place in np.flatnonzero(fails):
            both = f"{labels[place]} and {labels[place + 1]}"
            yield f"{given} leave {both} neighbours, which {rule} does not allow. Join them, or lower it."


def _trend_violations(given: str, levels: FloatArray, table: Table, trend: str) -> Iterator[str]:
    rates = levels[~np.isnan(levels)]
    steps = np.sign(np.diff(rates))
    turns = steps[steps != 0]
    kept = {
        "ascending": (turns > 0).all(),
        "descending": (turns < 0).all(),
        "peak": (np.diff(turns) <= 0).all(),
        "valley": (np.diff(turns) >= 0).all(),
        **{name: (sign * np.diff(rates, 2) >= -1e-12).all() for name, sign in CURVATURES.items()},
    }
    if table.kind != "categorical" and not kept.get(trend, True):
        what = "event rates" if isinstance(table, BinningTable) else "means"
        told = ", ".join(f"{rate:.3f}" for rate in rates)
        yield f'{given} break monotonic="{trend}": their {what} are {told}. Move cuts, or change the trend.'


def remarks(
    column: Column,
    item_codes: IntArray,
    items: Items,
    bins: IntArray,
    table: Table,
    cells: Cells,
    value: CrossFit,
    settings: FeatureSettings,
) -> Iterator[str]:
    """Say aloud what a reader of the bins would otherwise have to find."""
    yield from _of_bins(table, items, bins.size, settings)
    if value.df == 0 and (table.count > 0).sum() > 1:
        yield (
            f"What {table.feature!r} says of the target could not be measured across folds, and is given as 0: no two "
            f"folds hold {NEEDED[settings.criterion.sums.name]}. Use more rows."
        )
    if isinstance(table, BinningTable) and isinstance(cells, RowCells) and isinstance(items, ContingencyTable):
        yield from _half(table, cells)
        yield from _hidden_spikes(column, item_codes, items, bins, settings)


def _of_bins(table: Table, items: Items, n_items: int, settings: FeatureSettings) -> Iterator[str]:
    sums = settings.criterion.sums
    size = sums.size(items.counts.T)
    filled = np.flatnonzero(size)
    if settings.cuts is None and filled.size == 1:
        if table.rule.missing and filled[0] == size.size - 1:
            yield f"{table.feature!r} has no value at all: every row is missing. It says nothing; leave it out."
        else:
            neutral = NEUTRAL[sums.name]
            yield f"{table.feature!r} is constant: it says nothing about the target and gets {neutral}. Leave it out."
    elif n_items > 1 and table.rule.n_regular == 1 and settings.max_bins > 1:
        yield _one_bin_message(table, items, settings)
    if table.kind == "categorical" and n_items > settings.max_prebins:
        rare = size[:n_items][size[:n_items] < RARE].sum() / size.sum()
        if rare > 0.5:
            yield (
                f"{table.feature!r} has {n_items} levels, and {rare:.0%} of the rows are in levels with fewer than "
                f"{RARE:g}: their order by event rate is mostly noise, and so are the WoE in sample. Join "
                "them by BinConstraints(min_level_rows=...), encode with cv, or leave the column out if it identifies "
                "rows."
            )


def _half(table: BinningTable, cells: RowCells) -> Iterator[str]:
    """Tell of a half added to cells that is not half a row."""
    filled = table.contingency.counts[table.count > 0]
    told = misleading_half(float(filled.sum() / cells.rows.sum())) if (filled == 0).any() else None
    if told:
        yield f"{table.feature!r} has a bin of one class: to its cells {told}"


def _one_bin_message(table: Table, items: Items, settings: FeatureSettings) -> str:
    asked = settings.trend in ("ascending", "descending") and table.kind != "categorical"
    sums = settings.criterion.sums
    weight = _amount(float(sums.size(items.totals[:, None])[0]))
    events = f" and {_amount(items.totals[1])} events" if sums.name in ("binary", "count") else ""
    more = "" if settings.constraints == BinConstraints() else " and constraints"
    return (
        f"{table.feature!r} stays in one bin: no two bins satisfy min_bin_fraction={settings.min_bin_fraction:g} and "
        f"min_bin_events={settings.min_bin_events:g}{more}{f' in {settings.trend} order' if asked else ''} with a "
        f"weight of {weight} rows{events}. Lower them (weights "
        f"count as repetitions of a row){', or try another trend' if asked else ''}."
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
