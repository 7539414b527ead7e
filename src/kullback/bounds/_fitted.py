"""What a fit leaves behind, as every method of bounds sees it."""

from __future__ import annotations

from sklearn.utils.validation import check_is_fitted

from kullback._typing import FloatArray, ObjectArray
from kullback.bounds._average import Averages
from kullback.bounds._estimand import DISTRIBUTIONS, Contrast
from kullback.bounds._folds import CrossFitted
from kullback.bounds._model import Model
from kullback.bounds._support import Functional
from kullback.exceptions import InputError

__all__ = ["Fitted"]


class Fitted:
    """A sample with its nuisances, what is assumed, and whose mean is asked for."""

    estimand: str
    levels_: ObjectArray
    propensity_: FloatArray
    _sample: CrossFitted
    _sample_id: str
    _model: Model
    _functional: Functional
    _contrast: Contrast

    def _averages(self, model: Model) -> Averages:
        note = self._functional.note
        sign = 0
        if self._contrast.is_effect:
            sign = model.sign_of_effect(*self._contrast.arms, falling=self._functional.falling)
        return Averages(self._sample.rows, self._sample_id, model.words() + (f", {note}" if note else ""), sign)

    def _require_contrast(self, method: str, *others: str) -> None:
        """Raise unless the method goes with the estimand: with none does a distribution."""
        check_is_fitted(self, "levels_")
        if self.estimand in (*DISTRIBUTIONS, *others):
            raise InputError(
                f"{method} is not for estimand={self.estimand!r}; distributions have cdf_bounds, quantile_bounds and "
                "quantile_effect_bounds."
            )
