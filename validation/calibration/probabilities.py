"""Tests of calibration and limits around them: overall and grade by grade (report, rows 9 and 9b)."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from scipy import special, stats

from kullback.metrics import CalibrationResult, calibration_table, calibration_test, group_rates

ROWS = (500, 2000, 10000)
LOG_ODDS = (-2.0, 1.0)
"""Mean and standard deviation of the normal law of the log-odds: 16% of the rows are events."""
GROUPS = 10
WEIGHTS = (0.2, 1.0, 5.0)
DISTORTIONS = ((0.0, 1.0), (0.3, 1.0), (0.0, 1.5), (-0.4, 0.7))
"""Predicted log-odds are a + b times the true ones, so that Cox's intercept is -a / b and his slope 1 / b."""
GRADE_ROWS = (100, 500, 2000, 10000)
GRADE_RATES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.3)


def size(*, seed: int, replications: int) -> dict[str, Any]:
    """Rate of rejecting true probabilities at 5%: given, weighted, and fitted to the very rows."""
    rng = np.random.default_rng(seed)
    cells = []
    for n in ROWS:
        given = [_given(rng, n, None) for _ in range(replications)]
        weighted = [_given(rng, n, rng.choice(WEIGHTS, n)) for _ in range(replications)]
        fitted = [_fitted(rng, n) for _ in range(replications)]
        cells.append(
            {
                "rows": n,
                "cox": _rejects([r.cox_test.pvalue for r in given]),
                "spiegelhalter": _rejects([r.spiegelhalter.pvalue for r in given]),
                "in_the_large": _rejects([r.in_the_large.test().pvalue[0] for r in given]),
                "hosmer_lemeshow": _rejects([r.hosmer_lemeshow.pvalue for r in given]),
                "hosmer_lemeshow_fitted": _rejects([r.hosmer_lemeshow.pvalue for r in fitted]),
                "two_degrees_too_few": _rejects([_with_df(r, GROUPS - 2) for r in given]),
                "two_degrees_too_many": _rejects([_with_df(r, GROUPS) for r in fitted]),
                "weighted_cox": _rejects([r.cox_test.pvalue for r in weighted]),
                "weighted_spiegelhalter": _rejects([r.spiegelhalter.pvalue for r in weighted]),
                "weighted_hosmer_lemeshow": _rejects([r.hosmer_lemeshow.pvalue for r in weighted]),
            }
        )
    figures = {name: [cell[name] for cell in cells] for name in cells[0] if name != "rows"}
    return {"figures": figures, "table": cells}


def _given(rng: np.random.Generator, n: int, weight: np.ndarray | None) -> CalibrationResult:
    p = special.expit(rng.normal(*LOG_ODDS, n))
    return calibration_test(rng.uniform(size=n) < p, p, sample_weight=weight, bins=GROUPS)


def _fitted(rng: np.random.Generator, n: int) -> CalibrationResult:
    """Probabilities of a logistic regression on two features, fitted to the rows that they are tested on."""
    x = rng.standard_normal((n, 2))
    design = np.column_stack([np.ones(n), x])
    y = rng.uniform(size=n) < special.expit(LOG_ODDS[0] + x @ [0.8, 0.6])
    beta = np.array([LOG_ODDS[0], 0.8, 0.6])
    for _ in range(8):  # Newton's method, from the truth
        p = special.expit(design @ beta)
        beta += np.linalg.solve((design * (p * (1 - p))[:, None]).T @ design, design.T @ (y - p))
    return calibration_test(y, special.expit(design @ beta), bins=GROUPS, fitted=True)


def _with_df(result: CalibrationResult, df: int) -> float:
    return float(special.chdtrc(df, result.hosmer_lemeshow.statistic))


def _rejects(pvalues: list[Any]) -> float:
    return float((np.array(pvalues, dtype=float) < 0.05).mean())


def limits(*, seed: int, replications: int) -> dict[str, Any]:
    """Coverage of 95% limits of Cox's intercept and slope, the mean error, the Brier score and the log loss."""
    rng = np.random.default_rng(seed)
    cells = []
    for n, (a, b) in itertools.product(ROWS, DISTORTIONS):
        truth = _truths(a, b)
        covered: dict[str, list[Any]] = {"plain": [], "weighted": []}
        for _ in range(replications):
            log_odds = rng.normal(*LOG_ODDS, n)
            y, p = rng.uniform(size=n) < special.expit(log_odds), special.expit(a + b * log_odds)
            for name, weight in (("plain", None), ("weighted", rng.choice(WEIGHTS, n))):
                covered[name].append(_covers(calibration_test(y, p, sample_weight=weight), truth))
        cell: dict[str, Any] = {"rows": n, "a": a, "b": b}
        for name, found in covered.items():
            cell |= {f"{name}_{k}": v for k, v in zip(truth, np.mean(found, axis=0).tolist(), strict=True)}
        cells.append(cell)
    names = [name for name in cells[0] if name not in ("rows", "a", "b")]
    figures: dict[str, Any] = {name: [cell[name] for cell in cells] for name in names}
    figures["rows"] = [cell["rows"] for cell in cells]
    return {"figures": figures, "table": cells}


def _truths(a: float, b: float) -> dict[str, float]:
    """Return what the measures estimate, by Gauss and Hermite's quadrature over the law of the log-odds."""
    node, mass = np.polynomial.hermite_e.hermegauss(80)
    log_odds, mass = LOG_ODDS[0] + LOG_ODDS[1] * node, mass / mass.sum()
    true, said = special.expit(log_odds), special.expit(a + b * log_odds)
    loss = -true * np.log(said) - (1 - true) * np.log1p(-said)
    return {
        "intercept": -a / b,
        "slope": 1 / b,
        "in_the_large": float(mass @ (true - said)),
        "brier": float(mass @ (true * (1 - true) + (true - said) ** 2)),
        "log_loss": float(mass @ loss),
    }


def _covers(result: CalibrationResult, truth: dict[str, float]) -> np.ndarray:
    parts = [result.cox, result.in_the_large, result.brier_score, result.log_loss]
    low, high = np.vstack([part.conf_int() for part in parts]).T
    target = np.array(list(truth.values()))
    return (low <= target) & (target <= high)


def grades(*, seed: int, replications: int) -> dict[str, Any]:
    """Size at 5% of Jeffreys' test of one grade, and coverage of Wilson's limits of its rate, by rows and rate."""
    rng = np.random.default_rng(seed)
    cells = []
    for n, rate in itertools.product(GRADE_ROWS, GRADE_RATES):
        events = rng.binomial(n, rate, replications)
        pvalue = stats.beta.cdf(rate, events + 0.5, n - events + 0.5)
        lower, upper = _wilson(events, n)
        _agree(n, rate, events[:3], pvalue, lower, upper)
        cells.append(
            {
                "rows": n,
                "rate": rate,
                "jeffreys": float((pvalue < 0.05).mean()),
                "binomial": float((stats.binom.sf(events - 1, n, rate) < 0.05).mean()),
                "wilson": float(((lower <= rate) & (rate <= upper)).mean()),
            }
        )
    several = [cell for cell in cells if cell["rows"] * cell["rate"] >= 5]
    figures: dict[str, Any] = {}
    for name in ("jeffreys", "binomial", "wilson"):
        rates = [cell[name] for cell in several]
        figures[name] = {"by_cell": rates, "mean": float(np.mean(rates)), "range": [min(rates), max(rates)]}
    return {"figures": figures, "table": cells}


def _wilson(events: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    z = special.ndtri(0.975)
    rate, shrink = events / n, 1 + z**2 / n
    middle = (rate + z**2 / (2 * n)) / shrink
    half = z * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2)) / shrink
    return middle - half, middle + half


def _agree(n: int, rate: float, events: np.ndarray, pvalue: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> None:
    """Raise unless the package gives these figures; a grade of rows of one class is no table, and left out."""
    for i, count in enumerate(events):
        if not 0 < count < n:
            continue
        y = np.arange(n) < count
        row = calibration_table(y, np.full(n, rate), bins=1).iloc[0]
        group = group_rates(y, np.zeros(n)).iloc[0]
        ours = [pvalue[i], lower[i], upper[i], lower[i], upper[i]]
        theirs = [row["jeffreys_pvalue"], row["lower"], row["upper"], group["lower"], group["upper"]]
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
