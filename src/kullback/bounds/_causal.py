"""The estimator of causal bounds."""

from __future__ import annotations

import functools
import uuid
import warnings
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from numbers import Real
from typing import Any, ClassVar, Literal

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import HasMethods, StrOptions
from sklearn.utils.validation import check_is_fitted

from kullback._checks import check_labels, check_lengths
from kullback._sklearn import fit_context, validate_data
from kullback._table import SummaryTable
from kullback._typing import ArrayLike, FloatArray
from kullback.bounds._average import Averages
from kullback.bounds._estimand import ESTIMANDS, arm_position, contrast_of
from kullback.bounds._folds import CrossFitted
from kullback.bounds._model import Model, blocks
from kullback.bounds._nuisance import METHODS, Nuisances
from kullback.bounds._overlap import odds_factors, overlap_table
from kullback.bounds._search import BreakdownValue, least_odds_ratio, quantile_frame
from kullback.bounds._specification import check_model, check_rows, directed, require_support
from kullback.bounds._support import Functional, outcome_functional
from kullback.exceptions import InputError, KullbackWarning
from kullback.inference import IntervalEstimate, make_folds
from kullback.information import FDivergence

__all__ = ["CausalBounds"]

ROUNDING = 1e-12
"""Of their size: by so much bounds that meet may cross."""


class CausalBounds(BaseEstimator):
    """Bounds on causal effects when confounding is not assumed away.

    Assumed: each row's outcome is that of its own treatment (consistency), and rows or clusters are independent.
    Nothing is assumed of what made the treatments, unless asked for. With propensity e, outcomes P inside an arm at X
    and Q = e P + (1 - e) R under its treatment, no data tell of R. The default, "worst_case", is the exact set of all
    that is left (Manski 1990). Balls of f-divergences around P (Jung and Kang 2026) are valid and never tighter.
    **Bounds of an effect without a further assumption are as wide as the outcome's support and always hold zero**, and
    the mean of an outcome without bounds has none.

    Parameters
    ----------
    divergence : str, FDivergence or list of them
        "worst_case", "chi2", "kl", "hellinger", "tv", "js" or any f-divergence with a finite f(0).
    aggregation : {"intersection", "kth"}
        Of several divergences: at each X the tightest ends, or the k-th tightest with the least k at which they do not
        cross (the paper's order statistic).
    outcome_bounds : (low, high), callable, "sample" or None
        Support of the outcome, or of its function; a callable takes X and returns (rows, 2). "sample" takes the
        sample's range, which is no bound, and says so. None takes [0, 1] for a 0/1 outcome.
    outcome_function : callable, optional
        Whose mean is asked for, of (rows,) outcomes; not for "cdf".
    odds_ratio_bound : float, optional
        Lambda of the marginal sensitivity model (Tan 2006): what is not seen changes the odds of a treatment by at most
        this factor. Takes the place of `divergence`; needs no support. 1 is no confounding.
    divergence_bound : float, optional
        rho of f-sensitivity: `divergence` (superlinear: "kl" or "chi2") of R from P is at most this. In place of a
        support it needs moments of the outcome: second ones for "chi2", exponential ones for "kl", without which the
        bound is infinite and what is shown is made by the sample's extremes.
    assumptions : tuple of {"mtr", "mts"}
        Monotone treatment response: no one's outcome falls with a higher treatment. Monotone treatment selection: those
        with the higher of two treatments would do no worse under either (Manski and Pepper 2000): on average at each
        X, and for CDFs and functions of the outcome in distribution.
    estimand : {"ate", "att", "mean", "policy", "cdf"}
        Average effect; effect on those treated; mean of one arm; mean where treatments follow a policy; CDF of
        one arm.
    arm : label, pair of labels or callable, optional
        (treated, control) of "ate" and "att", by default the greater and the lesser of two treatments; the arm of
        "mean" and "cdf", by default the greater; of "policy" a callable of X that returns labels, or
        (rows, treatments) probabilities.
    at : float or array-like, optional
        Thresholds of "cdf".
    propensity_estimator : classifier, optional
        By default logistic regression. Its probabilities are never clipped, which would make balls too small.
    outcome_estimator : forest regressor, optional
        With ``apply``; by default extremely randomised trees with leaves of the square root of the arm's rows. Of
        `method` "forest" and "dual".
    method : {"forest", "boosting", "dual"}
        How local laws of the outcome are learned: which training rows share leaves with a row, or distribution
        functions that xgboost (extra "boost-cpu") fits all at once, faster with many rows. "dual" is the paper's
        estimator (Jung and Kang, Definition 5.4), with splines for its neural networks: the dual functions of "chi2",
        "kl", "hellinger", "js" and "tv" are learned by their empirical risk on each half of the rows, and
        `predict_bounds` is its mean over halves. Averages are not its Step 6, which has no standard error: the whole
        estimator is run on the training rows of each fold, and scores are those of the other methods. What is no
        ball (monotone assumptions, :meth:`sensitivity_frontier`, means in an arm) is left to the forest.
    cv : int or splitter
        Folds of cross-fitting; clusters stay whole.
    random_state : int, RandomState or None

    Attributes
    ----------
    levels_ : (treatments,) array
    propensity_ : (rows, treatments) array
        Cross-fitted.
    n_features_in_, feature_names_in_

    References
    ----------
    Manski (1990), American Economic Review 80(2); Manski and Pepper (2000), Econometrica 68; Tan (2006), JASA 101;
    Dorn and Guo (2023), JASA 118; Dorn, Guo and Kallus (2024), JASA; Jin, Ren and Zhou (2022), arXiv 2203.04373;
    Jung and Kang (2026), arXiv 2601.17160.

    Examples
    --------
    >>> from kullback.bounds import CausalBounds
    >>> from kullback.datasets import make_confounded
    >>> data = make_confounded(1000, random_state=0)
    >>> bounds = CausalBounds(outcome_bounds=(0, 1), random_state=0).fit(data.X, data.outcome, treatment=data.treatment)
    >>> interval = bounds.average_bounds()
    >>> interval.lower.value.round(2), interval.upper.value.round(2)
    (array([-0.51]), array([0.49]))
    >>> bounds.conf_int().round(2)
    array([[-0.52,  0.5 ]])
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {"treatment": True}

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "divergence": [str, FDivergence, list, tuple],
        "aggregation": [StrOptions({"intersection", "kth"})],
        "outcome_bounds": [None, str, tuple, list, np.ndarray, callable],
        "outcome_function": [None, callable],
        "odds_ratio_bound": [None, Real],
        "divergence_bound": [None, Real],
        "assumptions": [tuple, list],
        "estimand": [StrOptions(set(ESTIMANDS))],
        "arm": "no_validation",  # type: ignore[dict-item]
        "at": [None, Real, "array-like"],
        "propensity_estimator": [None, HasMethods(["fit", "predict_proba"])],
        "outcome_estimator": [None, HasMethods(["fit", "apply"])],
        "method": [StrOptions(set(METHODS))],
        "cv": ["cv_object"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        divergence: str | FDivergence | Sequence[str | FDivergence] = "worst_case",
        aggregation: str = "intersection",
        outcome_bounds: Any = None,
        outcome_function: Callable[[FloatArray], FloatArray] | None = None,
        odds_ratio_bound: float | None = None,
        divergence_bound: float | None = None,
        assumptions: Sequence[str] = (),
        estimand: str = "ate",
        arm: Any = None,
        at: Any = None,
        propensity_estimator: Any = None,
        outcome_estimator: Any = None,
        method: str = "forest",
        cv: Any = 5,
        random_state: Any = None,
    ) -> None:
        self.divergence = divergence
        self.aggregation = aggregation
        self.outcome_bounds = outcome_bounds
        self.outcome_function = outcome_function
        self.odds_ratio_bound = odds_ratio_bound
        self.divergence_bound = divergence_bound
        self.assumptions = assumptions
        self.estimand = estimand
        self.arm = arm
        self.at = at
        self.propensity_estimator = propensity_estimator
        self.outcome_estimator = outcome_estimator
        self.method = method
        self.cv = cv
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self, X: Any, y: ArrayLike, *, treatment: Any, sample_weight: ArrayLike | None = None, clusters: Any = None
    ) -> CausalBounds:
        """Learn propensities and local laws of the outcome, across folds and on all rows.

        Parameters
        ----------
        X : (rows, features) array or dataframe of numbers
        y : (rows,) array-like of numbers
        treatment : (rows,) array-like of labels
        sample_weight : (rows,) array-like, optional
            Sampling weights; a row of weight 0 is not in the sample.
        clusters : (rows,) array-like, optional
            Rows of one cluster may depend on each other.

        Returns
        -------
        CausalBounds

        Raises
        ------
        InputError
            If the outcome has no bounds and nothing that was assumed gives one, outcomes lie outside the stated
            support, a treatment is alone or missing from a fold, or a parameter or a row is not what it must be.
        """
        X, outcome = validate_data(self, X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=4)
        rows = check_rows(X, np.asarray(outcome, dtype=np.float64), treatment, sample_weight, clusters)
        model = check_model(self, rows.levels.size)
        functional = directed(model, outcome_functional(rows.y, self.outcome_bounds, self.outcome_function), rows.y)
        functional.check(rows.y, rows.X)
        contrast = contrast_of(self.estimand, self.arm, rows.levels, rows.X)
        if self.estimand != "cdf":
            require_support(model, functional, contrast.bounded, rows.X)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        folds = make_folds(len(rows), self.cv, strata=rows.arm, clusters=rows.clusters, random_state=seed)
        learners = (model.arm_sets(), self.propensity_estimator, self.outcome_estimator, seed, self.method)
        self._sample = CrossFitted.fit(rows, folds, *learners)
        self._nuisances = Nuisances.fit(rows, *learners)
        self._model, self._functional, self._contrast = model, functional, contrast
        self._sample_id = uuid.uuid4().hex
        self.levels_ = rows.levels
        self.propensity_ = self._sample.propensity()
        self._warn_overlap()
        if self.estimand != "cdf":
            found = self._sample.bounds([(model, functional, arm) for arm in contrast.bounded])
            self._found = dict(zip(contrast.bounded, found, strict=True))
        return self

    def _warn_overlap(self) -> None:
        certain = int(((self.propensity_ <= 0) | (self.propensity_ >= 1)).any(axis=1).sum())
        if certain:
            warnings.warn(
                f"{certain} of {len(self.propensity_)} rows have an estimated propensity of 0 or 1: there an arm shows "
                "nothing, and without a further assumption its bounds are as wide as the support. See overlap().",
                KullbackWarning,
                stacklevel=4,
            )

    def _averages(self, model: Model) -> Averages:
        note = self._functional.note
        sign = 0
        if self._contrast.is_effect:
            sign = model.sign_of_effect(*self._contrast.arms, falling=self._functional.falling)
        return Averages(self._sample.rows, self._sample_id, model.words() + (f", {note}" if note else ""), sign)

    def _require_contrast(self, method: str, *others: str) -> None:
        """Raise unless the method goes with the estimand: with none does a CDF."""
        check_is_fitted(self, "levels_")
        if self.estimand in ("cdf", *others):
            raise InputError(
                f'{method} is not for estimand={self.estimand!r}; "cdf" has cdf_bounds and quantile_bounds.'
            )

    def predict_bounds(self, X: Any) -> FloatArray:
        """Return (rows, 2) bounds on the estimand at X: the effect for "ate", the mean for "mean".

        Ends lie inside the support. Where estimation error lets the lower lie above the upper, both are returned as
        estimated, with a warning.

        Parameters
        ----------
        X : (rows, features) array or dataframe

        Returns
        -------
        (rows, 2) array
        """
        self._require_contrast("predict_bounds")
        X = validate_data(self, X, reset=False, dtype=np.float64)
        found = []
        for block in blocks(self._nuisances, X):
            bounds = {arm: self._model.bounds(block, self._functional, arm) for arm in self._contrast.bounded}
            found.append(self._contrast.at(bounds, block, self._functional))
        ends = np.concatenate(found)
        crossed = int((ends[:, 0] - ends[:, 1] > ROUNDING * np.abs(ends).sum(axis=1)).sum())
        if crossed:
            warnings.warn(
                f"At {crossed} of {len(X)} rows the estimated lower bound lies above the upper one: estimation error, "
                "or assumptions that contradict the data.",
                KullbackWarning,
                stacklevel=2,
            )
        return ends

    def average_bounds(self) -> IntervalEstimate:
        """Return the bounds of the estimand, averaged over the sample's covariates, as a pair of estimates.

        Means of orthogonal scores, which move to second order only with what was learned of propensities and laws.
        Bounds that cross are flagged (``crossed``) and left as they are.

        Returns
        -------
        IntervalEstimate
        """
        check_is_fitted(self, "levels_")
        if self.estimand == "cdf":
            return self.cdf_bounds(self.at)
        return self._averages(self._model).contrast(self._contrast, self._functional, self._found)

    def gate(self, by: Any) -> IntervalEstimate:
        """Return the bounds of the estimand in each group of rows; not for "att" and "cdf".

        Parameters
        ----------
        by : (rows,) array-like
            Group of each row that `fit` saw (rows of weight 0 left out).

        Returns
        -------
        IntervalEstimate
            With a parameter a group, in the order of their labels.
        """
        self._require_contrast("gate", "att")
        groups = check_labels(by, "by")
        check_lengths(rows=self._sample.rows, by=groups)
        levels = np.unique(groups)
        members = [np.flatnonzero(groups == level) for level in levels]
        names = [str(level) for level in levels]
        return self._averages(self._model).groups(self._contrast, self._found, names, members)

    def conf_int(self, confidence_level: float = 0.95, target: Literal["parameter", "set"] = "parameter") -> FloatArray:
        """Return the limits of :meth:`average_bounds`.

        Parameters
        ----------
        confidence_level : float
        target : {"parameter", "set"}
            Whether to cover the parameter, or all that the bounds hold.

        Returns
        -------
        (k, 2) array
        """
        return self.average_bounds().conf_int(confidence_level, target)

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

    def benchmark(self, columns: Sequence[Hashable] | None = None) -> Any:
        """Return by how much observed covariates change the odds of treatment: a scale for odds ratios of confounding.

        For each covariate the propensity is fitted anew without it, across the same folds. A confounder as strong as
        that covariate changes the odds by such factors.

        Parameters
        ----------
        columns : sequence of names, optional
            Positions where `fit` saw no names. By default all.

        Returns
        -------
        pandas.DataFrame
            A row a covariate: the 50%, 90% and 99% quantiles over rows of the factor, at least 1, and the greatest.
        """
        import pandas as pd

        check_is_fitted(self, "levels_")
        names = list(getattr(self, "feature_names_in_", range(self.n_features_in_)))
        chosen = names if columns is None else list(columns)
        unknown = [column for column in chosen if column not in names]
        if unknown:
            raise InputError(f"columns must be covariates of fit, {', '.join(map(str, names))}; {unknown[0]!r} is not.")
        reduced = [self._sample.propensity_without(names.index(name), self.propensity_estimator) for name in chosen]
        factors = [odds_factors(self.propensity_, shares) for shares in reduced]
        return pd.DataFrame(factors, pd.Index(chosen, name="covariate"), columns=["50%", "90%", "99%", "greatest"])

    def overlap(self) -> Any:
        """Return how well treatments overlap, a row a treatment.

        Returns
        -------
        pandas.DataFrame
            Columns: rows; least, 1%, 50% and 99% cross-fitted propensity and the greatest; rows with less than .05;
            effective rows of inverse weighting, (sum 1/e)^2 / sum 1/e^2 in the arm; and the calibration slope, that
            of the log-odds in a logistic regression of the treatment on them: below 1 the propensity is too extreme,
            above 1 shrunk; infinite where the log-odds separate the arm, NaN where they do not vary.
        """
        check_is_fitted(self, "levels_")
        return overlap_table(self.propensity_, self._sample.rows.arm, self.levels_)

    def summary(self, confidence_level: float = 0.95) -> SummaryTable:
        """Return the table of average bounds with limits for the parameter and what was assumed.

        Parameters
        ----------
        confidence_level : float

        Returns
        -------
        SummaryTable
        """
        return self.average_bounds().summary(confidence_level)
