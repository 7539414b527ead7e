"""Cross-fitted information values of chosen bins: coverage of their limits and bias (specification 2.8)."""

from __future__ import annotations

import itertools
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from kullback.binning import OptimalBinner
from kullback.exceptions import BinningWarning
from validation.calibration._tables import design, jeffreys

KINDS = ("monotone", "free", "categorical")
TRUTHS = (0.0, 0.05, 0.3, 1.0)
"""Information values of the features themselves; those of their bins are a little less."""
ROWS = (1000, 5000, 20000)
EVENT_RATE = 0.15
LEVELS = 12
WEIGHTS = (0.2, 1.0, 5.0)
COARSE = 20
"""Pre-bins that hold just the least share of rows which a bin may have, 5%."""


@dataclass(frozen=True)
class Law:
    """Law of a feature given the class: normal with another mean or another spread for events, or levels."""

    kind: str
    mean: float
    spread: float
    shares: tuple[np.ndarray, np.ndarray]

    @classmethod
    def of(cls, rng: np.random.Generator, kind: str, truth: float) -> Law:
        ratio = 1 + truth + np.sqrt(truth**2 + 2 * truth)  # of variances: their sum with its inverse is 2 (1 + IV)
        mean, spread = (np.sqrt(truth), 1.0) if kind == "monotone" else (0.0, np.sqrt(ratio))
        return cls(kind, float(mean), float(spread), design(rng, LEVELS, truth))

    def draw(self, rng: np.random.Generator, y: np.ndarray) -> np.ndarray:
        if self.kind != "categorical":
            return rng.standard_normal(y.size) * np.where(y == 1, self.spread, 1.0) + self.mean * y
        levels = np.where(y == 1, *(rng.choice(LEVELS, y.size, p=p) for p in reversed(self.shares)))
        return levels.astype(str).astype(object)

    def truth_of(self, table: Any) -> float:
        """Return the information value of a table's bins in the population."""
        if self.kind == "categorical":
            groups = [[int(level) for level in group] for group in table.groups]
            p, q = (np.array([share[group].sum() for group in groups]) for share in self.shares)
            return float(jeffreys(p / p.sum(), q / q.sum()))
        edges = np.concatenate([[-np.inf], table.cuts, [np.inf]])
        return float(jeffreys(np.diff(special.ndtr(edges)), np.diff(special.ndtr((edges - self.mean) / self.spread))))


def coverage(*, seed: int, replications: int) -> dict[str, Any]:
    """Coverage of the default 95% limits for the chosen bins' information value in the population, and bias.

    "Table" is the estimate that takes the bins as given. A third of the replications go to weighted rows.
    """
    rng = np.random.default_rng(seed)
    cells = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BinningWarning)  # noise may well stay in one bin
        for kind, truth, n in itertools.product(KINDS, TRUTHS, ROWS):
            cells.append(_cell(rng, kind, truth, n, replications))
        for kind, truth, n in itertools.product(KINDS, TRUTHS[::2], ROWS[:2]):
            cells.append(_cell(rng, kind, truth, n, replications // 3, weighted=True))
        coarse = _cell(rng, "free", TRUTHS[-1], ROWS[-1], replications, max_prebins=COARSE)
    cells.append(coarse)
    figures: dict[str, Any] = {"coarse": coarse["crossfit"], "coarse_bias_in_sd": coarse["bias_in_sd"]}
    noise = [cell for cell in cells if cell["kind"] == "free" and cell["truth"] == 0 and not cell["weighted"]]
    figures["table_of_free_noise"] = [cell["table"] for cell in noise]
    for name, group in _groups(cells[:-1]).items():
        rates = [cell["crossfit"] for cell in group]
        figures[name] = {
            "by_cell": rates,
            "mean": float(np.mean(rates)),
            "range": [min(rates), max(rates)],
            "bias_in_sd": [cell["bias_in_sd"] for cell in group],
            "table": [cell["table"] for cell in group],
            "size": [cell["rejects"] for cell in group if cell["truth"] == 0],
        }
    return {"figures": figures, "table": cells}


def _groups(cells: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    plain = [cell for cell in cells if not cell["weighted"]]
    return {
        "few_rows": [cell for cell in plain if cell["rows"] == ROWS[0]],
        "rows": [cell for cell in plain if cell["rows"] > ROWS[0]],
        "weighted_few_rows": [cell for cell in cells if cell["weighted"] and cell["rows"] == ROWS[0]],
        "weighted": [cell for cell in cells if cell["weighted"] and cell["rows"] > ROWS[0]],
    }


def _cell(
    rng: np.random.Generator,
    kind: str,
    truth: float,
    n: int,
    replications: int,
    *,
    weighted: bool = False,
    max_prebins: int = 50,
) -> dict[str, Any]:
    law = Law.of(rng, kind, truth)
    trend = "none" if kind == "free" else "auto"
    found = []
    for _ in range(replications):
        y = (rng.uniform(size=n) < EVENT_RATE).astype(np.int64)
        weight = rng.choice(WEIGHTS, n) if weighted else None
        seed = int(rng.integers(2**31))
        binner = OptimalBinner(monotonic=trend, max_prebins=max_prebins, random_state=seed)
        binner.fit(law.draw(rng, y)[:, None], y, sample_weight=weight)
        (table,) = binner.tables_.values()
        target = law.truth_of(table)
        own, by_table = binner.information_value_, table.information_value()
        held = [_holds(estimate.conf_int()[0], target) for estimate in (own, by_table)]
        found.append([*held, own.pvalue[0] < 0.05, float(own) - target, float(by_table) - target, target])
    array = np.array(found, dtype=float)
    covered, by_table, rejects, bias, table_bias, target = array.mean(axis=0).tolist()
    sd = float(array[:, 3].std())
    return {
        "kind": kind,
        "truth": truth,
        "rows": n,
        "weighted": weighted,
        "prebins": max_prebins,
        "mean_truth_of_bins": target,
        "crossfit": covered,
        "table": by_table,
        "rejects": rejects,
        "bias": bias,
        "table_bias": table_bias,
        "bias_in_sd": bias / sd if sd > 0 else 0.0,
    }


def _holds(limits: np.ndarray, truth: float) -> bool:
    return bool(limits[0] <= truth <= limits[1])
