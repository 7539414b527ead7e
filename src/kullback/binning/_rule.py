"""A rule that gives every value of a feature its bin."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from kullback._core.counts import cut_codes
from kullback._frames import Column
from kullback._typing import FloatArray, IntArray
from kullback.exceptions import InputError

__all__ = ["SHOWN", "BinRule", "is_missing", "value_text"]

SHOWN = 20
"""Levels in the name of a bin; more are counted only."""


@dataclass(frozen=True, eq=False)
class BinRule:
    """Bins of one feature: regular ones in order, then one a special value, then missing.

    Attributes
    ----------
    feature : hashable
    kind : {"numeric", "boolean", "categorical"}
        Categorical, without a group, where every value was missing.
    cuts : (cuts,) float64 array
        Ascending. Bins are [a, b): a value equal to a cut lies on its right. Empty for a categorical.
    groups : tuple of tuples
        Levels of each regular bin of a categorical; empty otherwise.
    specials : tuple
        Values that are bins of their own.
    missing : bool
        Whether there is a bin for missing values.
    absent : tuple
        Special values that were declared but did not occur: they belong to no bin.
    centres : (regular bins,) float64 array
        Mean of the values in each, of a numeric feature; none before bins are chosen.
    rare : tuple
        Levels that were joined for their few rows, before bins were chosen.
    """

    feature: Hashable
    kind: str
    cuts: FloatArray
    groups: tuple[tuple[Any, ...], ...] = ()
    specials: tuple[Any, ...] = ()
    missing: bool = False
    absent: tuple[Any, ...] = ()
    centres: FloatArray = field(default_factory=lambda: np.empty(0))
    rare: tuple[Any, ...] = ()

    @property
    def n_regular(self) -> int:
        """Number of bins that are neither special nor missing."""
        return len(self.groups) if self.kind == "categorical" else self.cuts.size + 1

    @property
    def n_bins(self) -> int:
        """Number of bins; also the code of a value that belongs to none."""
        return self.n_regular + len(self.specials) + self.missing

    def codes(self, column: Column) -> IntArray:
        """Return the (rows,) bin of each value; `n_bins` for a value that belongs to none.

        Raises
        ------
        InputError
            If the column is of another kind than the one the rule was made from.
        """
        categorical = self.kind == "categorical"
        if categorical != (column.kind == "categorical"):
            return self._codes_of_other_kind(column)
        return self._level_codes(column) if categorical else self._value_codes(column)

    def _codes_of_other_kind(self, column: Column) -> IntArray:
        missing = np.asarray(column.codes) < 0 if column.values is None else np.isnan(column.values)
        if missing.all() or self.n_bins == self.missing:  # no value to tell the kind by, now or then
            return np.where(missing, self._missing_code, self.n_bins)
        raise InputError(
            f"{self.feature!r} was {self.kind} when the bins were made and is {column.kind} now. Give it the "
            "same type as then."
        )

    @property
    def _missing_code(self) -> int:
        return self.n_regular + len(self.specials) if self.missing else self.n_bins

    def _value_codes(self, column: Column) -> IntArray:
        values = np.asarray(column.values)
        codes = cut_codes(values, self.cuts, self._missing_code)
        for position, special in enumerate(self.specials):
            codes[values == special] = self.n_regular + position
        for special in self.absent:
            codes[values == special] = self.n_bins
        return codes

    def _level_codes(self, column: Column) -> IntArray:
        place = {level: j for j, group in enumerate(self.groups) for level in group}
        place.update({special: self.n_regular + j for j, special in enumerate(self.specials)})
        levels = column.levels or ()
        # The last entry is for missing values, whose code is -1.
        lookup = np.array([*(place.get(level, self.n_bins) for level in levels), self._missing_code], dtype=np.int64)
        return lookup[np.asarray(column.codes)]

    def merge(self, bins: IntArray) -> BinRule:
        """Return the rule whose regular bin ``bins[j]`` (0, 1, ... in order) holds the regular bin j of this one."""
        if self.kind != "categorical":
            return replace(self, cuts=self.cuts[np.flatnonzero(np.diff(bins))])
        n_bins = int(bins.max(initial=-1)) + 1
        members = [np.flatnonzero(bins == j) for j in range(n_bins)]
        groups = tuple(tuple(level for i in member for level in self.groups[i]) for member in members)
        return replace(self, groups=groups)

    def with_centres(self, means: FloatArray) -> BinRule:
        """Return the rule with the means of the values in its regular bins; a cut where a bin has none (NaN)."""
        lows, highs = np.append(-np.inf, self.cuts), np.append(self.cuts, np.inf)
        means = np.where(np.isnan(means), np.where(np.isfinite(lows), lows, highs), means)
        return replace(self, centres=np.clip(means, lows, highs))  # against rounding

    @property
    def roles(self) -> tuple[str, ...]:
        """Of each bin: "regular", "special" or "missing"."""
        return (*["regular"] * self.n_regular, *["special"] * len(self.specials), *["missing"] * self.missing)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the bins."""
        return (
            *self._regular_labels(),
            *(f"special {value_text(s)}" for s in self.specials),
            *["missing"] * self.missing,
        )

    def _regular_labels(self) -> Iterable[str]:
        if self.kind == "categorical":
            return map(_group_text, self.groups)
        if self.kind == "boolean" and self.cuts.size == 1 and 0 < self.cuts[0] <= 1:
            return ["False", "True"]
        texts = _distinct_texts(self.cuts)
        # Infinity is a value here: the last bin holds it.
        highs = [*[f"{text})" for text in texts], "inf]"]
        return [f"[{low}, {high}" for low, high in zip(["-inf", *texts], highs, strict=True)]


def is_missing(value: Any) -> bool:
    """Whether a value is None, NaN or one of pandas' own (NA, NaT)."""
    if isinstance(value, float | np.floating):
        return bool(np.isnan(value))
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def value_text(value: Any) -> str:
    """Write a value in full: a code of -9999999 must be recognised."""
    if isinstance(value, float | np.floating):
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    return str(value)


def _group_text(group: tuple[Any, ...]) -> str:
    more = len(group) - SHOWN
    return ", ".join([*map(value_text, group[:SHOWN]), *([f"... ({more} more)"] if more > 0 else [])])


def _distinct_texts(cuts: FloatArray) -> list[str]:
    """Write cuts with the fewest digits, six at least, that keep them apart; 17 always do."""
    texts = ([f"{cut + 0.0:.{digits}g}" for cut in cuts] for digits in range(6, 18))  # + 0.0: no minus before a zero
    return next(text for text in texts if len(set(text)) == len(text))
