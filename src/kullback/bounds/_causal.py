"""The estimator of causal bounds."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Callable, Sequence
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
from kullback._typing import ArrayLike, FloatArray, IntArray
from kullback.bounds._distribution import Distributions
from kullback.bounds._estimand import DISTRIBUTIONS, ESTIMANDS, Contrast, group_levels
from kullback.bounds._fitted import frozen_parameters
from kullback.bounds._folds import CrossFitted
from kullback.bounds._model import ArmBounds, Model
from kullback.bounds._nuisance import METHODS, Nuisances
from kullback.bounds._overlap import overlap_table
from kullback.bounds._projection import conditional_bounds, functions_of
from kullback.bounds._sensitivity import Sensitivities
from kullback.bounds._specification import check_covariates, check_question, check_rows
from kullback.bounds._support import Functional
from kullback.exceptions import InputError, KullbackWarning, SmallCountWarning
from kullback.inference import IntervalEstimate, make_folds
from kullback.information import FDivergence

__all__ = ["CausalBounds"]

FEW_ROWS = 15
"""Rows of a treatment below which limits are told to be doubtful."""

ROUNDING = 1e-12
"""Of their size: by so much bounds that meet may cross."""


class CausalBounds(Distributions, Sensitivities, BaseEstimator):
    """Bounds on causal effects when confounding is not assumed away.

    Assumed: each row's outcome is that of its own treatment (consistency), and rows or clusters are independent.
    Nothing is assumed of what made the treatments, unless asked for. With propensity e, outcomes P inside an arm at X
    and Q = e P + (1 - e) R under its treatment, no data tell of R. The default, "worst_case", is the exact set of all
    that is left (Manski 1990). Balls of f-divergences around P (Jung and Kang 2026) are valid and never tighter.
    **Bounds of an effect without a further assumption are as wide as the outcome's support (wider with more than two
    treatments) and always hold zero**, and the mean of an outcome without bounds has none.

    Parameters
    ----------
    divergence : str, FDivergence or list of them
        "worst_case", "chi2", "kl", "hellinger", "tv", "js" or any f-divergence with a finite f(0).
    aggregation : {"intersection", "kth"}
        Of several divergences: at each X the tightest ends, or the k-th tightest with the least k at which they do not
        cross (the paper's order statistic).
    outcome_bounds : (low, high), callable, "sample" or None
        Support of the outcome, or of its function; an end that is not known is infinite. A callable takes rows of X, as
        a pandas dataframe where `fit` saw names, and returns (rows, 2). "sample" takes the sample's range, which is no
        bound, and says so. None takes [0, 1] for a 0/1 outcome.
    outcome_function : callable, optional
        Whose mean is asked for, of (rows,) outcomes, each row by itself; not for "cdf" and "quantile".
    odds_ratio_bound : float, optional
        Lambda of the marginal sensitivity model (Tan 2006): what is not seen changes the odds of a treatment by at most
        this factor. Takes the place of `divergence`; needs no support. 1 is no confounding.
    divergence_bound : float, optional
        rho of f-sensitivity: `divergence` (superlinear: "kl" or "chi2") of R from P is at most this. In place of a
        support it needs moments of the outcome (of "chi2" it bounds Pearson's sum (t - 1)^2, whereas balls are
        priced at half of it): second ones for "chi2", exponential ones for "kl", without which the
        bound is infinite and what is shown is made by the sample's extremes.
    radius_scale : float
        Part, from 0 to 1, of the balls' radius psi(e) that confounding is allowed to use: the `divergence` of P from Q
        is at most radius_scale psi(e). 1 allows all that confounding could do and assumes nothing, 0 none. Between
        them the mean of an outcome without bounds is still without bounds.
    assumptions : tuple of {"mtr", "mts", "negative_mts"}
        Monotone treatment response: no one's outcome falls with a higher treatment. Monotone treatment selection: those
        with the higher of two treatments would do no worse under either (Manski and Pepper 2000): on average at each
        X, and for CDFs and functions of the outcome in distribution. Negative selection: they would do no better.
    estimand : {"ate", "att", "mean", "policy", "cdf", "quantile"}
        Average effect; effect on those treated; mean of one arm; mean where treatments follow a policy; CDF of
        one arm; quantiles of one arm.
    arm : label, pair of labels or callable, optional
        (treated, control) of "ate" and "att", by default the greater and the lesser of two treatments; the arm of
        "mean", "cdf" and "quantile", by default the greater; of "policy" a callable of rows of X, as a pandas dataframe
        where `fit` saw names, that returns labels, or (rows, treatments) probabilities.
    at : float or array-like
        Thresholds of "cdf", probabilities of "quantile", which need them.
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
        In declared order (an ordered pandas categorical, a polars Enum), else sorted: the order of "greater" and of
        monotone assumptions.
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
        "radius_scale": [Real],
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
        radius_scale: float = 1.0,
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
        self.radius_scale = radius_scale
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
            Sampling weights, of which only the ratios count; a row of weight 0 is not in the sample.
        clusters : (rows,) array-like, optional
            Labels. Rows of one cluster may depend on each other: they stay in one fold, and standard errors are of
            sums inside clusters, which should number some 20 or more.

        Returns
        -------
        CausalBounds

        Raises
        ------
        InputError
            If the outcome has no bounds and nothing that was assumed gives one, outcomes lie outside the stated
            support, a treatment is alone or missing from a fold, or a parameter or a row is not what it must be.
        """
        check_covariates(X)
        X, outcome = validate_data(self, X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=4)
        rows = check_rows(X, np.asarray(outcome, dtype=np.float64), treatment, sample_weight, clusters)
        question = check_question(self, rows)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        folds = make_folds(len(rows), self.cv, strata=rows.arm, clusters=rows.clusters, random_state=seed)
        learners = (question[0].arm_sets(), self.propensity_estimator, self.outcome_estimator, seed, self.method)
        self._sample = CrossFitted.fit(rows, folds, *learners)
        self._nuisances = Nuisances.fit(rows, *learners)
        self._sample_id = uuid.uuid4().hex
        self._frozen = frozen_parameters(self)
        self.levels_ = rows.levels
        self.propensity_ = self._sample.propensity()
        self._warn_overlap()
        self._warn_few(np.bincount(rows.arm))
        self._answer(*question)
        if self.estimand not in DISTRIBUTIONS:
            self._arm_bounds(stacklevel=5)
        return self

    def _answer(self, model: Model, functional: Functional, contrast: Contrast) -> None:
        self._model, self._functional, self._contrast = model, functional, contrast
        self._found: dict[int, ArmBounds] = {}

    def _arm_bounds(self, stacklevel: int = 4) -> dict[int, ArmBounds]:
        """Return the bounds and scores of what is asked for at the sample's rows, found when first needed."""
        bounded = self._contrast.bounded
        if not self._found and self._model.is_worst_case():
            self._found = self._averages(self._model).worst_case(bounded)
        if not self._found:
            found = self._sample.bounds([(self._model, self._functional, arm) for arm in bounded])
            self._found = dict(zip(bounded, found, strict=True))
            self._warn_extremes(self._model, stacklevel)
        return self._found

    def _warn_few(self, counts: IntArray) -> None:
        fewest = int(counts.argmin())
        if counts[fewest] < FEW_ROWS:
            warnings.warn(
                f"Only {counts[fewest]} rows have the treatment {self.levels_.tolist()[fewest]!r}: limits take means "
                f"for normal, which so few (fewer than {FEW_ROWS}) do not bear out.",
                SmallCountWarning,
                stacklevel=4,
            )

    def _warn_overlap(self) -> None:
        certain = int(((self.propensity_ <= 0) | (self.propensity_ >= 1)).any(axis=1).sum())
        if certain:
            warnings.warn(
                f"{certain} of {len(self.propensity_)} rows have an estimated propensity of 0 or 1: there an arm shows "
                "nothing, and without a further assumption its bounds at such an X are as wide as the support. "
                "Averages of scores that divide by it (js, tv, limits to confounding, monotone selection) are noise. "
                "See overlap().",
                KullbackWarning,
                stacklevel=4,
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
        for block in self._sample.blocks_at(self._nuisances, X):
            bounds = {arm: self._model.bounds(block, self._functional, arm) for arm in self._contrast.bounded}
            found.append(self._contrast.at(bounds, block, self._functional))
        ends = np.concatenate(found)
        sign = self._sign(self._model)
        if sign:
            side = int(sign < 0)  # the end that no effect passes
            ends[:, side] = sign * np.maximum(sign * ends[:, side], 0.0) + 0.0
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
        Ends and limits lie inside what the support allows, under a limit to confounding inside the worst case too: an
        estimated end beyond is set to it and flagged (``clipped``). Bounds that cross are flagged (``crossed``) and
        left as they are.

        Returns
        -------
        IntervalEstimate

        Raises
        ------
        InputError
            For "quantile": its bounds are no means of scores.
        """
        check_is_fitted(self, "levels_")
        if self._contrast.name == "cdf":
            return self.cdf_bounds(self._frozen["at"])
        if self._contrast.name == "quantile":
            raise InputError(
                "Bounds of quantiles are no means of scores, and have standard errors only where the outcome has a "
                "density. quantile_bounds() has them with limits, from those of the CDF, as have conf_int() and "
                "summary()."
            )
        interval = self._averages(self._model).contrast(self._contrast, self._functional, self._arm_bounds())
        self._flag_clipped([interval])
        return interval

    def gate(self, by: Any) -> IntervalEstimate:
        """Return the bounds of the estimand in each group of rows; not for "att" and distributions.

        Parameters
        ----------
        by : (rows,) array-like
            Group of each row that `fit` saw (rows of weight 0 left out).

        Returns
        -------
        IntervalEstimate
            With a parameter a group, in the order of its categories, else of its labels. Of a group of one row or one
            cluster the error is unknown: its limits are as wide as what is possible, with a warning.
        """
        self._require_contrast("gate", "att")
        groups = check_labels(by, "by")
        check_lengths(rows=self._sample.rows, by=groups)
        levels = group_levels(groups, by)
        members = [np.flatnonzero(groups == level) for level in levels]
        names = [str(level) for level in levels]
        interval = self._averages(self._model).groups(self._contrast, self._arm_bounds(), names, members)
        self._flag_clipped([interval])
        return interval

    def conditional_bounds(self, X: Any, basis: Any = None) -> IntervalEstimate:
        """Return the bounds of the estimand at X with standard errors; not for "att" and "cdf".

        Best linear projections of the orthogonal scores on functions of the covariates. Limits and bands are for the
        combination of the functions that comes nearest to the bounds over the covariates' law: the bounds themselves
        where the functions are rich enough. Ends are not held inside the support. :meth:`predict_bounds` assumes no
        form, and has no standard errors.

        Parameters
        ----------
        X : (rows, features) array or dataframe
        basis : transformer or list of columns, optional
            Functions of the covariates, to which a constant is added: a scikit-learn transformer, fitted on the
            sample's covariates, or columns as they are, by name (by position where `fit` saw no names). An empty list
            gives :meth:`average_bounds`. By default products of natural splines up to the degree at which they are
            as many as the root of the number of rows (or clusters): squares for 1,000 rows of five covariates, cubes
            for 5,000.

        Returns
        -------
        IntervalEstimate
            With a parameter a row of X, named by the dataframe's index. The rows are paired with each other, not with
            the sample: ``conf_int`` has limits for each row, ``confidence_band`` for all at once.

        References
        ----------
        Semenova and Chernozhukov (2021), Econometrics Journal 24, 264-289.

        Examples
        --------
        >>> from kullback.datasets import make_confounded
        >>> data = make_confounded(1000, random_state=0)
        >>> bounds = CausalBounds(outcome_bounds=(0, 1), random_state=0)
        >>> bounds = bounds.fit(data.X, data.outcome, treatment=data.treatment)
        >>> found = bounds.conditional_bounds(data.X.head(2))
        >>> found.conf_int(target="set").round(2)
        array([[-0.64,  0.51],
               [-0.46,  0.65]])
        >>> data.law.effect_bounds(data.X.head(2)).round(2)
        array([[-0.55,  0.45],
               [-0.44,  0.56]])
        """
        self._require_contrast("conditional_bounds", "att")
        names = X.index if hasattr(X, "iloc") else None
        X = validate_data(self, X, reset=False, dtype=np.float64)
        functions = functions_of(basis, self._sample.rows, getattr(self, "feature_names_in_", None))
        names = [str(name) for name in (range(len(X)) if names is None else names)]
        return conditional_bounds(functions, X, self._averages(self._model), self._contrast, self._arm_bounds(), names)

    def conf_int(self, confidence_level: float = 0.95, target: Literal["parameter", "set"] = "parameter") -> FloatArray:
        """Return the limits of :meth:`average_bounds`, or of the quantiles where these are the estimand.

        Parameters
        ----------
        confidence_level : float
        target : {"parameter", "set"}
            Whether to cover the parameter, or all that the bounds hold.

        Returns
        -------
        (k, 2) array
        """
        check_is_fitted(self, "levels_")
        if self._contrast.name == "quantile":
            probabilities = self._probabilities(None)
            return self._quantiles(probabilities, self._contrast.arms[0], confidence_level, target)[2:].T
        return self.average_bounds().conf_int(confidence_level, target)

    def overlap(self) -> Any:
        """Return how well treatments overlap, a row a treatment.

        Returns
        -------
        pandas.DataFrame
            Columns: rows; least, 1%, 50% and 99% cross-fitted propensity and the greatest; rows with less than .05;
            effective rows of inverse weighting, (sum w/e)^2 / sum (w/e)^2 in the arm, with the weights w of `fit`; and
            the calibration slope, that of the log-odds in a logistic regression of the treatment on them: below 1 the
            propensity is too extreme, above 1 shrunk; infinite where the log-odds separate the arm, NaN where they do
            not vary. For "att" also the effective rows of weighting by odds, e of the treated over e of the arm.
            Quantiles and slope are weighted too; rows are counted.
        """
        check_is_fitted(self, "levels_")
        treated = self._contrast.arms[0] if self._contrast.on_treated else None
        rows = self._sample.rows
        return overlap_table(self.propensity_, rows.arm, self.levels_, treated, rows.weights)

    def summary(self, confidence_level: float = 0.95) -> SummaryTable:
        """Return the table of average bounds with limits for the parameter and what was assumed.

        Parameters
        ----------
        confidence_level : float

        Returns
        -------
        SummaryTable
        """
        check_is_fitted(self, "levels_")
        if self._contrast.name == "quantile":
            return self.quantile_bounds(confidence_level=confidence_level)
        return self.average_bounds().summary(confidence_level)
