"""The one door for dataframes: columns of numbers or of level codes, whatever library they come from."""

from __future__ import annotations

import datetime
import decimal
import numbers
from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import narwhals.stable.v2 as nw
import numpy as np
from narwhals.stable.v2 import dependencies

from kullback._typing import FloatArray, IntArray, ObjectArray
from kullback.exceptions import InputError, InputTypeError

__all__ = ["Column", "column_names", "column_of", "is_frame", "iterate_columns", "n_rows", "take_columns", "take_rows"]


@dataclass(frozen=True, eq=False)
class Column:
    """One column, as numbers or as codes of levels.

    Attributes
    ----------
    name : hashable
    kind : {"numeric", "boolean", "categorical"}
    values : (rows,) float64 array or None
        Numbers, 0 and 1 for a boolean; NaN is missing, infinities stay. Whole numbers beyond 2**53 are rounded.
    codes : (rows,) int64 array or None
        Position in `levels` for a categorical; -1 is missing.
    levels : tuple or None
        Levels that occur: in declared order where there is one (pandas categories, polars Enum, ordered
        dictionaries), else sorted.
    """

    name: Hashable
    kind: Literal["numeric", "boolean", "categorical"]
    values: FloatArray | None = None
    codes: IntArray | None = None
    levels: tuple[Any, ...] | None = None


def is_frame(X: Any) -> bool:
    """Whether X is a dataframe with named columns.

    Raises
    ------
    InputError
        For a polars LazyFrame, which has no rows yet, and a masked array, whose mask numpy drops on the way.
    """
    if dependencies.is_polars_lazyframe(X):
        raise InputError("A polars LazyFrame has no rows yet; collect it first: X.collect().")
    if isinstance(X, np.ma.MaskedArray) and np.ma.is_masked(X):
        raise InputError("X is a masked array; say its missing values as NaN: X.filled(np.nan).")
    return bool(dependencies.is_into_dataframe(X))


def n_rows(X: Any) -> int:
    """Return the number of rows of an array or a dataframe."""
    return int(X.shape[0])


def column_names(X: Any) -> list[Hashable]:
    """Return the names of the columns; x0, x1, ... for an array.

    Raises
    ------
    InputError
        If a name comes twice.
    """
    if not is_frame(X):
        return [f"x{j}" for j in range(X.shape[1])]
    names = list(X.column_names if dependencies.is_pyarrow_table(X) else X.columns)
    repeated = sorted(str(name) for name, times in Counter(names).items() if times > 1)
    if repeated:
        raise InputError(f"Column names must be unique; these come twice or more: {', '.join(repeated)}. Rename them.")
    return names


def take_rows(X: Any, rows: Any) -> Any:
    """Return the rows of an array or a dataframe at these positions, in the library it came from."""
    if dependencies.is_pandas_dataframe(X):
        return X.iloc[rows]
    if is_frame(X):
        return nw.from_native(X, eager_only=True)[np.asarray(rows).tolist(), :].to_native()
    return X[rows]


def take_columns(X: Any, positions: Any) -> Any:
    """Return the columns of an array or a dataframe at these positions, in the library it came from."""
    if dependencies.is_pandas_dataframe(X):
        return X.iloc[:, positions]
    if is_frame(X):
        names = column_names(X)
        return nw.from_native(X, eager_only=True).select(*(names[i] for i in positions)).to_native()
    return X[:, positions]


def iterate_columns(X: Any) -> Iterator[Column]:
    """Yield the columns one at a time, so that no second copy of the whole table is made."""
    names = column_names(X)
    if not is_frame(X):
        for j, name in enumerate(names):
            yield _from_array(name, X[:, j])
        return
    frame = nw.from_native(X, eager_only=True)
    for j, name in enumerate(names):
        yield _from_series(name, X.iloc[:, j] if dependencies.is_pandas_dataframe(X) else frame[:, j].to_native())


def column_of(values: Any, name: Hashable) -> Column:
    """Return a vector or a series as a column."""
    if dependencies.is_into_series(values):
        return _from_series(name, values)
    array = np.asarray(values)
    if array.dtype.kind in "US":
        array = array.astype(object)
    return _from_array(name, np.atleast_1d(array))


def _from_series(name: Hashable, native: Any) -> Column:
    if dependencies.is_pandas_series(native) and native.dtype.name in ("category", "object"):
        if native.dtype == object:
            return _from_objects(name, native.to_numpy())
        return _from_pandas_categorical(name, native)
    series = nw.from_native(native, series_only=True)
    dtype = series.dtype
    if dtype == nw.Boolean:
        return Column(name, "boolean", _floats(series))
    if dtype.is_numeric():
        return Column(name, "numeric", _floats(series))
    if dtype in (nw.String, nw.Categorical, nw.Enum):
        return _from_levels(name, series, tuple(dtype.categories) if isinstance(dtype, nw.Enum) else None)
    if dtype.is_temporal():
        raise _dates(name, dtype)
    return _from_objects(name, np.fromiter(series.to_list(), dtype=object, count=len(series)))


def _floats(series: Any) -> FloatArray:
    if series.dtype in (nw.Decimal, nw.Int128, nw.UInt128):  # numpy has none; by way of text, since casts round twice
        series = series.cast(nw.String).cast(nw.Float64)
    values = series.to_numpy()
    if values.dtype == object:  # nullable columns come as objects with None
        return _numbers(series.name, values, series.is_null().to_numpy())
    return np.ascontiguousarray(values, dtype=np.float64)


def _from_pandas_categorical(name: Hashable, native: Any) -> Column:
    return _occurring(name, native.cat.codes.to_numpy().astype(np.int64), tuple(native.cat.categories.tolist()))


def _from_levels(name: Hashable, series: Any, declared: tuple[Any, ...] | None) -> Column:
    native = series.to_native()
    if dependencies.is_pandas_series(native):  # no python object a row for Arrow-backed text
        return _ordered(name, *native.factorize(use_na_sentinel=True), declared)
    if dependencies.is_pyarrow_chunked_array(native) and series.dtype == nw.Categorical:
        return _from_dictionary(name, native)
    return _factorized(name, series.to_numpy(), declared)


def _from_dictionary(name: Hashable, native: Any) -> Column:
    """Read a dictionary array; pyarrow's own to_numpy would give a null the last entry of the dictionary."""
    column = _from_pandas_categorical(name, native.to_pandas())
    return column if native.type.ordered else _ordered(name, column.codes, column.levels)


def _factorized(name: Hashable, values: ObjectArray, declared: tuple[Any, ...] | None = None) -> Column:
    import pandas as pd

    return _ordered(name, *pd.factorize(np.asarray(values, dtype=object), use_na_sentinel=True), declared)


def _ordered(name: Hashable, codes: Any, uniques: Any, declared: tuple[Any, ...] | None = None) -> Column:
    """Put levels in declared or sorted order."""
    met = list(uniques)
    order = sorted(met) if declared is None else [level for level in declared if level in set(met)]
    place = {level: i for i, level in enumerate(order)}
    lookup = np.array([*(place[level] for level in met), -1], dtype=np.int64)
    return Column(name, "categorical", codes=lookup[np.asarray(codes)], levels=tuple(order))


def _occurring(name: Hashable, codes: IntArray, categories: tuple[Any, ...]) -> Column:
    """Drop the categories that do not occur."""
    used = np.zeros(len(categories) + 1, dtype=bool)
    used[codes] = True
    used[-1] = False
    lookup = np.append(np.cumsum(used[:-1]) - 1, -1).astype(np.int64)
    levels = tuple(level for level, u in zip(categories, used[:-1], strict=True) if u)
    return Column(name, "categorical", codes=lookup[codes], levels=levels)


def _from_array(name: Hashable, values: Any) -> Column:
    if values.dtype.kind == "b":
        return Column(name, "boolean", np.ascontiguousarray(values, dtype=np.float64))
    if values.dtype.kind in "fiu":
        return Column(name, "numeric", np.ascontiguousarray(values, dtype=np.float64))
    if values.dtype.kind == "c":
        raise _complex_numbers(name)
    if values.dtype.kind in "mM":
        raise _dates(name, values.dtype)
    return _from_objects(name, values.astype(object))


def _from_objects(name: Hashable, values: ObjectArray) -> Column:
    """Read python objects as one kind, or say which kinds are mixed."""
    import pandas as pd

    missing = np.asarray(pd.isna(values))
    examples = {type(value): value for value in values[~missing][::-1]}
    families = {_family(kind): value for kind, value in examples.items()}
    if set(families) in ({"text"}, {"bytes"}):
        return _factorized(name, values)
    if set(families) == {"true or false"}:
        return Column(name, "boolean", _numbers(name, values, missing))
    if set(families) <= {"number"}:
        return Column(name, "numeric", _numbers(name, values, missing))
    raise _unreadable(name, families)


def _unreadable(name: Hashable, families: dict[str, Any]) -> InputError:
    """Return the error for a column whose values, one of each family here, are neither levels nor numbers."""
    if "complex" in families:
        return _complex_numbers(name)
    if "date" in families:
        return _dates(name, type(families["date"]).__name__)
    if other := set(families) - set(_FAMILIES):
        return InputTypeError(
            f"Each value of {name!r} given as an argument must be a string or a number; {families[other.pop()]!r} came."
        )
    told = ", ".join(f"{family} ({value!r})" for family, value in sorted(families.items()))
    return InputError(f"{name!r} mixes types: {told}. Make the column one type, for instance with astype(str).")


def _dates(name: Hashable, dtype: Any) -> InputError:
    return InputError(
        f"{name!r} holds dates or durations ({dtype}). Make them numbers first, such as days since a date."
    )


def _complex_numbers(name: Hashable) -> InputError:
    return InputError(f"Complex data not supported: {name!r} holds complex numbers.")


def _numbers(name: Hashable, values: ObjectArray, missing: Any) -> FloatArray:
    try:
        return np.array([np.nan if m else float(v) for v, m in zip(values, missing, strict=True)], dtype=np.float64)
    except OverflowError:
        raise InputError(f"{name!r} holds a whole number beyond the range of floats (1.8e308); rescale it.") from None


_FAMILIES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "bytes": (bytes,),
    "true or false": (bool, np.bool_),
    "date": (datetime.date, datetime.time, datetime.timedelta, np.datetime64, np.timedelta64),
    "number": (numbers.Real, decimal.Decimal),
    "complex": (numbers.Complex,),
}
"""Types that mean the same to a column; the first that holds a type is its family."""


def _family(kind: type) -> str:
    return next((family for family, kinds in _FAMILIES.items() if issubclass(kind, kinds)), kind.__name__)
