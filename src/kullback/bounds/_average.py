"""Averages of scores over a sample: pairs of estimates with the influence of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kullback._typing import FloatArray, IntArray
from kullback.bounds._estimand import Contrast
from kullback.bounds._model import ArmBounds
from kullback.bounds._nuisance import Rows
from kullback.bounds._support import Functional
from kullback.inference import Estimate, IntervalEstimate

__all__ = ["Averages"]


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
    """

    rows: Rows
    sample_id: str
    assumed: str
    sign: int = 0

    def contrast(self, contrast: Contrast, functional: Functional, found: dict[int, ArmBounds]) -> IntervalEstimate:
        """Return the bounds of a contrast over all rows, or over the treated where it is for them."""
        if contrast.on_treated:
            return self._on_treated(contrast, functional, found)
        return self.groups(contrast, found, [contrast.name], [np.arange(len(self.rows))])

    def groups(
        self, contrast: Contrast, found: dict[int, ArmBounds], names: Sequence[str], members: Sequence[IntArray]
    ) -> IntervalEstimate:
        """Return the bounds of a contrast over sets of rows."""
        inside = np.zeros((len(self.rows), len(names)))
        for column, group in zip(inside.T, members, strict=True):
            column[group] = 1.0
        ends = contrast.scores(found, self.rows.X)
        null = 0.0 if contrast.is_effect else None
        return self.signed(*(self._mean(end[:, None], inside, names, contrast.target, null) for end in ends))

    def arms(self, found: Sequence[ArmBounds], names: Sequence[str], target: str) -> IntervalEstimate:
        """Return the bounds of several means of an arm over all rows."""
        everyone = np.ones((len(self.rows), len(names)))
        ends = (np.column_stack([getattr(f, end) for f in found]) for end in ("lower_score", "upper_score"))
        return IntervalEstimate(*(self._mean(end, everyone, names, target, None) for end in ends))

    def _on_treated(self, contrast: Contrast, functional: Functional, found: dict[int, ArmBounds]) -> IntervalEstimate:
        """Return bounds of E[Y(1) - Y(0) | A = 1] = (E[Y] - E[Y(0)]) / P(A = 1)."""
        rows = self.rows
        treated, control = contrast.arms
        phi = functional.function(rows.y)
        columns = np.ones((len(rows), 2))
        ends = []
        for score in (found[control].upper_score, found[control].lower_score):
            parts = np.column_stack([phi - score, rows.arm == treated])
            means = self._mean(parts, columns, ["gain", "share"], contrast.target, 0.0)
            ends.append(means.delta(lambda v: v[:1] / v[1], names=[contrast.name], target=means.target))
        return self.signed(*ends)

    def signed(self, lower: Estimate, upper: Estimate) -> IntervalEstimate:
        """Return the ends as one interval, with zero for what the assumptions rule out."""
        if self.sign > 0:
            lower = _not_negative(lower)
        if self.sign < 0:
            upper = -1 * _not_negative(-1 * upper)
        return IntervalEstimate(lower, upper)

    def _mean(
        self, scores: FloatArray, inside: FloatArray, names: Sequence[str], target: str, null: float | None
    ) -> Estimate:
        """Return the weighted means of (rows, 1 or k) scores over (rows, k) indicators."""
        rows = self.rows
        weights = inside if rows.weights is None else inside * rows.weights[:, None]
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


def _not_negative(estimate: Estimate) -> Estimate:
    """Return the estimates, and zero, without influence, for those below."""
    above = (estimate.value > 0).astype(np.float64)
    return estimate.delta(lambda v: v * above, lambda _: np.diag(above), names=estimate.names)
