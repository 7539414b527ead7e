"""Bounds of an arm's distribution: its CDF and its quantiles."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from kullback._table import SummaryTable
from kullback._typing import ArrayLike, FloatArray
from kullback.bounds._estimand import arm_position
from kullback.bounds._fitted import Fitted
from kullback.bounds._search import quantile_frame
from kullback.bounds._support import Functional
from kullback.exceptions import InputError
from kullback.inference import IntervalEstimate

__all__ = ["Distributions"]


class Distributions(Fitted):
    """Methods of :class:`CausalBounds` for distributions of one arm."""

    outcome_function: Any

    def cdf_bounds(self, at: ArrayLike, arm: Hashable = None) -> IntervalEstimate:
        """Return bounds of P(Y(arm) <= t) at thresholds t: finite whatever the outcome's support.

        Parameters
        ----------
        at : float or (k,) array-like
        arm : label, optional
            By default the first of the estimand's: the treated of an effect.

        Returns
        -------
        IntervalEstimate
            With a parameter a threshold.
        """
        check_is_fitted(self, "levels_")
        thresholds = np.empty(0) if at is None else np.atleast_1d(np.asarray(at, dtype=np.float64)).ravel()
        if thresholds.size == 0 or np.isnan(thresholds).any():
            raise InputError(f"at must hold one threshold at least, all numbers; {at!r} came.")
        return self._cdf(thresholds, self._arm(arm))

    def _arm(self, arm: Hashable) -> int:
        return self._contrast.arms[0] if arm is None else arm_position(arm, self.levels_)

    def _cdf(self, thresholds: FloatArray, arm: int) -> IntervalEstimate:
        found = self._sample.bounds([(self._model, Functional.at_most(float(t)), arm) for t in thresholds])
        names = [f"P(Y <= {t:g})" for t in thresholds]
        averages = replace(self._averages(self._model), assumed=self._model.words())
        return averages.arms(found, names, f"P(Y({self.levels_[arm]}) <= t)")

    def quantile_bounds(
        self, probabilities: ArrayLike, arm: Hashable = None, confidence_level: float = 0.95
    ) -> SummaryTable:
        """Return bounds of quantiles of Y(arm), with limits, by inverting those of its CDF.

        An end is infinite, or the end of the support where one was given, where the CDF's bound never reaches the
        probability: without further assumption a quantile at t is inside where P(not arm) < t < P(arm).

        Parameters
        ----------
        probabilities : float or (k,) array-like, in (0, 1)
        arm : label, optional
            By default the first of the estimand's: the treated of an effect.
        confidence_level : float

        Returns
        -------
        SummaryTable
        """
        check_is_fitted(self, "levels_")
        wanted = np.atleast_1d(np.asarray(probabilities, dtype=np.float64)).ravel()
        if wanted.size == 0 or not ((wanted > 0) & (wanted < 1)).all():
            raise InputError(f"probabilities must lie between 0 and 1; {probabilities!r} came.")
        position = self._arm(arm)
        frame = quantile_frame(
            lambda t: self._cdf(t, position),
            np.unique(self._sample.rows.y),
            self._outer_outcomes(),
            wanted,
            confidence_level,
        )
        note = f"Quantiles of Y({self.levels_[position]}), limits at {confidence_level:.0%}; {self._model.words()}."
        return SummaryTable(frame, title="Quantile bounds", notes=(note,))

    def _outer_outcomes(self) -> tuple[float, float]:
        """Return the ends of the outcome's own support: that of a function, and a sample's range, are none."""
        if self.outcome_function is not None or self._functional.note:
            return -np.inf, np.inf
        bottom, top = self._functional.support(self._sample.rows.X)
        return float(bottom.min()), float(top.max())
