"""What bins say of several classes, numbers and counts: coverage of the limits, bias, size of the permutation test."""

from __future__ import annotations

import itertools
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from kullback.binning import OptimalBinner
from kullback.exceptions import BinningWarning
from validation.calibration._tables import jeffreys

KINDS = ("classes", "rare classes", "numbers", "counts", "spread counts", "exposures", "weighted numbers")
SLOPES = (0.0, 0.1, 0.3)
ROWS = (500, 3000)
POINTS = special.ndtri((np.arange(40_000) + 0.5) / 40_000)
"""Values of the feature, standard normal, that stand for its law."""
PERMUTATIONS = 19
SIZE = 0.05


@dataclass(frozen=True)
class Law:
    """Law of a target given a standard normal feature.

    Classes: logits 0, b x and .3 - b x, or with a constant that makes two classes rare (near .9, .06 and .04). Numbers:
    b x and a t-law of 6 degrees of freedom. Counts: a mean of exp(-1 + b x), also times a gamma law of variance 1/2, or
    with that and exposures from .1 to 1 that are longer, on average, where x is greater. Weights of .2, 1 and 5.
    """

    kind: str
    slope: float

    @property
    def target_type(self) -> str:
        return "multiclass" if "classes" in self.kind else "continuous" if "numbers" in self.kind else "count"

    def _shares(self, x: np.ndarray) -> np.ndarray:
        constants = np.array([0.0, 0.0, 0.3]) if self.kind == "classes" else np.array([0.0, -2.7, -3.1])
        return np.asarray(special.softmax(self.slope * x[:, None] * np.array([0.0, 1.0, -1.0]) + constants, axis=1))

    def draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Return a feature, the target and weights."""
        x = rng.standard_normal(n)
        if self.target_type == "multiclass":
            return x, (rng.random(n)[:, None] > self._shares(x).cumsum(axis=1)).sum(axis=1), None
        if self.target_type == "continuous":
            y = self.slope * x + rng.standard_t(6, n)
            return x, y, rng.choice([0.2, 1.0, 5.0], n) if self.kind == "weighted numbers" else None
        mean = np.exp(-1 + self.slope * x) * (1.0 if self.kind == "counts" else rng.gamma(2, 0.5, n))
        if self.kind != "exposures":
            return x, rng.poisson(mean), None
        exposure = 0.1 + 0.9 * rng.random(n) * special.ndtr(x + 1)
        return x, rng.poisson(mean * exposure) / exposure, exposure

    def truth_of(self, cuts: np.ndarray) -> float:
        """Return what bins say in the population."""
        bins = np.searchsorted(cuts, POINTS, side="right")
        if self.target_type == "multiclass":
            cells = np.array([np.bincount(bins, share, cuts.size + 1) for share in self._shares(POINTS).T])
            return float(sum(_against_rest(cells, label) for label in range(3)))
        exposure = 0.1 + 0.45 * special.ndtr(POINTS + 1) if self.kind == "exposures" else np.ones(POINTS.size)
        share = np.bincount(bins, exposure, cuts.size + 1) / exposure.sum()
        if self.target_type == "continuous":
            mean = np.bincount(bins, self.slope * POINTS, cuts.size + 1) / (share * POINTS.size)
            return float((share * mean**2).sum() / (self.slope**2 + 1.5))  # 1.5: variance of the t-law
        events = np.bincount(bins, exposure * np.exp(self.slope * POINTS), cuts.size + 1)
        events /= events.sum()
        return max(float((events * np.log(events / share)).sum()), 0.0)  # rounding may go below


def _against_rest(cells: np.ndarray, label: int) -> float:
    own, rest = cells[label], cells.sum(axis=0) - cells[label]
    return float(jeffreys(own / own.sum(), rest / rest.sum()))


def coverage(*, seed: int, replications: int) -> dict[str, Any]:
    """Coverage of the default 95% limits for what the chosen bins say in the population, bias, and sizes of tests."""
    rng = np.random.default_rng(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BinningWarning)  # noise may well stay in one bin
        cells = [
            _cell(rng, Law(kind, slope), n, replications) for kind, slope, n in itertools.product(KINDS, SLOPES, ROWS)
        ]
    figures: dict[str, Any] = {}
    for name, few in (("rows", False), ("few_rows", True)):
        group = [cell for cell in cells if (cell["rows"] == ROWS[0]) == few]
        rates = [cell["coverage"] for cell in group]
        figures[name] = {
            "by_cell": rates,
            "mean": float(np.mean(rates)),
            "bias_in_sd": [cell["bias_in_sd"] for cell in group],
        }
    noise = [cell for cell in cells if cell["slope"] == 0]
    figures["permutation_size"] = [cell["permutation"] for cell in noise]
    return {"figures": figures, "table": cells}


def _cell(rng: np.random.Generator, law: Law, n: int, replications: int) -> dict[str, Any]:
    found = []
    for _ in range(replications):
        x, y, weight = law.draw(rng, n)
        binner = OptimalBinner(target_type=law.target_type, random_state=int(rng.integers(2**31)))
        binner.fit(x[:, None], y, sample_weight=weight)
        own = binner.information_value_ if law.target_type == "multiclass" else binner.explained_
        truth = law.truth_of(binner.tables_["x0"].cuts)
        lower, upper = own.conf_int()[0]
        permuted = law.slope == 0 and binner.permutation_test(PERMUTATIONS).pvalue[0] <= SIZE
        found.append([lower <= truth <= upper, permuted, float(own) - truth, truth])
    array = np.array(found, dtype=float)
    covered, permuted, bias, truth = array.mean(axis=0).tolist()
    sd = float(array[:, 2].std())
    return {
        "kind": law.kind,
        "slope": law.slope,
        "rows": n,
        "mean_truth_of_bins": truth,
        "coverage": covered,
        "permutation": permuted if law.slope == 0 else None,
        "bias": bias,
        "bias_in_sd": bias / sd if sd > 0 else 0.0,
    }
