"""What a fit leaves behind, as every method of bounds sees it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from kullback._typing import FloatArray, ObjectArray
from kullback.bounds._average import Averages
from kullback.bounds._estimand import DISTRIBUTIONS, Contrast
from kullback.bounds._folds import CrossFitted
from kullback.bounds._model import Block, Model
from kullback.bounds._support import Functional
from kullback.bounds._unseen import share_of_greatest
from kullback.exceptions import InputError, KullbackWarning
from kullback.inference import IntervalEstimate
from kullback.information import DIVERGENCES

__all__ = ["Fitted", "frozen_parameters"]

EXAMINED = 100
"""Rows at which the bounds of f-sensitivity are looked at for extremes."""

EXTREME = 0.15
"""Part of a bound's rise that one outcome makes from which it is told; see :func:`share_of_greatest`."""

FEW = 10.0
"""What one over the effective points of local laws adds to that: so much do normal outcomes show in small samples."""


def frozen_parameters(estimator: Any) -> dict[str, Any]:
    """Return the parameters as `fit` saw them, for methods: they may be set anew, or changed in place, after it."""
    parameters = estimator.get_params(deep=False)
    return parameters | {name: clone(parameters[name], safe=False) for name in ("at", "propensity_estimator")}


class Fitted:
    """A sample with its nuisances, what is assumed, and whose mean is asked for."""

    levels_: ObjectArray
    propensity_: FloatArray
    _sample: CrossFitted
    _sample_id: str
    _frozen: dict[str, Any]
    _model: Model
    _functional: Functional
    _contrast: Contrast

    def _sign(self, model: Model) -> int:
        """Return 1 or -1 where the assumptions let no effect be negative, or positive; else 0."""
        if not self._contrast.is_effect:
            return 0
        return model.sign_of_effect(*self._contrast.arms, falling=self._functional.falling)

    def _averages(self, model: Model) -> Averages:
        note = self._functional.note
        return Averages(
            self._sample.rows,
            self._sample_id,
            model.words() + (f", {note}" if note else ""),
            self._sign(model),
            self._functional,
            model.limits_confounding(),
        )

    def _flag_clipped(self, intervals: Sequence[IntervalEstimate]) -> None:
        """Warn, for a public method, where estimated ends were not possible."""
        count = sum(int(interval.clipped.sum()) for interval in intervals if interval.clipped is not None)
        if count:
            warnings.warn(
                f"Of {count} of {sum(map(len, intervals))} intervals an estimated end lay beyond what is possible, and "
                "is set to it: estimation error, mostly of few rows that weigh much. See overlap().",
                KullbackWarning,
                stacklevel=3,
            )

    def _require_contrast(self, method: str, *others: str) -> None:
        """Raise unless the method goes with the estimand: with none does a distribution."""
        check_is_fitted(self, "levels_")
        if self._contrast.name in (*DISTRIBUTIONS, *others):
            ways = (
                "it has average_bounds and predict_bounds; estimand='ate' has what is asked for"
                if self._contrast.name == "att"
                else "distributions have cdf_bounds, quantile_bounds and quantile_effect_bounds"
            )
            raise InputError(f"{method} is not for estimand={self._contrast.name!r}; {ways}.")

    def _warn_extremes(self, model: Model, stacklevel: int = 4) -> None:
        """Warn where single outcomes make the bounds of Kullback-Leibler sensitivity of an outcome without bounds."""
        if model.divergence_bound is None or model.divergences[0] not in ("kl", DIVERGENCES["kl"]):
            return
        (_, test), nuisances = self._sample.folds[0], self._sample.nuisances[0]
        block = Block(nuisances, self._sample.rows.X[test[:EXAMINED]])
        for arm in self._contrast.bounded:
            rows = block.rows_of(frozenset([arm]), self._functional)
            for side, end in ((rows, "upper"), (rows.mirrored(), "lower")):
                share = share_of_greatest(DIVERGENCES["kl"], model.divergence_bound, side.laws).mean()
                if np.isinf(side.top).any() and share > EXTREME + FEW * side.laws.mean(side.laws.weights).mean():
                    warnings.warn(
                        f"One outcome at each X makes {share:.0%} of what the {end} bound of the mean under treatment "
                        f"{self.levels_[arm]} adds to the mean: the bound is made by the sample's extremes, and may "
                        "be infinite. 'kl' needs exponential moments of the outcome, 'chi2' second ones, "
                        "odds_ratio_bound= a mean only.",
                        KullbackWarning,
                        stacklevel=stacklevel,
                    )
