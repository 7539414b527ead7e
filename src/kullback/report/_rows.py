"""The rows of a table as a model sees them."""

from __future__ import annotations

import decimal
import numbers
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np

from kullback._checks import check_weights, encode_events
from kullback._frames import column_names
from kullback._typing import FloatArray, IntArray
from kullback.exceptions import InputError
from kullback.scorecard import Scorecard

__all__ = [
    "Prepared",
    "check_choices",
    "check_columns",
    "event_label",
    "label_position",
    "match_label",
    "no_column",
    "prepare",
    "share_of_rows",
    "split",
]

MOST_GROUPS = 20
"""A protected column names groups of people; with more values than this it measures something."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """Features, events, weights and protected groups of the same rows.

    Attributes
    ----------
    frame : pandas.DataFrame
        Features only.
    events : (rows,) int64
    weights : (rows,) array or None
    groups : pandas.DataFrame
        Protected columns, none or more.
    """

    frame: Any
    events: IntArray
    weights: FloatArray | None
    groups: Any


def check_columns(
    frame: Any,
    target: Hashable,
    protected: Sequence[Hashable],
    weight: Hashable | None,
    others: Sequence[Hashable],
    name: str,
) -> None:
    """Raise where a named column does not exist or cannot have its role; `name` is the table's."""
    columns = column_names(frame)
    roles = [("target", target), *(("protected column", column) for column in protected), ("weight", weight)]
    for role, column in roles:
        if column is not None and column not in columns:
            raise no_column(name, column, columns, role)
    for column in others:
        if column not in columns:
            raise no_column(name, column, columns)
    if target in protected:
        raise InputError(f"The protected column cannot be the target, {target!r}: there would be nothing to compare.")
    if weight is not None and weight in (target, *protected):
        raise InputError(f"The weight cannot be the target or a protected column; {weight!r} came.")
    for column in protected:
        _check_groups(frame[column], column)


def _check_groups(column: Any, protected: Hashable) -> None:
    n_groups = column.nunique()
    if n_groups == 0:
        raise InputError(f"The protected column {protected!r} holds no group: every row is missing.")
    if n_groups > MOST_GROUPS:
        raise InputError(
            f"The protected column must name groups of people, at most {MOST_GROUPS}; {protected!r} has {n_groups} "
            "values. Put them into groups first."
        )


def check_choices(
    target: Hashable, weight: Hashable | None, exclude: Sequence[Hashable], keep: Sequence[Hashable]
) -> None:
    """Raise where a column is asked to be in the model and out of it."""
    for column in keep:
        if column in exclude:
            raise InputError(f"{column!r} cannot both be kept and excluded.")
    for column in (*exclude, *keep):
        if column in (target, weight):
            role = "target" if column == target else "weight"
            raise InputError(f"{column!r} is the {role}: it is no predictor, to be kept or excluded.")


def no_column(table: str, column: Hashable, columns: Sequence[Hashable], role: str = "") -> InputError:
    """Return the error for a column that a table does not have, with those that it has and the names like it."""
    named = f", named as the {role}" if role else ""
    known = {str(name).lower(): str(name) for name in columns}
    near = [known[name] for name in get_close_matches(str(column).lower(), known, 3)]
    like = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    shown = f"{', '.join(map(str, columns[:12]))}{', ...' if len(columns) > 12 else ''}"
    return InputError(f"{table} has no column {column!r}{named}.{like} It has: {shown}.")


def match_label(labels: Any, event: Any) -> Any:
    """Return the label that `event` stands for: itself, or the one that reads the same; None for None."""
    if event is None:
        return None
    present = labels.dropna().unique().tolist()
    place = label_position(present, event)
    if place is None:
        told = ", ".join(map(repr, present[:5]))
        raise InputError(f"The event {event!r} is not a label of the target; it holds {told}.")
    return present[place]


def label_position(present: Sequence[Any], wanted: Any) -> int | None:
    """Return the position of a label, or of the one that reads the same, or that is the same number."""
    for place, label in enumerate(present):
        if label == wanted or str(label) == str(wanted):
            return place
    for place, label in enumerate(present):
        if _as_float(label) is not None and _as_float(label) == _as_float(wanted):
            return place
    return None


def event_label(labels: Any, event: Any, card: Scorecard) -> Any:
    """Return the label of the bad outcome: `event`, or the one that the scorecard names; None where neither does.

    Raises
    ------
    InputError
        If it is not a label, or the two differ.
    """
    named = card.pos_label
    if named is None and card.binner is not None:
        named = card.binner.pos_label
    of_card, asked = match_label(labels, named), match_label(labels, event)
    if None not in (of_card, asked) and of_card != asked:
        raise InputError(
            f"event={event!r} and the scorecard's pos_label={named!r} are different labels. Name the bad outcome once, "
            "or alike."
        )
    return of_card if asked is None else asked


def _as_float(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def prepare(
    frame: Any,
    features: list[Hashable],
    target: Hashable,
    label: Any,
    protected: Sequence[Hashable],
    weight: Hashable | None,
) -> Prepared:
    """Return the rows of a table; `label` is the event's, the greater one where None."""
    events, _ = encode_events(frame[target], label, name=str(target))
    weights = None if weight is None else check_weights(frame[weight], len(frame))
    return Prepared(frame[features], events, weights, frame[list(protected)])


def share_of_rows(test_size: Any) -> float:
    """Return the share as the float that it reads: 0.3, not the 0.30000001 that a float32 of it holds."""
    if isinstance(test_size, bool) or not isinstance(test_size, numbers.Real | decimal.Decimal):
        raise InputError(f"test_size must be a number between 0 and 1, such as 0.3; {test_size!r} came.")
    return float(str(test_size) if isinstance(test_size, np.floating) else test_size)


def split(rows: Prepared, used: list[Hashable], test_size: float, seed: int) -> tuple[Prepared, Prepared]:
    """Return training and test rows, drawn by class, with the columns `used`."""
    from sklearn.model_selection import train_test_split

    smallest = int(min(rows.events.sum(), (1 - rows.events).sum()))
    if not 0 < test_size < 1 or min(test_size, 1 - test_size) * smallest < 2:
        raise InputError(
            f"test_size must leave two rows of each class on both sides; test_size={test_size} of {rows.events.size} "
            f"rows, {smallest} in the smaller class, does not."
        )
    index = np.arange(rows.events.size)
    first, second = train_test_split(index, test_size=test_size, random_state=seed, stratify=rows.events)
    return _take(rows, np.sort(first), used), _take(rows, np.sort(second), used)


def _take(rows: Prepared, index: IntArray, used: list[Hashable]) -> Prepared:
    return Prepared(
        rows.frame[used].iloc[index],
        rows.events[index],
        None if rows.weights is None else rows.weights[index],
        rows.groups.iloc[index],
    )
