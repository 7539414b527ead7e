"""What made a report: data, arguments, parameters and versions."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

import numpy as np

from kullback.binning import OptimalBinner
from kullback.report._read import Table
from kullback.scorecard import Scorecard

__all__ = ["arguments", "bounds_arguments", "changed", "environment", "plain", "provenance", "run_record"]

PACKAGES = (
    "kullback",
    "numpy",
    "scipy",
    "pandas",
    "scikit-learn",
    "statsmodels",
    "numba",
    "narwhals",
    "matplotlib",
)


def run_record(table: Table, later: Table | None, card: Scorecard, seed: int, command: str | None) -> dict[str, Any]:
    """Return the record of a run; `card` is the scorecard as it was given."""
    binner = OptimalBinner() if card.binner is None else card.binner
    return environment(command, seed) | {
        "data": provenance(table),
        "out_of_time": None if later is None else provenance(later),
        "scorecard": {k: v for k, v in _parameters(card).items() if k != "binner"},
        "binner": _parameters(binner),
    }


def environment(command: str | None, seed: int) -> dict[str, Any]:
    """Return the record of what ran: command, seed and versions."""
    return {
        "command": command,
        "seed": int(seed),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def provenance(table: Table) -> dict[str, Any]:
    """Return the record of a table: name, source, hash and size."""
    rows, columns = table.frame.shape
    return {
        "name": table.name,
        "source": table.source,
        "sha256": table.sha256,
        "rows": rows,
        "columns": columns,
    }


def _parameters(estimator: Any) -> dict[str, Any]:
    return {name: plain(value) for name, value in estimator.get_params(deep=False).items()}


def plain(value: Any) -> Any:
    """Return a parameter as JSON has it: numbers, texts, lists and records; in words what is none of them."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(entry) for entry in value]
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value if value is None or isinstance(value, str | bool | int | float) else repr(value)


def changed(run: dict[str, Any]) -> str:
    """Return the parameters of scorecard and binner that are not the defaults, as Python has them."""
    usual = {"scorecard": _parameters(Scorecard()), "binner": _parameters(OptimalBinner())}
    told = {
        kind: [f"{name}={value!r}" for name, value in run[kind].items() if value != usual[kind][name]]
        for kind in ("scorecard", "binner")
    }
    if told["binner"]:
        told["scorecard"].insert(0, f"binner=OptimalBinner({', '.join(told['binner'])})")
    return f"Scorecard({', '.join(told['scorecard'])})"


def arguments(numbers: dict[str, Any]) -> str:
    """Return what the report was asked for, as arguments of :func:`~kullback.report.scorecard_report`."""
    run, data = numbers["run"], numbers["data"]
    given = {
        "target": data["target"],
        "event": data["event"],
        "protected": data["protected"],
        "exclude": data["excluded"],
        "keep": run["kept"],
        "weight": data["weight"],
        "test_size": run["test_size"],
        "n_permutations": run["n_permutations"],
        "random_state": run["seed"],
    }
    return _as_arguments(given)


def bounds_arguments(numbers: dict[str, Any]) -> str:
    """Return what the report was asked for, as arguments of :func:`~kullback.report.bounds_report`."""
    run, data = numbers["run"], numbers["data"]
    options = ("covariates", "exclude", "arm", "control", "estimand", "outcome_bounds", "monotone", "null")
    given = {"outcome": data["outcome"]["name"], "treatment": data["treatment"]["name"]}
    given |= {name: run[name] for name in options}
    given |= {name: data[name] for name in ("group", "weight", "clusters")}
    given |= {name: run[name] for name in ("drop_missing", "cv", "confidence_level")}
    told = _as_arguments(given | {"random_state": run["seed"]})
    learners = [f"{name}={run[name]}" for name in ("propensity_estimator", "outcome_estimator") if run[name]]
    return ", ".join([told, *learners])


def _as_arguments(given: dict[str, Any]) -> str:
    """Return arguments as Python has them, without those that say nothing."""
    return ", ".join(f"{name}={value!r}" for name, value in given.items() if value not in (None, []))
