"""Values in JSON, exactly: numbers by their shortest exact text, and a mark on what JSON has no word for."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd

from kullback.exceptions import InputError

__all__ = ["read_value", "write_value"]

Write = Callable[[Any], Any]

_MARKED: dict[str, tuple[type | tuple[type, ...], Write, Write]] = {
    "float": (float, repr, float),
    "bytes": (bytes, lambda value: value.hex(), bytes.fromhex),
    "timestamp": (pd.Timestamp, lambda value: value.isoformat(), lambda text: _timestamp(text)),
    "datetime": (datetime.datetime, lambda value: value.isoformat(), datetime.datetime.fromisoformat),
    "date": (datetime.date, lambda value: value.isoformat(), datetime.date.fromisoformat),
    "decimal": (decimal.Decimal, str, decimal.Decimal),
    "interval": (
        pd.Interval,
        lambda value: [write_value(value.left), write_value(value.right), value.closed],
        lambda entry: pd.Interval(read_value(entry[0]), read_value(entry[1]), entry[2]),
    ),
    "tuple": (tuple, lambda value: [write_value(v) for v in value], lambda entry: tuple(map(read_value, entry))),
    "set": (
        (set, frozenset),
        lambda value: [write_value(v) for v in sorted(value, key=repr)],
        lambda entry: set(map(read_value, entry)),
    ),
    "dict": (
        dict,
        lambda value: [[write_value(k), write_value(v)] for k, v in value.items()],
        lambda entry: {read_value(k): read_value(v) for k, v in entry},
    ),
}
"""Of each kind that JSON has no word for: its type, and what writes and reads it. The first that fits is taken."""


def write_value(value: Any) -> Any:
    """Return a value as JSON can hold it.

    Text, whole numbers, finite floats, booleans, None and lists of what can be written are themselves; the others are
    ``{kind: value}``. A numpy scalar is written as Python's, an array as a list.

    Raises
    ------
    InputError
        If the value is of a type that has no exact text.
    """
    if isinstance(value, np.generic) and not isinstance(value, np.datetime64 | np.timedelta64):
        value = value.item()
    if isinstance(value, list | np.ndarray):
        return [write_value(entry) for entry in value]
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float) and np.isfinite(value):
        return float(value)
    for kind, (types, write, _) in _MARKED.items():
        if isinstance(value, types) and value is not pd.NaT:
            return {kind: write(value)}
    raise InputError(
        f"{value!r} of type {type(value).__name__} cannot be written to JSON exactly. Use text, numbers, booleans, "
        "bytes or dates."
    )


def read_value(entry: Any) -> Any:
    """Return the value that :func:`write_value` wrote.

    Raises
    ------
    InputError
        If the entry is not one that it writes.
    """
    if isinstance(entry, list):
        return [read_value(part) for part in entry]
    if not isinstance(entry, dict):
        return entry
    kind = next(iter(entry), None)
    if len(entry) != 1 or kind not in _MARKED:
        raise InputError(f"{entry!r} is no value: it must be one of {', '.join(_MARKED)}, each with its own entry.")
    try:
        return _MARKED[kind][2](entry[kind])
    except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{entry!r} is not a {kind}: {error}") from None


def _timestamp(text: Any) -> Hashable:
    if not isinstance(text, str):
        raise TypeError("a timestamp must be text")
    return pd.Timestamp(text)
