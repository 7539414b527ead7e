"""One binner on one table in a process of its own: ``python -m validation.performance._worker BINNER FOLDER``.

Prints a JSON line: CPU seconds of the import, of the first and of the second fit and transform, the greatest resident
memory of the process up to the first, and each feature's number of bins and information value on the other rows.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

MAX_BINS, MIN_FRACTION = 8, 0.05

Codes = Iterator[tuple[str, np.ndarray]]


class Kullback:
    """Defaults: 50 quantile pre-bins, the better of both directions by cross-fitting."""

    def __init__(self) -> None:
        from kullback.binning import OptimalBinner

        self.make = lambda: OptimalBinner(max_bins=MAX_BINS, min_bin_fraction=MIN_FRACTION)

    def fit_transform(self, X: Any, y: np.ndarray) -> None:
        self.binner = self.make()
        self.binner.fit(X, y).transform(X)

    def codes(self, X: Any) -> Codes:
        yield from self.binner.bin_codes(X)


class Optbinning:
    """Defaults (at most 20 pre-bins by a tree) but for what the figures fix: ascending or descending, bins, sizes."""

    prebins: dict[str, Any] = {}  # noqa: RUF012  (a constant)

    def __init__(self) -> None:
        from optbinning import BinningProcess

        from validation.performance._data import CATEGORICAL, NUMERIC

        self.make = lambda: BinningProcess(
            [*NUMERIC, *CATEGORICAL],
            max_n_bins=MAX_BINS,
            min_bin_size=MIN_FRACTION,
            categorical_variables=list(CATEGORICAL),
            binning_fit_params={name: {"monotonic_trend": "auto_asc_desc"} for name in NUMERIC},
            n_jobs=1,
            **self.prebins,
        )

    def fit_transform(self, X: Any, y: np.ndarray) -> None:
        self.binner = self.make()
        self.binner.fit_transform(X, y, metric="woe", metric_missing="empirical")

    def codes(self, X: Any) -> Codes:
        found = self.binner.transform(X, metric="indices", metric_missing="empirical")
        for name in found.columns:
            yield name, found[name].to_numpy().astype(np.int64)


class OptbinningFine(Optbinning):
    """With as many pre-bins as kullback has by default."""

    prebins = {"max_n_prebins": 50, "min_prebin_size": 0.01}  # noqa: RUF012


BINNERS = {"kullback": Kullback, "optbinning": Optbinning, "optbinning_50_prebins": OptbinningFine}


def measure(name: str, folder: Path) -> dict[str, Any]:
    """Time and use the binner of this name on the tables in the folder."""
    warnings.simplefilter("ignore")
    base = time.process_time()
    binner = BINNERS[name]()
    imported = time.process_time() - base
    X, y = pd.read_pickle(folder / "train.pickle")
    before = _peak_mb()
    first = _cpu(binner, X, y)
    peak = _peak_mb()
    second = _cpu(binner, X, y)
    X, y = pd.read_pickle(folder / "holdout.pickle")
    tables = {feature: _table(codes, y) for feature, codes in binner.codes(X)}
    return {
        "import": imported,
        "first": first,
        "second": second,
        "peak_mb": peak,
        "before_mb": before,
        "holdout_iv": {feature: _jeffreys(table) for feature, table in tables.items()},
        "bins": {feature: len(table) for feature, table in tables.items()},
    }


def _cpu(binner: Any, X: Any, y: np.ndarray) -> float:
    started = time.process_time()
    binner.fit_transform(X, y)
    return time.process_time() - started


def _peak_mb() -> float:
    """Return the greatest resident memory of this program so far.

    On Linux the resource usage of a new process starts at that of the one that started it; its status does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _table(codes: np.ndarray, y: np.ndarray) -> np.ndarray:
    counts = np.array([np.bincount(codes[y == label], minlength=codes.max() + 1) for label in (0, 1)], dtype=float).T
    return counts[counts.sum(axis=1) > 0]


def _jeffreys(counts: np.ndarray) -> float:
    p, q = ((counts + 0.5 * (counts == 0).any()) / counts.sum(axis=0)).T
    return float(((p - q) * np.log(p / q)).sum())


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], Path(sys.argv[2]))))
