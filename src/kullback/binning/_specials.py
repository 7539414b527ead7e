"""Special values: codes that are bins of their own, and whether a feature can hold them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np

from kullback._frames import Column
from kullback.binning._rule import BinRule, is_missing
from kullback.exceptions import InputError

__all__ = ["refuse_lookalikes", "special_codes", "unfit_codes"]


def special_codes(codes: Any, feature: Hashable) -> tuple[Any, ...]:
    """Return the special values of a feature, each once."""
    entries = tuple(codes) if isinstance(codes, list | tuple | set | frozenset | np.ndarray) else (codes,)
    for entry in entries:
        if not isinstance(entry, str | bytes | int | float | np.generic) and not is_missing(entry):
            raise InputError(
                f"special_values must be numbers or strings, for all features or as {{feature: codes}}; {entry!r} came "
                f"for {feature!r}."
            )
    return tuple(dict.fromkeys(entries))


def refuse_lookalikes(codes: tuple[Any, ...], column: Column) -> None:
    """Raise where a special value is a number and the column holds the text of it, or the other way round."""
    for code in codes:
        held = None if is_missing(code) else _lookalike(code, column)
        if held is not None and held not in codes:
            raise InputError(
                f"special_values holds {code!r} for {column.name!r}, whose values are "
                f"{'text' if _is_text(held) else 'numbers'}: it has {held!r} instead. Give it as it is in the column."
            )


def _lookalike(code: Any, column: Column) -> Any:
    """Return the value of the column, of the other type, that reads like the code; None where there is none."""
    if column.kind == "categorical":
        levels = (level for level in column.levels or () if _is_text(level) != _is_text(code))
        return next((level for level in levels if _number(level) == _number(code) is not None), None)
    number = _number(code) if _is_text(code) else None
    return number if number is not None and (np.asarray(column.values) == number).any() else None


def unfit_codes(codes: tuple[Any, ...], rules: Iterable[BinRule]) -> list[Any]:
    """Return the special values that none of these features could hold: texts for numbers, or numbers for texts."""
    kinds = {text for rule in rules for text in _kinds(rule)}
    return [code for code in codes if not is_missing(code) and kinds and _is_text(code) not in kinds]


def _kinds(rule: BinRule) -> set[bool]:
    """Return whether the feature holds text: True, False or, in a categorical of numbers and texts, both."""
    if rule.kind != "categorical":
        return {False}
    return {_is_text(level) for group in (*rule.groups, rule.specials) for level in group} or {True, False}


def _is_text(value: Any) -> bool:
    return isinstance(value, str | bytes)


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None
