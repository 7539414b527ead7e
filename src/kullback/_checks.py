"""The door for user input: arrays in, float64 and int64 out, or one clear error."""

from __future__ import annotations

import numbers
import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import DataConversionWarning

from kullback._typing import ArrayLike, BoolArray, FloatArray, IntArray, ObjectArray
from kullback.exceptions import InputError

__all__ = [
    "check_confidence_level",
    "check_counts",
    "check_labels",
    "check_lengths",
    "check_weights",
    "declared_order",
    "encode_events",
    "ordered_labels",
    "unmasked",
]


SQUARABLE = 1e100
"""Counts and weights lie between this and its reciprocal, or are 0: their squares, which standard errors need, and
the squares of their sums are numbers then."""


def check_confidence_level(confidence_level: float) -> float:
    """Return the level as a float strictly between 0 and 1."""
    if not isinstance(confidence_level, numbers.Real) or not 0 < float(confidence_level) < 1:
        raise InputError(f"confidence_level must be a number between 0 and 1, such as 0.95; {confidence_level!r} came.")
    return float(confidence_level)


def check_counts(counts: ArrayLike, name: str) -> FloatArray:
    """Return counts as a (bins,) float64 vector: finite, not negative, with a positive sum."""
    visible = unmasked(counts, name)
    try:
        array = np.ascontiguousarray(visible, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be numbers, one a bin; {type(counts).__name__} came.") from None
    if array.ndim != 1 or array.size == 0:
        raise InputError(f"{name} must be a vector with one count a bin; its shape is {array.shape}.")
    if not np.isfinite(array).all() or (array < 0).any():
        raise InputError(
            f"{name} must be finite and not negative; check bins {_where(~(array >= 0) | np.isinf(array))}."
        )
    if not array.any():
        raise InputError(f"{name} must not all be zero: without them there is no distribution to compare.")
    _check_squarable(array, name)
    return array


def check_weights(sample_weight: ArrayLike | None, n_rows: int, name: str = "sample_weight") -> FloatArray | None:
    """Return weights as a (rows,) float64 vector, or None where none were given."""
    if sample_weight is None:
        return None
    visible = unmasked(sample_weight, name)
    try:
        array = np.ascontiguousarray(visible, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} must be numbers, one a row ({error}).") from None
    if array.shape != (n_rows,):
        raise InputError(f"{name} must have shape ({n_rows},), one weight a row; it has {array.shape}.")
    if not np.isfinite(array).all() or (array < 0).any():
        raise InputError(
            f"{name} must be finite and not negative; check rows {_where(~(array >= 0) | np.isinf(array))}."
        )
    if not array.any():
        raise InputError(f"{name} must not be zero everywhere: no row would count.")
    _check_squarable(array, name)
    return array


def check_labels(y: Any, name: str = "y") -> ObjectArray:
    """Return labels as a (rows,) array without missing entries."""
    if y is None:
        raise InputError("The estimator requires y to be passed, but the target y is None.")
    array = _label_array(unmasked(y, name), name)
    if array.ndim == 2 and array.shape[1] == 1:
        warnings.warn(
            f"A column-vector {name} was passed when a 1d array was expected; its shape is {array.shape}.",
            DataConversionWarning,
            stacklevel=4,
        )
        array = array.ravel()
    if array.ndim != 1:
        raise InputError(f"{name} must be a vector with one label a row; its shape is {array.shape}.")
    missing = _missing(array)
    if missing.any():
        raise InputError(
            f"{name} must not have missing labels (NaN or None); {int(missing.sum())} of {array.size} are. "
            f"Leave these rows out, or say what they are{' (reject inference)' if name == 'y' else ''}."
        )
    return array


def encode_events(y: Any, pos_label: Any = None, name: str = "y") -> tuple[IntArray, ObjectArray]:
    """Return 1 for each event and 0 for each non-event, and the labels (non-event, event).

    The event is `pos_label`, or the greater of the two labels where it is None: in declared order where there is one
    (an ordered pandas categorical, a polars Enum), else as numbers or in the alphabet.
    """
    array = check_labels(y, name)
    classes = ordered_labels(array, y, name)
    if classes.size == 0:
        raise InputError(f"{name} holds no label: there is no row.")
    if classes.size == 1:
        raise InputError(
            f"{name} holds one class only, {_plain(classes[0])!r}: evidence for or against an event needs rows with it "
            "and rows without it."
        )
    if classes.size != 2:
        raise InputError(
            f"Only binary classification is supported: {name} must hold two labels; it holds {classes.size} "
            f"({', '.join(repr(_plain(c)) for c in classes[:5])}{', ...' if classes.size > 5 else ''}). "
            "Unknown label type: multiclass or continuous."
        )
    if pos_label is not None:
        if np.ndim(pos_label) or pos_label not in classes.tolist():
            labels = " and ".join(repr(_plain(c)) for c in classes)
            raise InputError(f"pos_label={pos_label!r} is not a label of {name}: these are {labels}.")
        if classes[1] != pos_label:
            classes = classes[::-1]
    return np.ascontiguousarray(array == classes[1], dtype=np.int64), classes


def ordered_labels(array: ObjectArray, given: Any, name: str) -> ObjectArray:
    """Return the distinct labels of an array in the order that `given`, of which it was made, declares, else sorted."""
    labels, order = _sorted_unique(array, name), declared_order(given)
    return labels if order is None else np.array(sorted(labels.tolist(), key=order.index), dtype=labels.dtype)


def declared_order(y: Any) -> list[Any] | None:
    """Return the labels of an ordered pandas categorical or a polars Enum; None where no order was declared."""
    kind = getattr(y, "dtype", None)
    declared = getattr(kind, "categories", None)
    if declared is None or not getattr(kind, "ordered", type(kind).__name__ == "Enum"):
        return None
    return list(declared)


def check_lengths(**arrays: Any) -> int:
    """Return the common number of rows of the arrays, which are named in the error where it differs."""
    lengths = {name: len(array) for name, array in arrays.items() if array is not None}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise InputError(f"All must have one entry a row: {told}.")
    return next(iter(lengths.values()))


def unmasked(values: Any, name: str) -> Any:
    """Return the values, unless some are hidden behind a mask, which numpy would drop without a word."""
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise InputError(f"{name} is a masked array; leave its masked entries out.")
    return values


def _check_squarable(array: FloatArray, name: str) -> None:
    positive = array[array > 0]
    if positive.max() > SQUARABLE or positive.min() < 1 / SQUARABLE:
        raise InputError(
            f"{name} must lie between 1e-100 and 1e100, or be 0; it reaches from {positive.min():g} to "
            f"{positive.max():g}. Rescale it."
        )


def _label_array(y: Any, name: str) -> ObjectArray:
    if type(y).__module__.partition(".")[0] == "pyarrow":
        y = y.to_pandas()  # pyarrow's own to_numpy refuses text, and loses the nulls of a dictionary
    try:
        array = np.asarray(y.to_numpy() if hasattr(y, "to_numpy") else y)
    except ValueError:
        raise InputError(f"{name} must be a vector with one label a row; its entries differ in length.") from None
    if isinstance(y, list | tuple) and array.dtype.kind in "US" and not all(isinstance(v, str | bytes) for v in y):
        return np.array(y, dtype=object)  # numpy has made text of numbers
    return array


def _sorted_unique(array: ObjectArray, name: str) -> ObjectArray:
    try:
        return np.unique(array)
    except TypeError:
        kinds = sorted({type(entry).__name__ for entry in array})
        raise InputError(f"{name} mixes labels of different types ({', '.join(kinds)}); make them one type.") from None


def _missing(array: ObjectArray) -> BoolArray:
    if array.dtype.kind in "biuUS":
        return np.zeros(array.shape, dtype=bool)
    if array.dtype.kind == "f":
        return np.isnan(array)
    import pandas as pd

    return np.asarray(pd.isna(array))


def _plain(label: Any) -> Any:
    return label.item() if isinstance(label, np.generic) else label


def _where(mask: BoolArray) -> str:
    positions = np.flatnonzero(mask)
    shown = ", ".join(map(str, positions[:5]))
    return shown + (f" and {positions.size - 5} more" if positions.size > 5 else "")
