"""The target of a binner: two classes, several, numbers or counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.utils.multiclass import type_of_target

from kullback._checks import check_labels, encode_events
from kullback._typing import FloatArray, IntArray, ObjectArray
from kullback.binning._class_table import ClassTable
from kullback.binning._number_table import NumberTable
from kullback.binning._numbers import NumberCells, number_columns
from kullback.binning._rule import BinRule
from kullback.binning._selection import Cells, RowCells, WeightClasses
from kullback.binning._sums import BinSums
from kullback.binning._table import BinningTable
from kullback.exceptions import InputError
from kullback.information import ContingencyTable

__all__ = ["TARGET_TYPES", "Items", "Table", "Target", "read_target"]

TARGET_TYPES = ("binary", "multiclass", "continuous", "count")

MANY_CLASSES = 20
"""Most different labels that are taken for classes without being told."""

Table = BinningTable | ClassTable | NumberTable
Items = ContingencyTable | BinSums


@dataclass(frozen=True, eq=False)
class Target:
    """A target, one entry a row.

    Attributes
    ----------
    kind : {"binary", "multiclass", "continuous", "count"}
    codes : (rows,) int64
        Class; 0 for numbers and counts.
    values : (rows,) float64
        Numbers less `centre`, or counts; 0 for classes.
    classes : (classes,) array
        Labels, the event last of two; none for numbers.
    centre : float
    """

    kind: str
    codes: IntArray
    values: FloatArray
    classes: ObjectArray
    centre: float = 0.0

    def __len__(self) -> int:
        return self.codes.size

    @property
    def has_classes(self) -> bool:
        """Whether the target is of classes."""
        return self.classes.size > 0

    @property
    def as_given(self) -> FloatArray | IntArray:
        """The target as a binner reads it: numbers of classes, or the numbers themselves."""
        return self.codes if self.has_classes else self.values + self.centre

    def take(self, rows: IntArray) -> Target:
        """Return some rows, among which every class must be, or raise."""
        taken = replace(self, codes=self.codes[rows], values=self.values[rows])
        if not self.has_classes:
            _refuse_flat(taken.values, self.kind)
        absent = np.setdiff1d(np.arange(self.classes.size), taken.codes)
        if absent.size and self.kind == "binary":
            raise InputError(
                "y must hold both classes among the rows with a positive weight; all of them are "
                f"{'non-events' if absent[0] else 'events'}."
            )
        if absent.size:
            raise InputError(
                "y must hold all classes among the rows with a positive weight; none of them is "
                f"{self.classes.tolist()[absent[0]]!r}."
            )
        return taken

    def weight_classes(self, weights: FloatArray | None) -> WeightClasses | None:
        """Return the weights in classes, for dealing and permuting rows of classes by their counts."""
        return WeightClasses.of(weights, self.codes) if weights is not None and self.has_classes else None

    def tabulate(self, codes: IntArray, weights: FloatArray | None, n_bins: int) -> Items:
        """Return the sums of rows by code."""
        if self.kind == "binary":
            return ContingencyTable.from_codes(codes, self.codes, weights, n_bins=n_bins)
        if self.has_classes:
            columns = (self.codes == np.arange(self.classes.size)[:, None]).astype(np.float64)
            return BinSums.of_rows(codes, columns, weights, n_bins)
        return BinSums.of_rows(codes, number_columns(self.values), weights, n_bins)

    def cells(self, codes: IntArray, weights: FloatArray | None, classes: WeightClasses | None, items: Items) -> Cells:
        """Return the rows by item, to be dealt and permuted."""
        if not self.has_classes:
            item = codes.astype(np.min_scalar_type(len(items)))  # kept for each feature: the smallest there is
            return NumberCells(item, self.values, weights, len(items), self.kind == "count")
        if classes is None:
            return RowCells.of_counts(items.counts)
        return RowCells.of_rows(codes, self.codes, classes, len(items))

    def table(self, rule: BinRule, sums: Items, trend: str) -> Table:
        """Return the table of bins."""
        if isinstance(sums, ContingencyTable):
            return BinningTable(rule, sums, trend)
        if self.has_classes:
            return ClassTable(rule, sums, self.classes, "none")
        return NumberTable(rule, sums, self.centre, trend, self.kind)


def read_target(y: Any, target_type: str = "auto", pos_label: Any = None) -> Target:
    """Return the target of a binner.

    Raises
    ------
    InputError
        If y is not what `target_type` says, or holds numbers of which nobody can tell whether they are classes.
    """
    if target_type == "auto":
        labels = check_labels(y)
        kind = _told(labels)
        n_labels = np.unique(labels).size if kind == "multiclass" and labels.dtype.kind in "iuf" else 0
        if n_labels > MANY_CLASSES:
            raise InputError(
                f"y holds {n_labels} different whole numbers, which may be classes, counts or amounts: "
                'say target_type="multiclass", "count" or "continuous".'
            )
    else:
        kind = target_type
    if pos_label is not None and kind != "binary":
        raise InputError(f"pos_label is for a target of two classes; y is {kind}.")
    return _READERS[kind](y, pos_label)


def _told(labels: ObjectArray) -> str:
    """Return what y looks like; two labels at most, of any type, are left to the reader of events."""
    if labels.dtype.kind == "O" or labels.dtype.kind in "USb":
        return "binary" if len(set(labels.tolist())) <= 2 else "multiclass"
    if labels.size == 0 or ((labels == labels.min()) | (labels == labels.max())).all():
        return "binary"
    return "continuous" if type_of_target(labels) == "continuous" else "multiclass"


def _binary(y: Any, pos_label: Any) -> Target:
    events, classes = encode_events(y, pos_label)
    return Target("binary", events, np.zeros(events.size), classes)


def _multiclass(y: Any, pos_label: Any) -> Target:
    del pos_label
    labels = check_labels(y)
    try:
        classes, codes = np.unique(labels, return_inverse=True)
    except TypeError:
        raise InputError("y mixes labels of different types; make them one type.") from None
    if classes.size < 3:
        told = " and ".join(map(repr, classes.tolist()))
        raise InputError(
            f'target_type="multiclass" is for three classes or more; y holds {told or "none"} only. '
            'Take "binary" for two.'
        )
    return Target("multiclass", codes.reshape(-1).astype(np.int64), np.zeros(labels.size), classes)


def _numbers(y: Any, kind: str) -> FloatArray:
    labels = check_labels(y)
    try:
        values = np.ascontiguousarray(labels, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f'target_type="{kind}" needs numbers; y holds {labels.tolist()[0]!r}.') from None
    if not np.isfinite(values).all():
        raise InputError("y must be finite; it holds infinities.")
    return values


def _refuse_flat(values: FloatArray, kind: str) -> None:
    """Raise where numbers leave nothing to explain."""
    if kind == "count" and not values.any():
        raise InputError("y must hold events among the rows with a positive weight; all its counts are zero.")
    if kind == "continuous" and (values.size == 0 or values.min() == values.max()):
        raise InputError(
            "y must vary among the rows with a positive weight, to be explained by bins; all its entries are equal."
        )


def _continuous(y: Any, pos_label: Any) -> Target:
    del pos_label
    values = _numbers(y, "continuous")
    _refuse_flat(values, "continuous")
    centre = float(values.mean())
    return Target("continuous", np.zeros(values.size, dtype=np.int64), values - centre, np.empty(0, object), centre)


def _count(y: Any, pos_label: Any) -> Target:
    del pos_label
    values = _numbers(y, "count")
    if (values < 0).any():
        raise InputError('target_type="count" needs counts, or rates of exposure, which are not negative.')
    _refuse_flat(values, "count")
    return Target("count", np.zeros(values.size, dtype=np.int64), values, np.empty(0, object))


_READERS = {"binary": _binary, "multiclass": _multiclass, "continuous": _continuous, "count": _count}
