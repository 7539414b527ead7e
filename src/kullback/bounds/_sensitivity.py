"""How strong confounding must be: bounds along a sensitivity parameter, and a scale for it."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from kullback._typing import ArrayLike, FloatArray
from kullback.bounds._fitted import Fitted
from kullback.bounds._model import Model
from kullback.bounds._overlap import odds_factors
from kullback.bounds._search import BreakdownValue, get_parameter, least_holding, numbers
from kullback.bounds._specification import check_confounding, require_support
from kullback.exceptions import InputError, KullbackWarning
from kullback.inference import IntervalEstimate
from kullback.information import FDivergence

__all__ = ["Sensitivities"]

NOISE = 1e-6
"""Part of a frontier's range by which ends may come back unremarked: of the order of a solver's tolerance."""


class Sensitivities(Fitted):
    """Methods of :class:`CausalBounds` for the strength of confounding."""

    n_features_in_: int

    def sensitivity_frontier(
        self,
        grid: ArrayLike,
        confidence_level: float = 0.95,
        *,
        parameter: str = "odds_ratio",
        divergence: str | FDivergence | None = None,
    ) -> Any:
        """Return bounds and limits of the estimand along a measure of the strength of confounding.

        Parameters
        ----------
        grid : (k,) array-like
            Values of the parameter; they take the place of what `fit` was told of confounding, other assumptions stay.
        confidence_level : float
        parameter : {"odds_ratio", "divergence_bound", "radius_scale"}
            Of the marginal sensitivity model, at least 1; of f-sensitivity, at least 0; part of the balls' radius, from
            0 to 1, which needs a support above 0.
        divergence : str or FDivergence, optional
            Of the latter two; by default that of `fit`. The marginal sensitivity model has none.

        Returns
        -------
        pandas.DataFrame
            A row a value, with the columns of :meth:`IntervalEstimate.to_frame`. Ends are as estimated: where they
            cross, or come back as the parameter grows, a warning says so.
        """
        import pandas as pd

        self._require_contrast("sensitivity_frontier")
        values = numbers(grid, "grid")
        bounds = self._along(parameter, values, divergence)
        self._flag_clipped(bounds)
        frames = [interval.to_frame(confidence_level) for interval in bounds]
        frontier = pd.concat(frames).set_index(pd.Index(values, name=parameter))
        self._warn_not_nested(frontier, parameter)
        return frontier

    def _along(
        self, parameter: str, values: FloatArray, divergence: str | FDivergence | None
    ) -> list[IntervalEstimate]:
        """Return the bounds of the estimand at each value of a sensitivity parameter; local laws are made once."""
        models = [self._confounded(parameter, float(value), divergence) for value in values]
        self._warn_extremes(models[int(np.argmax(values))])
        arms = self._contrast.bounded
        found = iter(self._sample.bounds([(model, self._functional, arm) for model in models for arm in arms]))
        return [
            self._averages(model).contrast(self._contrast, self._functional, {arm: next(found) for arm in arms})
            for model in models
        ]

    def _confounded(self, parameter: str, value: float, divergence: str | FDivergence | None) -> Model:
        """Return the model with a value of one sensitivity parameter, and of no other."""
        field = get_parameter(parameter).field
        _check_divergence(parameter, divergence)
        free = replace(self._model, odds_ratio_bound=None, divergence_bound=None, radius_scale=1.0, dual=False)
        divergences = free.divergences if divergence is None else (divergence,)
        values: dict[str, Any] = {"divergences": divergences, field: value}
        model = replace(free, **values)
        check_confounding(model)
        require_support(model, self._functional, self._contrast, self._sample.rows.X)
        return model

    def _warn_not_nested(self, frontier: Any, parameter: str) -> None:
        ordered = frontier.sort_index()
        lower, upper = ordered["lower"].to_numpy(), ordered["upper"].to_numpy()
        slack = NOISE * max(float(np.ptp(np.append(lower, upper))), 1e-300)
        crossed = (lower - upper > slack).any()
        if crossed or (np.diff(lower) > slack).any() or (np.diff(upper) < -slack).any():
            warnings.warn(
                f"Sets grow with {parameter}, and the estimated ends {'cross' if crossed else 'come back'}: estimation "
                "error, mostly of few rows that weigh much where propensities are small, or assumptions that "
                "contradict the data. See overlap().",
                KullbackWarning,
                stacklevel=3,
            )

    def breakdown_value(
        self,
        null: float | None = None,
        confidence_level: float = 0.95,
        *,
        parameter: str = "odds_ratio",
        divergence: str | FDivergence | None = None,
    ) -> BreakdownValue:
        """Return how strong confounding must be for the null to be inside the bounds, and inside their limits.

        To within 0.1%. Sets of a sensitivity model are nested, and so the ends are made: each is the outermost of those
        found for less confounding, so that a null once inside stays inside. One that the outcome's support makes
        impossible never is.

        Parameters
        ----------
        null : float, optional
            0 for an effect; other estimands have none of their own.
        confidence_level : float
        parameter : {"odds_ratio", "divergence_bound", "radius_scale"}
            As in :meth:`sensitivity_frontier`.
        divergence : str or FDivergence, optional

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
        self._require_contrast("breakdown_value")
        if null is None and self._contrast.is_effect:
            null = 0.0
        if not isinstance(null, Real) or not np.isfinite(null):
            hint = f"; estimand={self._contrast.name!r} has none of its own" if null is None else ""
            raise InputError(f"null must be a finite number{hint}. {null!r} came.")
        known: dict[float, FloatArray] = {}

        def found(values: FloatArray) -> FloatArray:
            """Return (k, 4) bounds and limits."""
            new = np.array([value for value in values.tolist() if value not in known])
            if new.size:
                for value, interval in zip(new, self._along(parameter, new, divergence), strict=True):
                    ends = [interval.lower.value[0], interval.upper.value[0]]
                    known[float(value)] = np.append(ends, interval.conf_int(confidence_level)[0])
            return np.array([known[value] for value in values.tolist()])

        scanned = get_parameter(parameter).scanned
        bounds = least_holding(lambda values: found(values)[:, :2], null, scanned)
        limits = least_holding(lambda values: found(values)[:, 2:], null, scanned)
        return BreakdownValue(float(null), bounds, limits, float(confidence_level), parameter)

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
            greatest; infinite, with a warning, where the covariate separates treatments.
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
            reduced = self._sample.propensity_without(places, self._frozen["propensity_estimator"])
            factors.append(odds_factors(self.propensity_, reduced))
        separating = [str(name) for name, quantiles in zip(chosen, factors, strict=True) if np.isinf(quantiles[-1])]
        if separating:
            warnings.warn(
                f"With {', '.join(separating)} some treatments are certain, and without it they are not: it separates "
                "treatments, and its factors are infinite. They are no scale for confounding of a finite strength.",
                KullbackWarning,
                stacklevel=2,
            )
        index = pd.Index(list(chosen), name="covariate")
        return pd.DataFrame(factors, index, columns=["50%", "90%", "99%", "greatest"])


def _check_divergence(parameter: str, divergence: Any) -> None:
    if divergence is None:
        return
    if parameter == "odds_ratio":
        raise InputError(
            "The marginal sensitivity model bounds an odds ratio and knows no divergence; "
            f"{divergence!r} came. Leave it out, or take parameter='divergence_bound' or 'radius_scale'."
        )
    if not isinstance(divergence, str | FDivergence):
        raise InputError(f"divergence must be one name or FDivergence; {divergence!r} came.")
