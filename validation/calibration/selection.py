"""Tests of no information on the rows that chose the bins: size and power (specification 2.8)."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from kullback.binning import OptimalBinner
from kullback.exceptions import BinningWarning
from kullback.metrics import information_value

ROWS, EVENT_RATE = 5000, 0.15
PREBINS = 20
PERMUTATIONS = 99
LEVELS = 12
WEAK = 0.08
"""Distance of the events' normal law from the others': an information value of .0064."""
WEIGHTS = (0.2, 1.0, 5.0)
TESTS = ("naive", "permutation", "crossfit", "split")
CELLS: dict[str, dict[str, Any]] = {
    "monotone": {"monotonic": "auto"},
    "free": {"monotonic": "none"},
    "peak": {"monotonic": "peak"},
    "categorical": {},
}


def size_and_power(*, seed: int, replications: int) -> dict[str, Any]:
    """Rate of rejecting at 5% a feature of noise, and one with a weak trend, by four tests.

    "Naive" is Pearson's test of the table of the chosen bins; "split" applies it to the half of the rows that did not
    choose them; "permutation" and "crossfit" are the package's. With 99 permutations the second has exactly 5%.
    """
    rng = np.random.default_rng(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BinningWarning)  # noise may well stay in one bin
        cells = _cells(rng, replications)
    figures: dict[str, Any] = {}
    for cell in cells:
        role = "weighted_size" if "weighted" in cell else "power" if cell["shift"] else "size"
        for test in TESTS:
            figures.setdefault(role, {}).setdefault(test, {})[cell["bins"]] = cell[test]
    for test in ("permutation", "crossfit", "split"):
        figures[f"{test}_size"] = list(figures["size"][test].values())
    return {"figures": figures, "table": cells}


def _cells(rng: np.random.Generator, replications: int) -> list[dict[str, Any]]:
    cells = []
    for name, settings in CELLS.items():
        found = [_pvalues(rng, settings, 0.0, levels=name == "categorical") for _ in range(replications)]
        cells.append({"bins": name, "shift": 0.0} | _rejects(found))
    for name in ("monotone", "free"):
        found = [_pvalues(rng, CELLS[name], WEAK) for _ in range(replications)]
        cells.append({"bins": name, "shift": WEAK} | _rejects(found))
    found = [_pvalues(rng, CELLS["monotone"], 0.0, weighted=True) for _ in range(replications)]
    cells.append({"bins": "monotone", "shift": 0.0, "weighted": True} | _rejects(found))
    return cells


def _pvalues(
    rng: np.random.Generator, settings: dict[str, Any], shift: float, *, levels: bool = False, weighted: bool = False
) -> list[float]:
    """Return the p-values of a feature, and its information value by the table."""
    y = (rng.uniform(size=ROWS) < EVENT_RATE).astype(np.int64)
    x = rng.integers(0, LEVELS, ROWS).astype(str).astype(object) if levels else rng.standard_normal(ROWS) + shift * y
    weight = rng.choice(WEIGHTS, ROWS) if weighted else None
    seed = int(rng.integers(2**31))
    binner = OptimalBinner(max_prebins=PREBINS, random_state=seed, **settings).fit(x[:, None], y, sample_weight=weight)
    (table,) = binner.tables_.values()
    iv = table.information_value()
    return [
        float(iv.pvalue[0]),
        float(binner.permutation_test(PERMUTATIONS).pvalue[0]),
        float(binner.information_value_.pvalue[0]),
        _split(x, y, weight, settings),
        float(iv),
    ]


def _split(x: np.ndarray, y: np.ndarray, weight: np.ndarray | None, settings: dict[str, Any]) -> float:
    """Return Pearson's p-value of the even rows under bins that the odd rows chose."""
    binner = OptimalBinner(max_prebins=PREBINS, **settings)
    binner.fit(x[1::2, None], y[1::2], sample_weight=None if weight is None else weight[1::2])
    ((_, codes),) = binner.bin_codes(x[::2, None])
    half = None if weight is None else weight[::2]
    return float(information_value(codes=codes, y=y[::2], sample_weight=half).pvalue[0])


def _rejects(found: list[list[float]]) -> dict[str, float]:
    array = np.array(found)
    # 99 permutations: 5 of 100 equally likely ranks have a p-value of .05 or less
    rates = (array[:, :4] <= 0.05).mean(axis=0).tolist()
    return dict(zip(TESTS, rates, strict=True)) | {"mean_table_value": float(array[:, 4].mean())}


def uneven_weights(*, seed: int, replications: int) -> dict[str, Any]:
    """Noise with weights that make it look like information: heavy rows in one place, or few heavy rows a level.

    Mean of the cross-fitted value over its standard deviation, and rates of rejecting at 5%.
    """
    rng = np.random.default_rng(seed)
    cells = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BinningWarning)
        for name in ("heavy tail", "125 levels", "300 levels, no weights", "by class"):
            found = np.array([_uneven(rng, name) for _ in range(replications)])
            value, crossfit, lower, permutation = found.T
            cells.append(
                {
                    "noise": name,
                    "mean_in_sd": float(value.mean() / value.std()),
                    "crossfit": float((crossfit <= 0.05).mean()),
                    "lower_limit_above_zero": float((lower > 0).mean()),
                    "permutation": float((permutation <= 0.05).mean()),
                }
            )
    figures = {key: [cell[key] for cell in cells] for key in cells[0] if key != "noise"}
    return {"figures": figures, "table": cells}


def _uneven(rng: np.random.Generator, name: str) -> list[float]:
    n = 2000 if "levels" in name else 4000
    y = (rng.uniform(size=n) < EVENT_RATE).astype(np.int64)
    weight: np.ndarray | None = None
    x: np.ndarray
    if name == "heavy tail":
        x = rng.standard_normal(n)
        weight = np.where((x > 1.3) & (rng.uniform(size=n) < 0.1), 20.0, 1.0)
    elif name == "by class":
        x, weight = rng.standard_normal(n), np.where(y == 1, 1.0, 6.0) * rng.lognormal(size=n)
    else:
        n_levels = int(name.split()[0])
        x = rng.integers(0, n_levels, n).astype(str).astype(object)
        weight = rng.choice(WEIGHTS, n) if n_levels == 125 else None
    binner = OptimalBinner(random_state=int(rng.integers(2**31))).fit(x[:, None], y, sample_weight=weight)
    own = binner.information_value_
    permutation = binner.permutation_test(19 if "levels" in name else PERMUTATIONS).pvalue[0]
    return [float(own), float(own.pvalue[0]), float(own.conf_int()[0, 0]), float(permutation)]
