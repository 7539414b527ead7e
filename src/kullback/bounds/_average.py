"""Averages of scores over a sample: pairs of estimates with the influence of its rows.

Scores need not lie in the outcome's support, and with little overlap their means do not. An estimated end, or a limit,
beyond what the support allows is set to it, and the interval says so (``clipped``): what is possible is known without
error. Under a limit to confounding the worst case, where a support is known, is such a bracket too, with its own error.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kullback._typing import BoolArray, FloatArray, IntArray
from kullback.bounds._estimand import Contrast
from kullback.bounds._model import ArmBounds
from kullback.bounds._nuisance import Rows
from kullback.bounds._support import OUTCOME, Functional
from kullback.exceptions import SmallCountWarning
from kullback.inference import Estimate, IntervalEstimate

__all__ = ["Averages"]

ROUNDING = 1e-12
"""Of its size: by so much an end may lie beyond what is possible unremarked."""

Pair = tuple[FloatArray, FloatArray]
Ends = tuple[Estimate, Estimate]


@dataclass(frozen=True, eq=False)
class Averages:
    """Weighted means over a sample, with clusters, all paired by its rows.

    Attributes
    ----------
    rows : Rows
    sample_id : str
    assumed : str
        What the bounds rest on, in words.
    sign : int
        1 or -1 where the assumptions let no effect be negative, or positive; else 0. The estimated end is then
        zero at least, or at most: that end is known without error.
    functional : Functional or None
        With the support that ends are held inside; None holds them nowhere.
    limited : bool
        Whether confounding is, so that the worst case is a bracket too.
    """

    rows: Rows
    sample_id: str
    assumed: str
    sign: int = 0
    functional: Functional | None = None
    limited: bool = False

    def contrast(self, contrast: Contrast, functional: Functional, found: dict[int, ArmBounds]) -> IntervalEstimate:
        """Return the bounds of a contrast over all rows, or over the treated where it is for them."""
        if not contrast.on_treated:
            return self.groups(contrast, found, [contrast.name], [np.arange(len(self.rows))])
        treated = (self.rows.arm == contrast.arms[0]).astype(np.float64)[:, None]
        ends = self._on_treated(contrast, functional, found)
        if self.functional is None:
            return self.signed(*ends)
        worst = self._outer(contrast.arms)
        outer = None if worst is None else self._on_treated(contrast, functional, worst)
        return self._held(ends, self._support(contrast), treated, outer)

    def groups(
        self, contrast: Contrast, found: dict[int, ArmBounds], names: Sequence[str], members: Sequence[IntArray]
    ) -> IntervalEstimate:
        """Return the bounds of a contrast over sets of rows.

        Warns
        -----
        SmallCountWarning
            If a set is one row, or of one cluster: its error is unknown.
        """
        inside = np.zeros((len(self.rows), len(names)))
        for column, group in zip(inside.T, members, strict=True):
            column[group] = 1.0
        null = 0.0 if contrast.is_effect else None

        def means(found: dict[int, ArmBounds]) -> Ends:
            scores = contrast.scores(found, self.rows.X)
            low, high = (self._mean(score[:, None], inside, names, contrast.target, null) for score in scores)
            return low, high

        if self.functional is None:
            return self._warned(self.signed(*means(found)), members)
        worst = self._outer(contrast.arms)
        interval = self._held(means(found), self._support(contrast), inside, None if worst is None else means(worst))
        return self._warned(interval, members)

    def cdf(
        self, found: Sequence[ArmBounds], thresholds: FloatArray, arm: int, names: Sequence[str], target: str
    ) -> IntervalEstimate:
        """Return the bounds of P(Y(arm) <= t) over all rows, a parameter a threshold."""
        everyone = np.ones((len(self.rows), len(names)))

        def means(low: FloatArray, high: FloatArray) -> Ends:
            return self._mean(low, everyone, names, target, None), self._mean(high, everyone, names, target, None)

        ends = means(np.column_stack([f.lower_score for f in found]), np.column_stack([f.upper_score for f in found]))
        outer = None
        if self.limited:
            inside = (self.rows.arm == arm)[:, None]
            below = self.rows.y[:, None] <= thresholds
            outer = means(1.0 * (inside & below), 1.0 * (below | ~inside))
        whole = np.zeros(len(self.rows)), np.ones(len(self.rows))
        return replace(self, sign=0)._held(ends, whole, everyone, outer)

    def _support(self, contrast: Contrast) -> Pair:
        """Return the least and the greatest value that a contrast can have at each row."""
        ends = (self.functional or OUTCOME).support(self.rows.X) * 2
        with np.errstate(invalid="ignore"):  # a policy takes no part of an infinite end
            lower, upper = contrast.scores({arm: ArmBounds(*ends) for arm in contrast.arms}, self.rows.X)
        return np.nan_to_num(lower, nan=-np.inf, neginf=-np.inf), np.nan_to_num(upper, nan=np.inf, posinf=np.inf)

    def worst_case(self, arms: Sequence[int]) -> dict[int, ArmBounds]:
        """Return the scores of the worst case, and the support in the place of bounds at X."""
        functional = self.functional or OUTCOME
        bottom, top = functional.support(self.rows.X)
        phi, found = functional.function(self.rows.y), {}
        for arm in arms:
            inside = self.rows.arm == arm
            found[arm] = ArmBounds(bottom, top, np.where(inside, phi, bottom), np.where(inside, phi, top))
        return found

    def _outer(self, arms: Sequence[int]) -> dict[int, ArmBounds] | None:
        """Return the scores of the worst case, where it is a bracket of its own and has two ends."""
        if not self.limited:
            return None
        worst = self.worst_case(arms)
        return worst if all(np.isfinite([arm.lower, arm.upper]).all() for arm in worst.values()) else None

    def _held(self, ends: Ends, support: Pair, inside: FloatArray, outer: Ends | None) -> IntervalEstimate:
        """Return the ends as one interval, inside the support at each row and inside an outer bracket."""
        (lower, upper), clipped = ends, np.zeros(inside.shape[1], dtype=bool)
        if outer is not None:
            lower, below = _replaced(lower, outer[0], lower.value < outer[0].value)
            upper, above = _replaced(upper, outer[1], upper.value > outer[1].value)
            clipped |= below | above
        least, greatest = (self._mean_support(end, inside) for end in support)
        lower, below = _clipped(lower, least, greatest)
        upper, above = _clipped(upper, least, greatest)
        reached = [np.where(inside > 0, end[:, None], np.nan) for end in support]
        found = self.signed(lower, upper, np.nanmin(reached[0], axis=0), np.nanmax(reached[1], axis=0))
        return replace(
            found, outer=None if outer is None else IntervalEstimate(*outer), clipped=clipped | below | above
        )

    def _on_treated(self, contrast: Contrast, functional: Functional, found: dict[int, ArmBounds]) -> Ends:
        """Return the ends of E[Y(1) - Y(0) | A = 1] = (E[Y] - E[Y(0)]) / P(A = 1)."""
        rows = self.rows
        treated, control = contrast.arms
        phi = functional.function(rows.y)
        columns = np.ones((len(rows), 2))
        ends = []
        for score in (found[control].upper_score, found[control].lower_score):
            parts = np.column_stack([phi - score, rows.arm == treated])
            means = self._mean(parts, columns, ["gain", "share"], contrast.target, 0.0)
            ends.append(means.delta(lambda v: v[:1] / v[1], names=[contrast.name], target=means.target))
        return ends[0], ends[1]

    def signed(
        self,
        lower: Estimate,
        upper: Estimate,
        least: FloatArray | float = -np.inf,
        greatest: FloatArray | float = np.inf,
    ) -> IntervalEstimate:
        """Return the ends as one interval, with zero for what the assumptions rule out; limits end there too."""
        if self.sign > 0:
            lower, _ = _clipped(lower, 0.0, np.inf)
            least = np.maximum(least, 0.0)
        if self.sign < 0:
            upper, _ = _clipped(upper, -np.inf, 0.0)
            greatest = np.minimum(greatest, 0.0)
        possible = np.column_stack([np.broadcast_to(end, len(lower)) for end in (least, greatest)])
        return IntervalEstimate(lower, upper, possible)

    def _mean_support(self, end: FloatArray, inside: FloatArray) -> FloatArray:
        """Return the mean over sets of rows of an end of the support, which is infinite in all rows or in none."""
        if np.isinf(end).any():
            return np.full(inside.shape[1], end[0])
        weights = self._weights(inside)
        return np.asarray((weights * end[:, None]).sum(axis=0) / weights.sum(axis=0))

    def _weights(self, inside: FloatArray) -> FloatArray:
        return inside if self.rows.weights is None else inside * self.rows.weights[:, None]

    def _warned(self, interval: IntervalEstimate, members: Sequence[IntArray]) -> IntervalEstimate:
        """Return the interval with those sets marked that are one unit."""
        clusters = np.arange(len(self.rows)) if self.rows.clusters is None else self.rows.clusters
        single = np.array([np.unique(clusters[group]).size < 2 for group in members])
        if single.any():
            warnings.warn(
                f"{int(single.sum())} of {single.size} groups are one row or one cluster: of these the error is "
                "unknown, and limits are as wide as what is possible. Join groups.",
                SmallCountWarning,
                stacklevel=4,
            )
        return replace(interval, single=single)

    def _mean(
        self, scores: FloatArray, inside: FloatArray, names: Sequence[str], target: str, null: float | None
    ) -> Estimate:
        """Return the weighted means of (rows, 1 or k) scores over (rows, k) indicators."""
        rows = self.rows
        weights = self._weights(inside)
        total = weights.sum(axis=0)
        value = (weights * scores).sum(axis=0) / total
        estimate = Estimate(
            value,
            weights * (scores - value) / total,
            names=names,
            sample_id=self.sample_id,
            target=f"{target} under {self.assumed}",
            null=null,
        )
        return estimate if rows.clusters is None else estimate.cluster(rows.clusters)


def _replaced(estimate: Estimate, other: Estimate, which: BoolArray) -> tuple[Estimate, BoolArray]:
    """Return the estimates with others, of the same units, in the places named, and which of them moved."""
    value = np.where(which, other.value, estimate.value)
    moved = np.abs(value - estimate.value) > ROUNDING * np.abs(estimate.value)
    found = Estimate(
        value,
        np.where(moved, other.influence, estimate.influence),
        names=estimate.names,
        sample_id=estimate.sample_id,
        target=estimate.target,
        null=estimate.null,
    )
    return found, moved


def _clipped(estimate: Estimate, least: FloatArray | float, greatest: FloatArray | float) -> tuple[Estimate, BoolArray]:
    """Return the estimates held between two values, known without error there, and which of them moved."""
    value = np.clip(estimate.value, least, greatest)
    known = Estimate(value, np.zeros_like(estimate.influence), names=estimate.names, sample_id=estimate.sample_id)
    return _replaced(estimate, known, value != estimate.value)
