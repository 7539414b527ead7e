"""What a table of an installed package comes with, and where it is found: the package is never imported."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from kullback.exceptions import MissingDependencyError

__all__ = ["Dataset", "locate"]


@dataclass(frozen=True, eq=False)
class Dataset:
    """A table with what is known about it.

    Attributes
    ----------
    name : str
    frame : pandas.DataFrame
        All columns, the target among them.
    target : str
        Name of the target's column.
    event : label
        The bad outcome; None where the target is a number.
    protected : tuple of str
        Columns that name a protected group.
    source : str
        Package and version that the table was read from.
    licence : str
        Of the package.
    description : str

    Examples
    --------
    >>> from kullback.datasets import load_loanapp
    >>> loans = load_loanapp()
    >>> loans.data.shape, loans.target, loans.event, int((loans.y == loans.event).sum())
    ((1989, 58), 'approve', 0, 244)
    """

    name: str
    frame: Any
    target: str
    event: Any
    protected: tuple[str, ...]
    source: str
    licence: str
    description: str

    @property
    def data(self) -> Any:
        """The columns without the target."""
        return self.frame.drop(columns=self.target)

    @property
    def y(self) -> Any:
        """The target's column."""
        return self.frame[self.target]


def locate(package: str, path: str, install: str) -> tuple[Path, str]:
    """Return a file of an installed package, and the package's name and version."""
    try:
        carrier = distribution(package)
    except PackageNotFoundError:
        raise MissingDependencyError(
            f"This table ships inside the package {package}. Install it with: {install}"
        ) from None
    found = Path(str(carrier.locate_file(path)))
    if not found.is_file():
        raise MissingDependencyError(
            f"{package} {carrier.version} does not hold {path}. Install the version that does: {install}"
        )
    return found, f"{package} {carrier.version}"
