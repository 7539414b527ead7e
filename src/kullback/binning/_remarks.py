"""What a reader of the bins would otherwise have to find: broken constraints, hidden codes, cells without rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kullback._frames import Column
from kullback._typing import FloatArray, IntArray
from kullback.binning._constraints import BinConstraints
from kullback.binning._partition import CURVATURES, Constraints, pairs_allowed
from kullback.binning._rule import value_text
from kullback.binning._selection import CrossFit, RowCells, effective_rows
from kullback.binning._settings import FeatureSettings
from kullback.binning._table import BinningTable
from kullback.inference import misleading_half
from kullback.information import ContingencyTable

__all__ = ["remarks", "violations"]

CHANCE = 1e-4
"""A pure value is told as hidden where the rest of its bin would make it so with less than this probability."""

SPIKE = 5
"""Fewest rows that make a value a spike."""

RARE = 10.0
"""Rows below which a level's event rate is mostly noise."""


def violations(table: BinningTable, constraints: Constraints, settings: FeatureSettings) -> Iterator[str]:
    """Say which constraints the bins given by the user break; the bins stay."""
    given = f"The {'bins given' if settings.cuts is not None else 'fixed cuts'} for {table.feature!r}"
    n_regular = table.rule.n_regular
    if n_regular > constraints.max_bins:
        yield f"{given} must be at most max_bins={settings.max_bins}; they are {n_regular}. Raise it, or join bins."
    if n_regular < constraints.min_bins:
        yield f"{given} leave {n_regular} bins; min_bins={constraints.min_bins} asks for more. Lower it."
    for label, cell in zip(table.labels[:n_regular], table.contingency.counts, strict=False):
        yield from _size_violations(given, label, cell, table.contingency.totals, constraints)
    yield from _trend_violations(given, table, settings.trend)
    yield from _pair_violations(given, table, constraints)


def _size_violations(
    given: str, label: str, cell: FloatArray, totals: FloatArray, constraints: Constraints
) -> Iterator[str]:
    count, total = cell.sum(), totals.sum()
    if count == 0:
        yield f"{given} leave no row in {label}: it gets WoE 0. Join it with a neighbour."
        return
    if count < constraints.min_fraction * total * (1 - 1e-12):
        yield (
            f"{given} leave {100 * count / total:.3g}% of the rows in {label}; "
            f"min_bin_fraction={constraints.min_fraction:g} asks for {100 * constraints.min_fraction:g}%. "
            "Lower it, or widen the bin."
        )
    if (np.maximum(cell, count * totals / total) < constraints.min_class).any():
        yield (
            f"{given} leave {cell[1]:g} events and {cell[0]:g} non-events in {label}; "
            f"min_bin_events={constraints.min_class:g} asks for as many of each, found or expected at the "
            "overall rate. Lower it, or widen the bin."
        )


def _pair_violations(given: str, table: BinningTable, constraints: Constraints) -> Iterator[str]:
    """Tell of neighbours, in the order of the bins, that are too much alike."""
    counts = table.contingency.counts[: table.rule.n_regular].T
    left, right = counts[:, :-1], counts[:, 1:]
    rates = table.event_rate[: table.rule.n_regular]
    with np.errstate(invalid="ignore"):
        near = np.abs(np.diff(rates)) < constraints.min_gap
    asked = f"min_gap={constraints.min_gap:g}"
    for fails, rule in ((near, asked), (~pairs_allowed(left, right, constraints), "max_pvalue or neighbour_rule")):
        for place in np.flatnonzero(fails):
            first, second = table.labels[place], table.labels[place + 1]
            yield f"{given} leave {first} and {second} neighbours, which {rule} does not allow. Join them, or lower it."


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
        **{name: (sign * np.diff(rates, 2) >= -1e-12).all() for name, sign in CURVATURES.items()},
    }
    if table.kind != "categorical" and not kept.get(trend, True):
        told = ", ".join(f"{rate:.3f}" for rate in rates)
        yield f'{given} break monotonic="{trend}": their event rates are {told}. Move cuts, or change the trend.'


def remarks(
    column: Column,
    item_codes: IntArray,
    items: ContingencyTable,
    bins: IntArray,
    table: BinningTable,
    cells: RowCells,
    value: CrossFit,
    settings: FeatureSettings,
) -> Iterator[str]:
    """Say aloud what a reader of the bins would otherwise have to find."""
    yield from _of_bins(table, items, bins.size, settings)
    yield from _few(table, cells, value)
    yield from _hidden_spikes(column, item_codes, items, bins, settings)


def _of_bins(table: BinningTable, items: ContingencyTable, n_items: int, settings: FeatureSettings) -> Iterator[str]:
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
    more = "" if settings.constraints == BinConstraints() else " and constraints"
    return (
        f"{table.feature!r} stays in one bin: no two bins satisfy min_bin_fraction={settings.min_bin_fraction:g} and "
        f"min_bin_events={settings.min_bin_events:g}{more}{f' in {settings.trend} order' if asked else ''} with a "
        f"weight of {_amount(items.totals.sum())} rows and {_amount(items.totals[1])} events. Lower them (weights "
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
