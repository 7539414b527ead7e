"""How strong confounding must be: bounds along a sensitivity parameter, and a scale for it."""

from __future__ import annotations

import functools
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from kullback._typing import ArrayLike
from kullback.bounds._fitted import Fitted
from kullback.bounds._overlap import odds_factors
from kullback.bounds._search import BreakdownValue, least_odds_ratio
from kullback.exceptions import InputError

__all__ = ["Sensitivities"]


class Sensitivities(Fitted):
    """Methods of :class:`CausalBounds` for the strength of confounding."""

    propensity_estimator: Any
    n_features_in_: int

    def sensitivity_frontier(self, odds_ratios: ArrayLike, confidence_level: float = 0.95) -> Any:
        """Return bounds and limits of the estimand at each odds ratio of confounding.

        Parameters
        ----------
        odds_ratios : (k,) array-like
            Each at least 1; they take the place of the divergence, the other assumptions stay.
        confidence_level : float

        Returns
        -------
        pandas.DataFrame
            A row an odds ratio, with the columns of :meth:`IntervalEstimate.to_frame`; a lower end above the upper one
            is estimation error, or assumptions that contradict.
        """
        import pandas as pd

        self._require_contrast("sensitivity_frontier")
        ratios = np.atleast_1d(np.asarray(odds_ratios, dtype=np.float64)).ravel()
        models = [replace(self._model, odds_ratio_bound=float(ratio), divergence_bound=None) for ratio in ratios]
        arms = self._contrast.bounded
        found = iter(self._sample.bounds([(model, self._functional, arm) for model in models for arm in arms]))
        frames = []
        for model in models:
            ends = {arm: next(found) for arm in arms}
            bounds = self._averages(model).contrast(self._contrast, self._functional, ends)
            frames.append(bounds.to_frame(confidence_level))
        return pd.concat(frames).set_index(pd.Index(ratios, name="odds_ratio"))

    def breakdown_value(self, null: float = 0.0, confidence_level: float = 0.95) -> BreakdownValue:
        """Return how strong confounding must be, as an odds ratio, for the null to be inside the bounds.

        To within 0.1%, by the marginal sensitivity model: for the estimated bounds, and for their confidence limits.

        Parameters
        ----------
        null : float
        confidence_level : float

        Returns
        -------
        BreakdownValue

        Examples
        --------
        >>> from kullback.bounds import CausalBounds
        >>> from kullback.datasets import make_confounded
        >>> data = make_confounded(300, random_state=0)
        >>> outcome = data.outcome + 0.5 * data.treatment
        >>> bounds = CausalBounds(outcome_bounds=(0, 1.5), cv=2, random_state=0)
        >>> found = bounds.fit(data.X, outcome, treatment=data.treatment).breakdown_value()
        >>> 1 < found.limits < found.bounds
        True
        """

        @functools.cache
        def at(ratio: float) -> Any:
            return self.sensitivity_frontier([ratio], confidence_level).iloc[0]

        bounds = least_odds_ratio(lambda ratio: (at(ratio)["lower"], at(ratio)["upper"]), null)
        limits = least_odds_ratio(lambda ratio: (at(ratio)["limit_lower"], at(ratio)["limit_upper"]), null)
        return BreakdownValue(float(null), bounds, limits, float(confidence_level))

    def benchmark(self, columns: Sequence[Hashable] | Mapping[Any, Sequence[Any]] | None = None) -> Any:
        """Return by how much observed covariates change the odds of treatment: a scale for odds ratios of confounding.

        For each covariate the propensity is fitted anew without it, across the same folds. A confounder as strong as
        that covariate changes the odds by such factors.

        Parameters
        ----------
        columns : sequence of names, or mapping of labels to sequences of names, optional
            Positions where `fit` saw no names. The names of one label, such as the indicators of a covariate's levels,
            are left out together. By default all, one at a time.

        Returns
        -------
        pandas.DataFrame
            A row a covariate or label: the 50%, 90% and 99% quantiles over rows of the factor, at least 1, and the
            greatest.
        """
        import pandas as pd

        check_is_fitted(self, "levels_")
        names = list(getattr(self, "feature_names_in_", range(self.n_features_in_)))
        given = names if columns is None else columns
        chosen = dict(given) if isinstance(given, Mapping) else {name: [name] for name in given}
        unknown = [column for together in chosen.values() for column in together if column not in names]
        if unknown:
            raise InputError(f"columns must be covariates of fit, {', '.join(map(str, names))}; {unknown[0]!r} is not.")
        factors = []
        for together in chosen.values():
            places = [names.index(name) for name in together]
            reduced = self._sample.propensity_without(places, self.propensity_estimator)
            factors.append(odds_factors(self.propensity_, reduced))
        index = pd.Index(list(chosen), name="covariate")
        return pd.DataFrame(factors, index, columns=["50%", "90%", "99%", "greatest"])
