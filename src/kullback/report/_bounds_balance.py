"""How alike two sets of rows are, column by column: arms that are compared, and rows kept and left out."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from kullback._frames import column_of
from kullback._typing import FloatArray, IntArray

__all__ = ["MOST_SHOWN", "against_missed", "balance_of"]

MOST_SHOWN = 20
"""Levels of a text that are compared one by one."""


def balance_of(
    design: Any,
    covariates: Mapping[str, Sequence[str]],
    codes: IntArray,
    compared: Sequence[int],
    weights: FloatArray | None,
) -> list[dict[str, Any]]:
    """Return the mean of each covariate's columns in the first arm and in the other one, or in all others.

    The standardised difference is that of the means over the root of the mean of both variances.
    """
    first = codes == compared[0]
    other = codes == compared[1] if len(compared) > 1 else ~first
    used = np.ones(codes.size) if weights is None else weights
    records = []
    for column in (column for columns in covariates.values() for column in columns):
        values = design[column].to_numpy(dtype=np.float64)
        one, two = _moments(values[first], used[first]), _moments(values[other], used[other])
        records.append({"column": column, "treated": one[0], "others": two[0], "difference": _standardised(one, two)})
    return records


def against_missed(kept: Any, missed: Any, names: Sequence[Hashable]) -> list[dict[str, Any]]:
    """Return the mean of each column in the rows kept and in those left out that have a value there, unweighted."""
    import pandas as pd

    records = []
    both = pd.concat([kept, missed])
    is_kept = np.arange(len(both)) < len(kept)
    for name in names:
        known = both[name].notna().to_numpy()
        for label, values in _numeric_parts(both[name][known], name):
            inside = is_kept[known]
            if inside.all():
                continue
            one, two = _moments(values[inside]), _moments(values[~inside])
            records.append(
                {
                    "column": label,
                    "kept": one[0],
                    "left_out": two[0],
                    "rows_left_out": int((~inside).sum()),
                    "difference": _standardised(one, two),
                }
            )
    return records


def _numeric_parts(series: Any, name: Hashable) -> list[tuple[str, FloatArray]]:
    """Return a column as numbers: itself, or an indicator of each level of a text."""
    column = column_of(series, name)
    if column.values is not None:
        return [(str(name), np.asarray(column.values, dtype=np.float64))]
    codes = np.asarray(column.codes)
    return [(f"{name}={level}", (codes == code) + 0.0) for code, level in enumerate((column.levels or ())[:MOST_SHOWN])]


def _moments(values: FloatArray, weights: FloatArray | None = None) -> tuple[float, float]:
    mean = float(np.average(values, weights=weights))
    return mean, float(np.average((values - mean) ** 2, weights=weights))


def _standardised(one: tuple[float, float], two: tuple[float, float]) -> float | None:
    """Return the standardised difference; None where neither set varies."""
    spread = float(np.sqrt(0.5 * (one[1] + two[1])))
    return (one[0] - two[0]) / spread if spread > 0 else None
