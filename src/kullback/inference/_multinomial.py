"""Influence values of divergences and weights of evidence between two multinomial samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kullback._typing import FloatArray
from kullback.information import ContingencyTable, FDivergence

__all__ = ["HALF", "TwoSamples", "misleading_half", "smoothed"]

HALF = 0.5
"""Haldane and Anscombe's addition to a cell, which removes the first-order bias of a log-odds."""


def smoothed(counts: FloatArray) -> tuple[FloatArray, bool]:
    """Return a (bins, 2) table with a half added to every cell if one is empty, and whether it was."""
    if (counts > 0).all():
        return counts, False
    return counts + HALF, True


def misleading_half(mean_weight: float) -> str | None:
    """Return what to say of the half where rows weigh much less or more than one, for it is half a unit of weight."""
    if 0.5 <= mean_weight <= 10:
        return None
    return (
        f"a half is added to each, and rows weigh {mean_weight:.3g} on average: a weight counts as repetition, and the "
        "half is not half a row. Rescale sample_weight to a mean of 1."
    )


@dataclass(frozen=True, eq=False)
class TwoSamples:
    """Two multinomial samples over the same bins: shares, totals and what a unit of each contributes.

    Attributes
    ----------
    counts : (bins, 2) array
        Positive, smoothed where a cell was empty.
    multiplicity : (2 bins,) array
        Squared weights of the units in each cell, the first sample's bins first.
    was_smoothed : bool
    """

    counts: FloatArray
    multiplicity: FloatArray
    was_smoothed: bool

    @classmethod
    def from_table(cls, table: ContingencyTable) -> TwoSamples:
        """Return the samples of a table whose empty bins (no row at all) carry no information and go.

        A column without squares is a known population: nothing is added to it.
        """
        seen = table.counts.sum(axis=1) > 0
        counts, squares = table.counts[seen], table.squares[seen]
        was_smoothed = bool((counts == 0).any())
        if was_smoothed:
            added = np.where(squares.any(axis=0), HALF, 0.0)
            counts, squares = counts + added, squares + added
        return cls(counts, squares.T.ravel(), was_smoothed)

    @property
    def totals(self) -> FloatArray:
        """(2,) sums of counts."""
        return self.counts.sum(axis=0)

    @property
    def shares(self) -> tuple[FloatArray, FloatArray]:
        """(bins,) distribution of each sample."""
        p, q = (self.counts / self.totals).T
        return p, q

    @property
    def unit_scale(self) -> FloatArray:
        """(2,) 1/G and 1/B; with weights, the reciprocals of the effective sizes (sum w)^2 / sum w^2."""
        return self.multiplicity.reshape(2, -1).sum(axis=1) / np.square(self.totals)

    @property
    def null_scale(self) -> float:
        """1/G + 1/B: n0 of a divergence's law at zero."""
        return float(self.unit_scale.sum())

    def divergence_influence(self, divergence: FDivergence) -> FloatArray:
        """Return (2 bins,) influence of one unit in each cell: the centred gradient over the total."""
        p, q = self.shares
        by_p, by_q = divergence.gradient(p, q)
        return np.concatenate([by_p - p @ by_p, by_q - q @ by_q]) / np.repeat(self.totals, p.size)

    def half_gradient_influence(self) -> FloatArray:
        """Return the influence behind the paper's Eq. (18), which holds the weights p - q fixed."""
        p, q = self.shares
        return np.concatenate([p - q, q - p]) / self.counts.T.ravel()

    def log_ratio_influence(self, *, centred: bool) -> FloatArray:
        """Return (2 bins, bins) influence on ln(p_j / q_j), or on ln of the counts where not `centred`."""
        n_bins = self.counts.shape[0]
        own = np.eye(n_bins)
        (p, q), (first, second) = self.shares, self.totals
        shift = 1.0 if centred else 0.0
        return np.vstack([(own / p[:, None] - shift) / first, -(own / q[:, None] - shift) / second])

    def jeffreys_bias(self) -> float:
        """Return the second-order bias of a Jeffreys divergence: half its Hessian's trace with the shares' variances.

        Without weights [J - 2 + sum q/p] / (2 G) + [J - 2 + sum p/q] / (2 B).
        """
        p, q = shares = np.stack(self.shares)
        squares = self.multiplicity.reshape(2, -1)
        total = squares.sum(axis=1, keepdims=True)
        of_p, of_q = (squares - 2 * shares * squares + shares**2 * total) / np.square(self.totals)[:, None]
        return float(((1 / p + q / p**2) * of_p + (1 / q + p / q**2) * of_q).sum() / 2)

    def clustered_jeffreys_bias(self, weights: FloatArray) -> float:
        """Return the bias where clusters are drawn, half the trace of the Hessian with the shares' covariance.

        Parameters
        ----------
        weights : (clusters, 2, bins) array
            Of the rows of each cluster by class and bin.
        """
        shares = np.stack(self.shares)
        p, q = shares
        gaps = (weights - weights.sum(axis=2, keepdims=True) * shares) / self.totals[:, None]
        of_p, of_q = np.square(gaps).sum(axis=0)
        both = gaps.prod(axis=1).sum(axis=0)
        return float(((1 / p + q / p**2) * of_p + (1 / q + p / q**2) * of_q - 2 * (1 / p + 1 / q) * both).sum() / 2)
