"""Bounds of an arm's distribution: its CDF and its quantiles."""

from __future__ import annotations

import warnings
from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from kullback._checks import check_confidence_level
from kullback._table import SummaryTable
from kullback._typing import ArrayLike, FloatArray
from kullback.bounds._estimand import arm_pair, arm_position
from kullback.bounds._fitted import Fitted
from kullback.bounds._search import numbers, quantiles
from kullback.exceptions import InputError, KullbackWarning
from kullback.inference import IntervalEstimate, Target

__all__ = ["Distributions"]


class Distributions(Fitted):
    """Methods of :class:`CausalBounds` for distributions of one arm."""

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
            With a parameter a threshold. Ends and limits are held in [0, 1]; an end beyond is flagged (``clipped``).
        """
        check_is_fitted(self, "levels_")
        interval = self._cdf(numbers(at, "at"), self._arm(arm))
        self._flag_clipped([interval])
        return interval

    def _arm(self, arm: Hashable) -> int:
        return self._contrast.arms[0] if arm is None else arm_position(arm, self.levels_)

    def _cdf(self, thresholds: FloatArray, arm: int) -> IntervalEstimate:
        found = self._sample.cdf(self._model, thresholds, arm)
        names = [f"P(Y <= {t})" for t in _distinct(thresholds)]
        averages = replace(self._averages(self._model), assumed=self._model.words())
        return averages.cdf(found, thresholds, arm, names, f"P(Y({self.levels_[arm]}) <= t)")

    def quantile_bounds(
        self, probabilities: ArrayLike | None = None, arm: Hashable = None, confidence_level: float = 0.95
    ) -> SummaryTable:
        """Return bounds of quantiles of Y(arm), with limits, by inverting those of its CDF.

        An end is infinite, or the end of the support where one was given, where the CDF's bound never reaches the
        probability: without further assumption a quantile at t is inside where P(not arm) < t < P(arm).

        Parameters
        ----------
        probabilities : float or (k,) array-like, in (0, 1)
            By default those of `at`, where the estimand is "quantile".
        arm : label, optional
            By default the first of the estimand's: the treated of an effect.
        confidence_level : float

        Returns
        -------
        SummaryTable
        """
        check_is_fitted(self, "levels_")
        wanted = self._probabilities(probabilities)
        position = self._arm(arm)
        ends = self._quantiles(wanted, position, confidence_level)
        note = (
            f"Quantiles of Y({self.levels_[position]}), limits at {100 * confidence_level:g}%; {self._model.words()}."
        )
        return _quantile_table(ends, wanted, "Quantile bounds", note)

    def quantile_effect_bounds(
        self, probabilities: ArrayLike | None = None, arm: Any = None, confidence_level: float = 0.95
    ) -> SummaryTable:
        """Return bounds of the difference of two arms' quantiles at the same probability, with limits.

        The difference of the quantiles, not the quantile of the differences. Each bound is of two ends, one an arm.
        Limits are those of both arms at half of the error each, so that they cover more often than they say.

        Parameters
        ----------
        probabilities : float or (k,) array-like, in (0, 1)
            By default those of `at`, where the estimand is "quantile".
        arm : (treated, control), optional
            By default the estimand's, or the greater and the lesser of two treatments.
        confidence_level : float

        Returns
        -------
        SummaryTable

        Raises
        ------
        InputError
            If both ends are infinite at every probability, for want of a support or an assumption.
        """
        check_is_fitted(self, "levels_")
        wanted = self._probabilities(probabilities)
        arms = self._contrast.arms
        treated, control = arms if arm is None and len(arms) == 2 else arm_pair("quantile effect", arm, self.levels_)
        self._require_finite_end(treated, control)
        level = 0.5 + check_confidence_level(confidence_level) / 2
        one, zero = (self._quantiles(wanted, position, level) for position in (treated, control))
        ends = one - zero[[1, 0, 3, 2]]
        sign = self._model.sign_of_effect(treated, control, falling=False)
        if sign:
            bounded, limit = (np.maximum, 0) if sign > 0 else (np.minimum, 1)
            ends[[limit, limit + 2]] = bounded(ends[[limit, limit + 2]], 0.0)
        note = (
            f"Quantiles of Y({self.levels_[treated]}) less those of Y({self.levels_[control]}), limits at "
            f"{100 * confidence_level:g}% or more; {self._model.words()}."
        )
        return _quantile_table(ends, wanted, "Quantile effect bounds", note)

    def _probabilities(self, given: ArrayLike | None) -> FloatArray:
        if given is None and self._contrast.name == "quantile":
            given = self._frozen["at"]
        wanted = numbers(given, "probabilities")
        if not ((wanted > 0) & (wanted < 1)).all():
            raise InputError(f"probabilities must lie between 0 and 1; {given!r} came.")
        return wanted

    def _quantiles(
        self, probabilities: FloatArray, arm: int, confidence_level: float, target: Target = "parameter"
    ) -> FloatArray:
        """Return (4, k) lower and upper bounds and limits."""
        points = np.unique(self._sample.rows.y)
        outer = self._outer_outcomes()
        return quantiles(lambda t: self._cdf(t, arm), points, outer, probabilities, confidence_level, target)

    def _require_finite_end(self, treated: int, control: int) -> None:
        """Raise where neither end of a quantile effect is ever finite."""
        bottom, top = self._outer_outcomes()

        def open_(arm: int, mirrored: bool) -> bool:
            return bool(np.isinf(bottom if mirrored else top)) and self._model.needs_support(arm, mirrored=mirrored)

        if all(open_(treated, mirrored) and open_(control, not mirrored) for mirrored in (False, True)):
            raise InputError(
                "Both ends of a quantile effect are infinite at every probability t: the upper end needs t < P(treated "
                "arm) and t > P(not control arm), the lower one t > P(not treated arm) and t < P(control arm), and of "
                "each pair one excludes the other. State the outcome's support, outcome_bounds=(low, high); limit the "
                'confounding, odds_ratio_bound=; or assume monotone response and selection, assumptions=("mtr", "mts").'
            )

    def _outer_outcomes(self) -> tuple[float, float]:
        """Return the ends of the outcome's own support: that of a function, and a sample's range, are none."""
        if self._frozen["outcome_function"] is not None or self._functional.note:
            return -np.inf, np.inf
        bottom, top = self._functional.support(self._sample.rows.X)
        return float(bottom.min()), float(top.max())


def _quantile_table(ends: FloatArray, probabilities: FloatArray, title: str, note: str) -> SummaryTable:
    import pandas as pd

    columns = ["lower", "upper", "limit_lower", "limit_upper"]
    frame = pd.DataFrame(ends.T, pd.Index(probabilities, name="probability"), columns)
    notes = [note]
    for which, (lower, upper) in (("Estimated bounds", ends[:2]), ("Limits", ends[2:])):
        crossed = probabilities[lower > upper]
        if crossed.size:
            reason = "estimation error, or assumptions that contradict the data"
            notes.append(f"{which} cross ({reason}): at {', '.join(f'{p:g}' for p in crossed)}.")
            warnings.warn(
                f"{which} of {crossed.size} of {probabilities.size} quantiles cross: {reason}.", KullbackWarning, 3
            )
    return SummaryTable(frame, title=title, notes=tuple(notes))


def _distinct(thresholds: FloatArray) -> list[str]:
    """Return short names of thresholds, in more digits where short ones are not told apart."""
    short = [f"{t:g}" for t in thresholds]
    told_apart = len(set(short)) == np.unique(thresholds).size
    return short if told_apart else [f"{t:.15g}" for t in thresholds]
