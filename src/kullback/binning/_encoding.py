"""What a binner puts in place of a value: the columns of its output, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kullback._frames import Column
from kullback._typing import FloatArray, IntArray, ObjectArray
from kullback.binning._target import Table
from kullback.exceptions import InputError

__all__ = ["bins_of", "code_table", "column_names_of", "put_on_lines"]


def code_table(table: Table, encode: str) -> FloatArray:
    """Return the (bins + 1, columns) code of each bin of a feature, last that of unknown values."""
    n_bins = table.rule.n_bins
    if encode == "ordinal":
        return np.append(np.arange(n_bins, dtype=np.float64), -1.0)[:, None]
    if encode == "onehot":
        return np.eye(n_bins + 1, n_bins)
    return table.encoding(encode)


def put_on_lines(table: Table, column: Column, bins: IntArray, entries: FloatArray, out: FloatArray) -> None:
    """Put what lies on the lines between bins in place of their steps, in the (rows,) output of numeric values.

    A line goes from each bin's mean value and code, of (bins + 1,) entries, to the next one's. Before the first and
    after the last it is flat; special, missing and unknown values, and those of a bin without rows, keep their code.
    """
    rule = table.rule
    if rule.kind != "numeric":
        return
    if rule.centres.size < rule.n_regular:
        raise InputError(
            f'encode="piecewise" needs the mean value of each bin of {rule.feature!r}, which these bins do not hold. '
            "Fit them again, or encode by steps."
        )
    filled = table.count[: rule.n_regular] > 0
    inside = np.append(filled, np.zeros(rule.n_bins + 1 - filled.size, dtype=np.bool_))[bins]
    if inside.any():
        values = np.asarray(column.values)[inside]
        out[inside] = np.interp(values, rule.centres[filled], entries[: filled.size][filled])


def column_names_of(table: Table, encode: str, classes: Sequence[Any]) -> list[str]:
    """Return the names of a feature's columns: its own, or with the bin or the class where there are several."""
    name = str(table.feature)
    if encode == "onehot":
        return [f"{name}_{label}" for label in table.labels]
    if encode != "ordinal" and len(classes) > 2:
        return [f"{name}_{label}" for label in classes]
    return [name]


def bins_of(encoded: FloatArray, tables: Sequence[Table], encode: str) -> ObjectArray:
    """Return the (rows, features) names of the bins that (rows, columns) codes come from.

    Several, joined by " | ", where bins share a code, and "unknown" where no bin has it.

    Raises
    ------
    InputError
        If the columns are not those of the tables, or lie on lines between bins.
    """
    if encode == "piecewise":
        raise InputError(
            'encode="piecewise" cannot be inverted: a value lies between the codes of two bins. Encode by "woe" or '
            '"mean", or use lookup of the tables.'
        )
    codes = [code_table(table, encode)[:-1] for table in tables]
    width = sum(code.shape[1] for code in codes)
    if encoded.ndim != 2 or encoded.shape[1] != width:
        raise InputError(f"X must have {width} columns, as transform returns them; its shape is {encoded.shape}.")
    blocks = np.split(encoded, np.cumsum([code.shape[1] for code in codes])[:-1], axis=1)
    return np.column_stack(
        [_nearest_label(block, code, table.labels) for block, code, table in zip(blocks, codes, tables, strict=True)]
    )


def _nearest_label(encoded: FloatArray, codes: FloatArray, labels: tuple[str, ...]) -> ObjectArray:
    same = np.isclose(encoded[:, None], codes, rtol=1e-9, atol=1e-12).all(axis=2)
    sets, position = np.unique(same, axis=0, return_inverse=True)
    names = [" | ".join(np.array(labels, dtype=object)[row]) or "unknown" for row in sets]
    return np.array(names, dtype=object)[position.ravel()]
