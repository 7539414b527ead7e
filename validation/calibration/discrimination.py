"""Area under the ROC curve and Kolmogorov-Smirnov distance: limits and tests (report, row 8)."""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import numpy as np
from scipy import special

from kullback.exceptions import SmallCountWarning
from kullback.inference import Estimate
from kullback.metrics import gini, ks_statistic, roc_auc

AREAS = (0.6, 0.75, 0.9)
SIZES = ((200, 50), (850, 150), (4750, 250))
"""Non-events and events."""
NEAR_ONE = (0.9, 0.97, 0.99, 0.999)
SMALL_SIZES = ((20, 5), (50, 10), (200, 20))
"""With these a score often separates the classes of the sample, at areas near one."""
GRADES = np.array([-1.0, 0.0, 0.5, 1.0, 2.0])
"""Cuts that turn a score into one of six grades, full of ties."""
CORRELATION = 0.7
"""Of two scores of the same rows."""
DRAWN = (4000, 0.15)
"""Rows and event rate before a sample is taken from them with unequal probabilities."""
CLUSTERS, CLUSTER_SIZE, EVENT_RATE = 250, 4, 0.2
SHARED = 0.7
"""Part of a score's variance that a cluster shares; half of its rows copy one class."""
FIGURES = ("independent", "tied", "wald", "paired_size", "weighted", "weighted_wald", "weights_ignored")
FIGURES += ("clustered", "clustered_wald", "clusters_ignored", "near_one", "near_one_wald")
SHIFTS = (0.25, 0.5, 1.0, 2.0)
"""Distance of the two normal laws of a score: the Kolmogorov-Smirnov distance is .1, .2, .38 and .68."""


def areas(*, seed: int, replications: int) -> dict[str, Any]:
    """Coverage of 95% limits of the area for independent, tied, weighted and dependent rows; size of the paired test.

    Limits are the package's, on the scale of the log-odds; "wald" takes the same standard error to the area itself.

    Scores are normal and the events' mean is higher, so that the truth is known in closed form. Weighted rows are
    kept with a probability that depends on their score, and weigh its reciprocal.
    """
    rng = np.random.default_rng(seed)
    cells: list[dict[str, Any]] = []
    for area in AREAS:
        shift = float(np.sqrt(2) * special.ndtri(area))
        cells += [_independent(rng, shift, area, size, replications) for size in SIZES]
        cells += [_weighted(rng, shift, area, replications), _clustered(rng, shift, area, replications)]
    cells += [_near_one(rng, area, size, replications) for area in NEAR_ONE for size in SMALL_SIZES]
    figures: dict[str, Any] = {}
    for name in FIGURES:
        figures[name] = [cell[name] for cell in cells if name in cell]
        figures[f"{name}_range"] = [min(figures[name]), max(figures[name])]
    return {"figures": figures, "table": cells}


def _independent(
    rng: np.random.Generator, shift: float, area: float, size: tuple[int, int], replications: int
) -> dict[str, Any]:
    """Two equally good scores of the same rows, and the first one's grades."""
    y = np.repeat([0, 1], size)
    truth = np.array([area, area, _area_of_grades(shift)])
    found = []
    for _ in range(replications):
        first, own = rng.standard_normal((2, y.size))
        score = np.column_stack([first, CORRELATION * first + np.sqrt(1 - CORRELATION**2) * own]) + shift * y[:, None]
        auc = roc_auc(y, np.column_stack([score, np.searchsorted(GRADES, score[:, 0])]))
        pvalue = (auc[0] - auc[1]).test().pvalue[0]
        wald = Estimate.conf_int(auc[0])
        found.append([*_holds(auc.conf_int(), truth)[[0, 2]], pvalue < 0.05, _holds(wald, area)[0], wald[0, 1] > 1])
    halves = gini(y, score[:, 0]).conf_int() / 2 + 0.5
    np.testing.assert_allclose(halves, auc[0].conf_int(), rtol=1e-9)  # what holds for the area holds for Gini's
    rates = np.mean(found, axis=0).tolist()
    names = ("independent", "tied", "paired_size", "wald", "wald_beyond_one")
    return {"area": area, "size": list(size)} | dict(zip(names, rates, strict=True))


def _area_of_grades(shift: float) -> float:
    """Return the area under the curve of a graded score, ties counted half."""
    edges = np.concatenate([[-np.inf], GRADES, [np.inf]])
    events, others = np.diff(special.ndtr(edges - shift)), np.diff(special.ndtr(edges))
    return float(events @ (np.cumsum(others) - others / 2))


def _near_one(rng: np.random.Generator, area: float, size: tuple[int, int], replications: int) -> dict[str, Any]:
    y = np.repeat([0, 1], size)
    found = []
    for _ in range(replications):
        auc = roc_auc(y, rng.standard_normal(y.size) + np.sqrt(2) * special.ndtri(area) * y)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SmallCountWarning)  # separated classes: what is studied here
            limits = (auc.conf_int(), Estimate.conf_int(auc))
        found.append([*(_holds(own, area)[0] for own in limits), auc.value[0] == 1])
    names = ("near_one", "near_one_wald", "separated")
    return {"area": area, "size": list(size)} | dict(zip(names, np.mean(found, axis=0).tolist(), strict=True))


def _weighted(rng: np.random.Generator, shift: float, area: float, replications: int) -> dict[str, Any]:
    found = []
    for _ in range(replications):
        y = (rng.uniform(size=DRAWN[0]) < DRAWN[1]).astype(np.int64)
        score = rng.standard_normal(y.size) + shift * y
        probability = np.where(score > 1, 0.8, np.where(score > -0.5, 0.3, 0.1))
        kept = rng.uniform(size=y.size) < probability
        known = roc_auc(y[kept], score[kept], sample_weight=1 / probability[kept])
        ignored = roc_auc(y[kept], score[kept])
        limits = (known.conf_int(), Estimate.conf_int(known), ignored.conf_int())
        found.append([_holds(own, area)[0] for own in limits])
    names = ("weighted", "weighted_wald", "weights_ignored")
    return {"area": area, "drawn": DRAWN[0]} | dict(zip(names, np.mean(found, axis=0).tolist(), strict=True))


def _clustered(rng: np.random.Generator, shift: float, area: float, replications: int) -> dict[str, Any]:
    cluster = np.repeat(np.arange(CLUSTERS), CLUSTER_SIZE)
    found = []
    for _ in range(replications):
        own, common = rng.uniform(size=cluster.size), rng.uniform(size=CLUSTERS)[cluster]
        y = np.where(rng.uniform(size=cluster.size) < 0.5, own, common) < EVENT_RATE
        noise = np.sqrt(SHARED) * rng.standard_normal(CLUSTERS)[cluster]
        score = noise + np.sqrt(1 - SHARED) * rng.standard_normal(cluster.size) + shift * y
        ignored = roc_auc(y, score)
        known = ignored.cluster(cluster)
        limits = (known.conf_int(), Estimate.conf_int(known), ignored.conf_int())
        found.append([_holds(own, area)[0] for own in limits])
    names = ("clustered", "clustered_wald", "clusters_ignored")
    return {"area": area, "clusters": CLUSTERS} | dict(zip(names, np.mean(found, axis=0).tolist(), strict=True))


def _holds(limits: np.ndarray, truth: Any) -> np.ndarray:
    return (limits[:, 0] <= truth) & (truth <= limits[:, 1])


def kolmogorov(*, seed: int, replications: int) -> dict[str, Any]:
    """Size of the Kolmogorov-Smirnov test at 5%, with and without ties, and coverage of the approximate limits."""
    rng = np.random.default_rng(seed)
    cells = []
    for size in SIZES:
        y = np.repeat([0, 1], size)
        cell: dict[str, Any] = {"size": list(size)}
        noise = [rng.standard_normal(y.size) for _ in range(replications)]
        cell["rejects"] = float(np.mean([ks_statistic(y, score).pvalue < 0.05 for score in noise]))
        graded = [ks_statistic(y, np.searchsorted(GRADES, score)).pvalue < 0.05 for score in noise]
        cell["rejects_tied"] = float(np.mean(graded))
        for shift in SHIFTS:
            truth = float(2 * special.ndtr(shift / 2) - 1)
            found = [ks_statistic(y, score + shift * y) for score in noise]
            limits = np.array([ks.difference.conf_int()[0] for ks in found])
            cell[f"coverage_{shift:g}"] = float(_holds(limits, truth).mean())
            cell[f"bias_{shift:g}"] = float(np.mean([ks.statistic for ks in found]) - truth)
        cells.append(cell)
    figures: dict[str, Any] = {name: [cell[name] for cell in cells] for name in ("rejects", "rejects_tied")}
    figures["coverage_near_zero"] = [cell[f"coverage_{SHIFTS[0]:g}"] for cell in cells]
    figures["coverage"] = [cell[f"coverage_{shift:g}"] for cell, shift in itertools.product(cells, SHIFTS[1:])]
    return {"figures": figures, "table": cells}
