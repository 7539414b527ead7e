"""Many contingency tables at once: simulation, and the estimates of the specification written out.

The formulas stand here a second time, vectorised over replications; :func:`agree` holds them against the
package's own estimates on a sample of the tables, so that a study speaks about the package.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from kullback.inference import noncentrality_interval
from kullback.metrics import information_value

SIZES = ((850, 150), (1000, 1000), (8500, 1500), (19000, 1000), (85000, 15000))
"""Non-events and events expected in a cohort (specification 2.3)."""


@dataclass(frozen=True)
class Batch:
    """Estimates of many tables: each field (tables,)."""

    value: np.ndarray
    standard_error: np.ndarray
    paper_error: np.ndarray
    null_scale: np.ndarray
    df: np.ndarray
    pearson: np.ndarray
    has_empty_cell: np.ndarray

    @property
    def scale(self) -> np.ndarray:
        """The non-central law's scale SE^2 / (4 IV), and 1/G + 1/B at zero."""
        positive = self.value > 0
        own = np.divide(self.standard_error**2, 4 * self.value, out=self.null_scale.copy(), where=positive)
        return np.where(own > 0, own, self.null_scale)

    @property
    def statistic(self) -> np.ndarray:
        """(2 IV / SE)^2."""
        return self.value / self.scale

    def limits(self, method: str, confidence_level: float = 0.95) -> np.ndarray:
        """Return the (tables, 2) limits of a method: noncentral, wald or paper."""
        if method == "noncentral":
            tail = (1 - confidence_level) / 2
            lower, _ = noncentrality_interval(self.statistic, self.df, tail)
            _, upper = noncentrality_interval(np.maximum(self.statistic, special.chdtri(self.df, 0.5)), self.df, tail)
            return self.scale[:, None] * np.column_stack([lower, upper])
        error = self.paper_error if method == "paper" else self.standard_error
        half = special.ndtri(0.5 + confidence_level / 2) * error
        lower = self.value - half
        return np.column_stack([np.maximum(lower, 0.0) if method == "wald" else lower, self.value + half])

    def covers(self, method: str, truth: float | np.ndarray) -> np.ndarray:
        """Return for each table whether the limits hold `truth`."""
        lower, upper = self.limits(method).T
        return (lower <= truth) & (truth <= upper)


def jeffreys(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Return sum (p - q) ln(p / q) over the last axis."""
    return ((p - q) * np.log(p / q)).sum(axis=-1)


def design(rng: np.random.Generator, n_bins: int, target: float) -> tuple[np.ndarray, np.ndarray]:
    """Draw p ~ Dirichlet(8, ..., 8) and q proportional to p exp(s z), with s such that IV = `target`."""
    p = rng.dirichlet(np.full(n_bins, 8.0))
    z = rng.standard_normal(n_bins)

    def tilted(s: float) -> np.ndarray:
        weight = p * np.exp(s * (z - z.max()))
        return weight / weight.sum()

    if target == 0:
        return p, p
    high = 1.0
    while jeffreys(p, tilted(high)) < target:
        high *= 2
    s = optimize.brentq(lambda s: jeffreys(p, tilted(s)) - target, 0.0, high, xtol=1e-14, rtol=1e-14)
    return p, tilted(s)


def draw_cohort(
    rng: np.random.Generator, p: np.ndarray, q: np.ndarray, size: tuple[int, int], replications: int
) -> np.ndarray:
    """Draw (replications, bins, 2) tables of a cohort: the number of events is random too."""
    total = sum(size)
    cells = np.concatenate([size[0] / total * p, size[1] / total * q])
    return rng.multinomial(total, cells, size=replications).reshape(replications, 2, -1).swapaxes(1, 2)


def estimate(counts: np.ndarray, *, reference_fixed: bool = False) -> Batch:
    """Return the estimates of (tables, bins, 2) counts by the formulas of sections 2.2 to 2.5."""
    seen = counts.sum(axis=2) > 0
    empty = ((counts == 0).any(axis=2) & seen).any(axis=1)
    cells = np.where(seen[..., None], counts + 0.5 * empty[:, None, None], 0.0)
    totals = cells.sum(axis=1)
    p, q = np.moveaxis(cells / totals[:, None, :], 2, 0)
    one = np.where(seen, 1.0, 0.0)
    up, uq = np.where(seen, p, 1.0), np.where(seen, q, 1.0)
    w = np.log(up / uq)
    a, c = w + 1 - uq / up, -w + 1 - up / uq
    by_sample = np.stack(
        [
            (p * a**2).sum(axis=1) - (p * a).sum(axis=1) ** 2,
            (q * c**2).sum(axis=1) - (q * c).sum(axis=1) ** 2,
        ],
        axis=1,
    )
    keep = np.array([0.0, 1.0]) if reference_fixed else np.ones(2)
    half = (p - q) ** 2 * one * (1 / np.where(seen, cells[..., 0], 1) + 1 / np.where(seen, cells[..., 1], 1))
    return Batch(
        value=((p - q) * w).sum(axis=1),
        standard_error=np.sqrt((by_sample * keep / totals).sum(axis=1)),
        paper_error=np.sqrt(half.sum(axis=1)),
        null_scale=(keep / totals).sum(axis=1),
        df=seen.sum(axis=1) - 1.0,
        pearson=_pearson(counts, seen),
        has_empty_cell=(counts == 0).any(axis=(1, 2)),
    )


def _pearson(counts: np.ndarray, seen: np.ndarray) -> np.ndarray:
    expected = counts.sum(axis=2, keepdims=True) * counts.sum(axis=1, keepdims=True)
    expected = expected / counts.sum(axis=(1, 2), keepdims=True)
    terms = np.divide((counts - expected) ** 2, expected, out=np.zeros(counts.shape), where=seen[..., None])
    return special.chdtrc(seen.sum(axis=1) - 1.0, terms.sum(axis=(1, 2)))


def agree(counts: np.ndarray, batch: Batch, n_tables: int = 5) -> None:
    """Raise unless the package gives the figures of `batch` on the first tables."""
    for i in range(min(n_tables, counts.shape[0])):
        pair = {"events": counts[i, :, 1], "non_events": counts[i, :, 0]}
        iv = information_value(**pair)
        paper = information_value(**pair, method="paper")
        wald = information_value(**pair, method="wald")
        ours = [
            iv.value[0], iv.standard_error[0], iv.pvalue[0], paper.standard_error[0],
            *iv.conf_int()[0], *wald.conf_int()[0], *paper.conf_int()[0],
        ]  # fmt: skip
        theirs = [
            batch.value[i], batch.standard_error[i], batch.pearson[i], batch.paper_error[i],
            *batch.limits("noncentral")[i], *batch.limits("wald")[i], *batch.limits("paper")[i],
        ]  # fmt: skip
        # Both sum at most 40 terms of order one in double precision; a p-value loses digits in its tail, and
        # scipy inverts the non-central law to a relative 1e-8.
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-10)
