"""Limits of a scorecard's coefficients and points, and influence values written out again (specification 2.9)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from kullback.binning import OptimalBinner
from kullback.scorecard import PointScale, Scorecard
from validation.calibration._tables import design

EVENT_RATE = 0.15
LEVELS = (5, 4, 3)
INFORMATION = (0.4, 0.2, 0.1)
"""Levels and information values of three features whose values are their bins."""
TILT = 0.3
"""Log-linear dependence between features that are not independent given the class."""
WEIGHTS = (0.2, 1.0, 5.0)
ROWS = (3000, 15000)
SHIFTS = (0.8, 0.5, 0.3)
"""Distance of the normal laws of three features whose bins are chosen."""
BOOTSTRAP = (20, 100)
"""Samples, and resamples of each."""
SCALE = PointScale(pdo=20, base_points=600, base_odds=50)
Z = special.ndtri(0.975)
GRID_LEVELS = (3, 5, 8)
GRID_ROWS = (500, 1500, 5000)
CHOSEN_LEVELS = 12
"""Levels of a feature before bins are chosen."""
FOLDS = 5


@dataclass(frozen=True)
class Fit:
    """A scorecard on cells, with the covariance of everything that is estimated.

    Attributes
    ----------
    coefficients : (1 + features,) array
    woe : list of (bins,) arrays
    errors : (1 + features,) standard errors of the coefficients from influence values
    given_errors : (1 + features,) those that take the weights of evidence as given
    points_errors : (sum of bins,) standard errors of the points from influence values
    """

    coefficients: np.ndarray
    woe: list[np.ndarray]
    errors: np.ndarray
    given_errors: np.ndarray
    points_errors: np.ndarray

    @property
    def points(self) -> np.ndarray:
        return _points(self.coefficients, self.woe)


def coverage(*, seed: int, replications: int) -> dict[str, Any]:
    """Coverage of 95% limits of coefficients and points: bins given, with and without weights, and bins chosen.

    The truth is what the same regression gives on the law itself. The influence behind the errors is written out here
    a second time, and each replication holds the package's errors against it.
    """
    rng = np.random.default_rng(seed)
    cells = []
    for dependent, weighted, n in itertools.product((False, True), (False, True), ROWS):
        bins, law = _law(rng, dependent)
        found = [_given(rng, bins, law, n, weighted) for _ in range(replications)]
        cells.append({"bins": "given", "dependent": dependent, "weighted": weighted, "rows": n})
        cells[-1] |= _summary(found, same_bins=True)
    for n in ROWS:
        found = [_chosen(rng, n) for _ in range(replications // 2)]
        cells.append({"bins": "chosen", "dependent": False, "weighted": False, "rows": n})
        cells[-1] |= _summary(found, same_bins=False)
    given = [cell for cell in cells if cell["bins"] == "given"]
    figures: dict[str, Any] = {}
    for name in ("coefficients", "points", "coefficients_weights_given"):
        rates = [rate for cell in given for rate in np.atleast_1d(cell[name])]
        figures[name] = {"mean": float(np.mean(rates)), "range": [min(rates), max(rates)], "by_cell": rates}
    ratios = np.concatenate([cell["error_over_sd"] for cell in given])
    figures["error_over_sd"] = {"mean": float(ratios.mean()), "range": [float(ratios.min()), float(ratios.max())]}
    chosen = [cell for cell in cells if cell["bins"] == "chosen"]
    figures["chosen_points"] = [cell["points_mean"] for cell in chosen]
    figures["noise_rejected"] = _noise(rng, replications // 2)
    figures["bootstrap_over_influence"] = _bootstrap(rng)
    return {"figures": figures, "table": cells}


def coefficients(*, seed: int, replications: int) -> dict[str, Any]:
    """Coverage of 95% limits of the coefficients over a grid: levels, features, dependence, weights, rows.

    Bins are given, chosen on the same rows, or given with cross-fitted weights of evidence (`cv`). Limits that take
    the weights of evidence as given are there for comparison, and how many times as wide they are.
    """
    rng = np.random.default_rng(seed)
    grid = itertools.product(
        ("given", "chosen"), (*GRID_LEVELS, CHOSEN_LEVELS), (2, 3), (False, True), (False, True), GRID_ROWS
    )
    table = [
        _cell(rng, replications, bins=bins, levels=levels, features=m, dependent=dependent, weighted=weighted, rows=n)
        for bins, levels, m, dependent, weighted, n in grid
        if (bins == "chosen") == (levels == CHOSEN_LEVELS)
    ]
    table += [
        _cell(
            rng, replications // 2, bins="cross-fitted", levels=5, features=m, dependent=m > 1, weighted=False, rows=n
        )
        for m, n in itertools.product((1, 2), GRID_ROWS[1:])
    ]
    figures: dict[str, Any] = {}
    for bins, n in itertools.product(("given", "chosen"), GRID_ROWS):
        cells = [cell for cell in table if (cell["bins"], cell["rows"]) == (bins, n)]
        figures[f"{bins}_{n}"] = _rates(cells, "limits")
        figures[f"{bins}_{n}_weights_given"] = _rates(cells, "weights_given")
        wider = np.concatenate([cell["times_as_wide"] for cell in cells])
        figures[f"{bins}_{n}"]["weights_given_times_as_wide"] = [float(wider.min()), float(wider.max())]
    few = [cell for cell in table if cell["bins"] == "given" and cell["rows"] == GRID_ROWS[0]]
    for levels in GRID_LEVELS:
        figures[f"given_{GRID_ROWS[0]}_in_{levels}"] = _rates([c for c in few if c["levels"] == levels], "limits")
    figures["cross_fitted"] = _rates([cell for cell in table if cell["bins"] == "cross-fitted"], "limits")
    figures["left_out"] = int(sum(cell["left_out"] for cell in table))
    return {"figures": figures, "table": table}


def _rates(cells: list[dict[str, Any]], name: str) -> dict[str, Any]:
    rates = np.concatenate([cell[name] for cell in cells])
    return {"mean": float(rates.mean()), "range": [float(rates.min()), float(rates.max())]}


def _cell(rng: np.random.Generator, replications: int, **setting: Any) -> dict[str, Any]:
    """Return the rates at which limits hold the coefficients of the law in the same bins, intercept first."""
    m, weighted = setting["features"], setting["weighted"]
    levels = (setting["levels"],) * m
    bins, law = _law(rng, setting["dependent"], levels, INFORMATION[:m])
    held, held_given, ratio = [], [], []
    for _ in range(replications):
        cell = rng.choice(law.size, setting["rows"], p=law.ravel())
        weight = rng.choice(WEIGHTS, cell.size) if weighted else None
        card = Scorecard(binner=_binner(setting["bins"], levels))
        card.fit(bins[cell // 2].astype(float), cell % 2, sample_weight=weight)
        if len(card.features_) < m or card.penalty_ is not None:
            continue  # another regression than the law's
        merged = np.column_stack([code for _, code in card.binner_.bin_codes(bins.astype(float))])
        truth = _fit(merged, law, law).coefficients
        off = np.abs(card.coefficients_.value - truth)
        errors = card.coefficients_.standard_error
        given = _fit(merged, *_counts(cell // 2, cell % 2, weight, len(bins))).given_errors
        held.append(off <= Z * errors)
        held_given.append(off <= Z * given)
        ratio.append(given / errors)
    return setting | {
        "limits": np.mean(held, axis=0).tolist(),
        "weights_given": np.mean(held_given, axis=0).tolist(),
        "times_as_wide": np.median(ratio, axis=0).tolist(),
        "left_out": replications - len(held),
    }


def _binner(bins: str, levels: tuple[int, ...]) -> OptimalBinner:
    if bins == "chosen":
        return OptimalBinner()
    cuts = [np.arange(n - 1) + 0.5 for n in levels]
    folds = FOLDS if bins == "cross-fitted" else None
    return OptimalBinner(prebinning=cuts, min_bin_events=0, min_bin_fraction=0, cv=folds, random_state=0)


def _law(
    rng: np.random.Generator,
    dependent: bool,
    levels: tuple[int, ...] = LEVELS,
    information: tuple[float, ...] = INFORMATION,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the (cells, features) bins, and the (cells, 2) probability of each cell with either class."""
    bins = np.array(list(itertools.product(*map(range, levels))))
    law = np.ones((len(bins), 2)) * [1 - EVENT_RATE, EVENT_RATE]
    for f, (n_levels, target) in enumerate(zip(levels, information, strict=True)):
        p, q = design(rng, n_levels, target)
        order = np.argsort(p / q)
        law *= np.column_stack([p[order], q[order]])[bins[:, f]]
    if dependent:
        z = (bins - bins.mean(axis=0)) / bins.std(axis=0)
        law *= np.exp(TILT * sum(z[:, a] * z[:, b] for a, b in itertools.combinations(range(len(levels)), 2)))[:, None]
        law *= np.array([1 - EVENT_RATE, EVENT_RATE]) / law.sum(axis=0)
    return bins, law


def _given(
    rng: np.random.Generator, bins: np.ndarray, law: np.ndarray, n: int, weighted: bool
) -> dict[str, np.ndarray]:
    """Fit a scorecard whose bins are the features' values, and hold it against the law."""
    cell = rng.choice(law.size, n, p=law.ravel())
    code, y = cell // 2, cell % 2
    weight = rng.choice(WEIGHTS, n) if weighted else None
    card = Scorecard(binner=_binner("given", LEVELS)).fit(bins[code].astype(float), y, sample_weight=weight)
    truth = _fit(bins, law, law)
    return _held(card, _fit(bins, *_counts(code, y, weight, len(bins))), truth.coefficients, truth.woe)


def _noise(rng: np.random.Generator, replications: int) -> float:
    """Return the rate at which the coefficient of a third feature of noise is tested to be zero and rejected at 5%."""
    rejected = []
    for _ in range(replications):
        y = (rng.uniform(size=ROWS[0]) < EVENT_RATE).astype(np.int64)
        X = rng.standard_normal((y.size, len(SHIFTS))) - y[:, None] * [*SHIFTS[:2], 0.0]
        cuts = [np.array([-1.0, -0.3, 0.3, 1.0])] * len(SHIFTS)
        card = Scorecard(binner=OptimalBinner(prebinning=cuts, min_bin_events=0, min_bin_fraction=0)).fit(X, y)
        rejected.append(card.coefficients_.test().pvalue[-1] < 0.05)
    return float(np.mean(rejected))


def _chosen(rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    """Fit a scorecard with chosen bins to normal features; given the class they are independent, so that b = -1."""
    y = (rng.uniform(size=n) < EVENT_RATE).astype(np.int64)
    X = rng.standard_normal((n, len(SHIFTS))) - y[:, None] * SHIFTS
    card = Scorecard().fit(X, y)
    tables = [card.binner_.tables_[f] for f in card.features_]
    woe = [_woe_of_cuts(t.cuts, SHIFTS[int(f[1:])]) for f, t in zip(card.features_, tables, strict=True)]
    codes = np.column_stack([code for f, code in card.binner_.bin_codes(X) if f in card.features_])
    bins, code = np.unique(codes, axis=0, return_inverse=True)
    truth = np.append(special.logit(EVENT_RATE), -np.ones(len(woe)))
    return _held(card, _fit(bins, *_counts(code.reshape(-1), y, None, len(bins))), truth, woe)


def _woe_of_cuts(cuts: np.ndarray, shift: float) -> np.ndarray:
    edges = np.concatenate([[-np.inf], cuts, [np.inf]])
    return np.log(np.diff(special.ndtr(edges)) / np.diff(special.ndtr(edges + shift)))


def _counts(code: np.ndarray, y: np.ndarray, weight: np.ndarray | None, n_cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (cells, 2) sums of weights, and of their squares."""
    place = 2 * code + y
    once = np.ones(y.size) if weight is None else weight
    return tuple(np.bincount(place, once**k, 2 * n_cells).reshape(-1, 2) for k in (1, 2))  # type: ignore[return-value]


def _points(coefficients: np.ndarray, woe: list[np.ndarray]) -> np.ndarray:
    parts = [SCALE.of_bin(w, b, coefficients[0], len(woe)) for w, b in zip(woe, coefficients[1:], strict=True)]
    return np.concatenate(parts)


def _held(card: Scorecard, fit: Fit, truth: np.ndarray, woe: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Return which limits hold the truth, and how far the points are off with their standard errors."""
    points, target = card.table_["points"].to_numpy(), _points(truth, woe)
    error = card.table_["points_se"].to_numpy()
    # the same regression by two programs, each converged to 1e-8 of its likelihood
    np.testing.assert_allclose(fit.points, points, rtol=1e-5)
    if not any(table.smoothed for table in card.binner_.tables_.values()):  # what is added is no unit here
        np.testing.assert_allclose(SCALE.factor * fit.points_errors, error, rtol=1e-4)
        np.testing.assert_allclose(fit.errors, card.coefficients_.standard_error, rtol=1e-3)
    low, high = card.conf_int().T
    return {
        "coefficients": (low <= truth) & (truth <= high),
        "points": np.abs(points - target) <= Z * error,
        "coefficients_weights_given": np.abs(fit.coefficients - truth) <= Z * fit.given_errors,
        "off": points - target,
        "error": error,
    }


def _fit(bins: np.ndarray, counts: np.ndarray, squares: np.ndarray) -> Fit:
    """Fit weights of evidence and the regression to (cells, 2) counts, with the influence of a unit in each cell.

    The regression's score at the estimated weights is moved by each unit twice: by its own residual, and through the
    weight of each of its bins.
    """
    cells, n_features = counts.shape[0], bins.shape[1]
    tables = [_filled(_merge(counts, bins[:, f])) for f in range(n_features)]
    woe = [np.log(t[:, 0] / t[:, 0].sum()) - np.log(t[:, 1] / t[:, 1].sum()) for t in tables]
    x = np.column_stack([np.ones(cells), *(w[bins[:, f]] for f, w in enumerate(woe))])
    beta, mean = _newton(x, counts)
    total = counts.sum(axis=1)
    curvature = (x * (total * mean * (1 - mean))[:, None]).T @ x
    residual = np.column_stack([-mean, 1 - mean])
    score = residual[..., None] * x[:, None, :]
    given = np.linalg.solve(curvature, score.reshape(-1, x.shape[1]).T).T.reshape(score.shape)
    influences = [_woe_influence(t) for t in tables]
    for f, influence in enumerate(influences):
        slope = -(total * mean * (1 - mean) * beta[1 + f])[:, None] * x
        slope[:, 1 + f] += (counts * residual).sum(axis=1)
        score += (influence @ _merge(slope, bins[:, f]))[bins[:, f]]
    psi = np.linalg.solve(curvature, score.reshape(-1, x.shape[1]).T).T.reshape(score.shape)
    parts = [
        woe[f] * psi[..., [1 + f]] + beta[1 + f] * influence[bins[:, f]] + psi[..., [0]] / n_features
        for f, influence in enumerate(influences)
    ]
    by_points = np.concatenate(parts, axis=2)
    errors = [np.sqrt(np.einsum("cy,cyk->k", squares, part**2)) for part in (psi, given, by_points)]
    return Fit(beta, woe, *errors)


def _merge(cells: np.ndarray, bins: np.ndarray) -> np.ndarray:
    merged = np.zeros((int(bins.max()) + 1, cells.shape[1]))
    np.add.at(merged, bins, cells)
    return merged


def _filled(table: np.ndarray) -> np.ndarray:
    """Add a half to each cell where one is empty."""
    return table + 0.5 * (table == 0).any()


def _woe_influence(table: np.ndarray) -> np.ndarray:
    """Return the (bins, 2, bins) influence of a unit in a bin, of either class, on the weight of each bin."""
    own = np.eye(table.shape[0])
    totals = table.sum(axis=0)
    return np.stack([own / table[:, 0] - 1 / totals[0], 1 / totals[1] - own / table[:, 1]], axis=1)


def _newton(x: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    total = counts.sum(axis=1)
    beta = np.append(np.log(counts[:, 1].sum() / counts[:, 0].sum()), -np.ones(x.shape[1] - 1))
    for _ in range(20):
        mean = special.expit(x @ beta)
        information = (x * (total * mean * (1 - mean))[:, None]).T @ x
        beta = beta + np.linalg.solve(information, x.T @ (counts[:, 1] - total * mean))
    return beta, special.expit(x @ beta)


def _summary(found: list[dict[str, np.ndarray]], *, same_bins: bool) -> dict[str, Any]:
    """Return rates of coverage: by coefficient and by bin too where the bins are the same in each replication."""
    cell: dict[str, Any] = {}
    for name in ("coefficients", "points", "coefficients_weights_given"):
        cell[f"{name}_mean"] = float(np.mean(np.concatenate([f[name] for f in found])))
        if same_bins:
            cell[name] = np.mean([f[name] for f in found], axis=0).tolist()
    if same_bins:
        sd = np.std([f["off"] for f in found], axis=0)
        cell["error_over_sd"] = (np.mean([f["error"] for f in found], axis=0) / sd).tolist()
    return cell


def _bootstrap(rng: np.random.Generator) -> list[float]:
    """Return the mean ratio of bootstrap and influence standard errors of each bin's points."""
    bins, law = _law(rng, dependent=True)
    ratios = []
    for _ in range(BOOTSTRAP[0]):
        counts = rng.multinomial(ROWS[1], law.ravel())
        fit = _fit(bins, counts.reshape(-1, 2).astype(float), counts.reshape(-1, 2))
        again = rng.multinomial(ROWS[1], counts / counts.sum(), size=BOOTSTRAP[1]).reshape(BOOTSTRAP[1], -1, 2)
        points = [_fit(bins, resample.astype(float), resample).points for resample in again]
        ratios.append(np.std(points, axis=0, ddof=1) / (SCALE.factor * fit.points_errors))
    return np.mean(ratios, axis=0).tolist()
