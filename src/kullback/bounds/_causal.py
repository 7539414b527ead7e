"""The estimator of causal bounds."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from kullback._checks import check_labels, check_lengths
from kullback._sklearn import validate_data
from kullback._table import SummaryTable
from kullback._typing import ArrayLike, FloatArray, IntArray
from kullback.bounds._estimand import contrast_of
from kullback.bounds._model import ArmBounds, Model, blocks
from kullback.bounds._nuisance import Nuisances, Rows, fit_propensity
from kullback.bounds._overlap import odds_factors, overlap_table
from kullback.bounds._search import BreakdownValue, first_reached, least_odds_ratio
from kullback.bounds._specification import check_model, check_rows, require_support
from kullback.bounds._support import Functional, outcome_functional
from kullback.exceptions import InputError, KullbackWarning
from kullback.inference import Estimate, IntervalEstimate, cross_fit, make_folds
from kullback.information import FDivergence

__all__ = ["CausalBounds"]

Job = tuple[Model, Functional, int]


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
        Whose mean is asked for, of (rows,) outcomes.
    odds_ratio_bound : float, optional
        Lambda of the marginal sensitivity model (Tan 2006): what is not seen changes the odds of a treatment by at most
        this factor. Takes the place of `divergence`; needs no support. 1 is no confounding.
    divergence_bound : float, optional
        rho of f-sensitivity: `divergence` (superlinear: "kl" or "chi2") of R from P is at most this. Needs no support.
    assumptions : tuple of {"mtr", "mts"}
        Monotone treatment response: no one's outcome falls with a higher treatment. Monotone treatment selection: those
        with the higher treatment would do no worse under either (Manski and Pepper 2000).
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
        With ``apply``; by default extremely randomised trees with leaves of the square root of the arm's rows.
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
    >>> bounds.average_bounds().to_frame().round(2)
          lower  upper  lower_se  upper_se  limit_lower  limit_upper
    name
    ate   -0.51   0.49      0.01      0.01        -0.53         0.51
    """

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
        self.cv = cv
        self.random_state = random_state

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
            support, a treatment is alone or missing from a fold, or an entry is not finite.
        """
        rows = self._rows(X, y, treatment, sample_weight, clusters)
        model = check_model(self, rows.levels.size)
        functional = outcome_functional(rows.y, self.outcome_bounds, self.outcome_function)
        contrast = contrast_of(self.estimand, self.arm, rows.levels)
        if self.estimand != "cdf":
            require_support(model, functional, contrast.arms, rows.X)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        folds = make_folds(len(rows), self.cv, strata=rows.arm, clusters=rows.clusters, random_state=seed)
        sets = model.arm_sets(list(range(rows.levels.size)))

        def learn(part: Rows) -> Nuisances:
            return Nuisances.fit(part, sets, self.propensity_estimator, self.outcome_estimator, seed)

        self._folds = [(test, learn(rows.take(train))) for train, test in folds]
        self._nuisances = learn(rows)
        self._sample, self._base, self._functional, self._contrast = rows, model, functional, contrast
        self._sample_id = uuid.uuid4().hex
        self.levels_ = rows.levels
        self.propensity_ = np.empty((len(rows), rows.levels.size))
        for test, nuisances in self._folds:
            self.propensity_[test] = nuisances.shares(rows.X[test])
        self._warn_overlap()
        self._found: dict[int, ArmBounds] = {}
        if self.estimand != "cdf":
            found = self._cross_fitted([(model, functional, arm) for arm in contrast.arms])
            self._found = dict(zip(contrast.arms, found, strict=True))
        return self

    def _rows(self, X: Any, y: ArrayLike, treatment: Any, sample_weight: ArrayLike | None, clusters: Any) -> Rows:
        X, outcome = validate_data(self, X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=4)
        return check_rows(X, np.asarray(outcome, dtype=np.float64), treatment, sample_weight, clusters)

    def _warn_overlap(self) -> None:
        certain = int(((self.propensity_ <= 0) | (self.propensity_ >= 1)).any(axis=1).sum())
        if certain:
            warnings.warn(
                f"{certain} of {len(self._sample)} rows have an estimated propensity of 0 or 1. The bounds stay valid, "
                "and are as wide as the support there; see overlap().",
                KullbackWarning,
                stacklevel=3,
            )

    def _cross_fitted(self, jobs: Sequence[Job]) -> list[ArmBounds]:
        """Return the bounds and scores of each job at all rows, each row's from folds without it."""
        rows = self._sample

        def evaluate(test: IntArray, nuisances: Nuisances) -> FloatArray:
            parts = [
                np.stack([job[0].bounds(block, job[1], job[2]).stacked() for job in jobs])
                for block in blocks(nuisances, rows.X[test], rows.y[test], rows.arm[test])
            ]
            return np.concatenate(parts, axis=-1)

        whole = np.empty((len(jobs), 4, len(rows)))
        for test, nuisances in self._folds:
            whole[:, :, test] = evaluate(test, nuisances)
        return [ArmBounds(*ends) for ends in whole]

    def predict_bounds(self, X: Any) -> FloatArray:
        """Return (rows, 2) bounds on the estimand at X: the effect for "ate", the mean for "mean".

        Ends lie inside the support. Where estimation error lets the lower lie above the upper, both are returned as
        estimated, with a warning.

        Parameters
        ----------
        X : (rows, features) array or dataframe
        """
        check_is_fitted(self, "levels_")
        if self.estimand == "cdf":
            raise InputError('predict_bounds is for a single number at X; for "cdf" take cdf_bounds.')
        X = validate_data(self, X, reset=False, dtype=np.float64)
        arms = self._contrast.arms
        found = []
        for block in blocks(self._nuisances, X):
            bounds = {arm: self._base.bounds(block, self._functional, arm) for arm in arms}
            found.append(self._contrast.at(bounds, block, self._functional))
        ends = np.concatenate(found)
        crossed = int((ends[:, 0] > ends[:, 1]).sum())
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
        """
        check_is_fitted(self, "levels_")
        if self.estimand == "cdf":
            return self.cdf_bounds(self.at)
        return self._interval(self._found, [self.estimand], [np.arange(len(self._sample))])

    def gate(self, by: Any) -> IntervalEstimate:
        """Return the bounds of the estimand in each group of rows.

        Parameters
        ----------
        by : (rows,) array-like
            Group of each row that `fit` saw (rows of weight 0 left out).
        """
        check_is_fitted(self, "levels_")
        if self.estimand in ("cdf", "att"):
            raise InputError(f'gate is for the estimands "ate", "mean" and "policy"; this is {self.estimand!r}.')
        groups = check_labels(by, "by")
        check_lengths(rows=self._sample.y, by=groups)
        levels = np.unique(groups)
        return self._interval(
            self._found, [str(level) for level in levels], [np.flatnonzero(groups == level) for level in levels]
        )

    def _interval(
        self, found: dict[int, ArmBounds], names: Sequence[str], members: Sequence[IntArray]
    ) -> IntervalEstimate:
        """Return the means of scores over sets of rows."""
        rows = self._sample
        if self.estimand == "att":
            return self._on_treated(found)
        lower, upper = self._contrast.scores(found, rows.X)
        inside = np.zeros((len(rows), len(names)))
        for column, group in zip(inside.T, members, strict=True):
            column[group] = 1.0
        return IntervalEstimate(*(self._mean(score[:, None], inside, names) for score in (lower, upper)))

    def _mean(self, scores: FloatArray, inside: FloatArray, names: Sequence[str]) -> Estimate:
        """Return the weighted means of (rows, 1 or k) scores over (rows, k) indicators."""
        rows = self._sample
        weights = inside if rows.weights is None else inside * rows.weights[:, None]
        total = weights.sum(axis=0)
        value = (weights * scores).sum(axis=0) / total
        estimate = Estimate(
            value,
            weights * (scores - value) / total,
            names=names,
            sample_id=self._sample_id,
            target=f"{self._contrast.target} under {self._assumed()}",
            null=0.0 if self.estimand in ("ate", "att") else None,
        )
        return estimate if rows.clusters is None else estimate.cluster(rows.clusters)

    def _on_treated(self, found: dict[int, ArmBounds]) -> IntervalEstimate:
        """Return bounds of E[Y(1) - Y(0) | A = 1] = (E[Y] - E[Y(0)]) / P(A = 1)."""
        rows = self._sample
        treated, control = self._contrast.arms
        phi = self._functional.function(rows.y)
        inside = (rows.arm == treated).astype(np.float64)
        ends = []
        for score in (found[control].upper_score, found[control].lower_score):
            parts = self._mean(np.column_stack([phi - score, inside]), np.ones((len(rows), 2)), ["gain", "share"])
            ends.append(parts.delta(lambda v: v[:1] / v[1], names=["att"]))
        return IntervalEstimate(*ends)

    def _assumed(self) -> str:
        parts = []
        if self.odds_ratio_bound is not None:
            parts.append(f"odds ratios of confounding within {self.odds_ratio_bound:g}")
        elif self.divergence_bound is not None:
            parts.append(f"a {self.divergence} divergence of the unseen within {self.divergence_bound:g}")
        elif self.divergence == "worst_case":
            parts.append("no assumption on confounding")
        else:
            parts.append(f"divergence balls {self.divergence!r}, which assume nothing of confounding")
        named = {"mtr": "monotone treatment response", "mts": "monotone treatment selection"}
        parts += [named[name] for name in self.assumptions]
        return ", ".join(parts + ([self._functional.note] if self._functional.note else []))

    def conf_int(self, confidence_level: float = 0.95, target: Literal["parameter", "set"] = "parameter") -> FloatArray:
        """Return the (k, 2) limits of :meth:`average_bounds`, for the parameter or for the whole set."""
        return self.average_bounds().conf_int(confidence_level, target)

    def cdf_bounds(self, at: ArrayLike, arm: Hashable = None) -> IntervalEstimate:
        """Return bounds of P(Y(arm) <= t) at thresholds t: finite whatever the outcome's support.

        Parameters
        ----------
        at : float or (k,) array-like
        arm : label, optional
            By default that of the estimand.
        """
        check_is_fitted(self, "levels_")
        thresholds = np.atleast_1d(np.asarray(at, dtype=np.float64)).ravel() if at is not None else np.empty(0)
        if thresholds.size == 0 or np.isnan(thresholds).any():
            raise InputError(f"at must hold one threshold at least, all numbers; {at!r} came.")
        position = self._arm_position(arm)
        return self._cdf(thresholds, position)

    def _cdf(self, thresholds: FloatArray, arm: int) -> IntervalEstimate:
        jobs = [(self._base, Functional.at_most(float(t)), arm) for t in thresholds]
        found = self._cross_fitted(jobs)
        names = [f"P(Y <= {t:g})" for t in thresholds]
        ones = np.ones((len(self._sample), thresholds.size))
        return IntervalEstimate(
            *(
                self._mean(np.column_stack([getattr(f, end) for f in found]), ones, names)
                for end in ("lower_score", "upper_score")
            )
        )

    def _arm_position(self, arm: Hashable) -> int:
        if arm is None:
            return self._contrast.arms[0]
        if arm not in self.levels_.tolist():
            raise InputError(
                f"arm={arm!r} is not a treatment; there are: {', '.join(map(repr, self.levels_.tolist()))}."
            )
        return self.levels_.tolist().index(arm)

    def quantile_bounds(
        self, probabilities: ArrayLike, arm: Hashable = None, confidence_level: float = 0.95
    ) -> SummaryTable:
        """Return bounds of quantiles of Y(arm), with limits, by inverting those of its CDF.

        An end is infinite where the CDF's bound never reaches the probability: without assumption and support a
        quantile at t is finite where P(not arm) < t < P(arm).

        Parameters
        ----------
        probabilities : float or (k,) array-like, in (0, 1)
        arm : label, optional
        confidence_level : float
        """
        check_is_fitted(self, "levels_")
        wanted = np.atleast_1d(np.asarray(probabilities, dtype=np.float64)).ravel()
        if wanted.size == 0 or not ((wanted > 0) & (wanted < 1)).all():
            raise InputError(f"probabilities must lie between 0 and 1; {probabilities!r} came.")
        import pandas as pd

        rows, position = self._sample, self._arm_position(arm)
        points = np.unique(rows.y[rows.arm == position])
        least, greatest = self._outer_outcomes()
        columns = {}
        for name, end in (("lower", "upper"), ("upper", "lower")):  # the CDF's upper bound has the lower quantile
            for column, limit in ((name, False), (f"limit_{name}", True)):

                def curve(at: IntArray, end: str = end, limit: bool = limit) -> FloatArray:
                    bounds = self._cdf(points[at], position)
                    if limit:
                        return bounds.conf_int(confidence_level)[:, int(end == "upper")]
                    return np.asarray(getattr(bounds, end).value)

                first = first_reached(curve, wanted, points.size)
                value = np.append(points, greatest)[first]
                columns[column] = np.where(first == 0, least, value) if name == "lower" else value
        frame = pd.DataFrame(columns, index=pd.Index(wanted, name="probability"))[
            ["lower", "upper", "limit_lower", "limit_upper"]
        ]
        note = f"Quantiles of Y({self.levels_[position]}), limits at {confidence_level:.0%}; {self._assumed()}."
        return SummaryTable(frame, title="Quantile bounds", notes=(note,))

    def _outer_outcomes(self) -> tuple[float, float]:
        """Return the ends of the outcome's own support."""
        if self.outcome_function is not None or self._functional.note:
            return -np.inf, np.inf
        bottom, top = self._functional.support(self._sample.X)
        return float(bottom.min()), float(top.max())

    def sensitivity_frontier(self, odds_ratios: ArrayLike, confidence_level: float = 0.95) -> Any:
        """Return a pandas dataframe: bounds and limits of the estimand at each odds ratio of confounding.

        Parameters
        ----------
        odds_ratios : (k,) array-like
            Each at least 1; the other assumptions stay.
        confidence_level : float
        """
        import pandas as pd

        check_is_fitted(self, "levels_")
        if self.estimand == "cdf":
            raise InputError('sensitivity_frontier is for "ate", "att", "mean" and "policy".')
        ratios = np.atleast_1d(np.asarray(odds_ratios, dtype=np.float64)).ravel()
        frames = [bounds.to_frame(confidence_level) for bounds in self._at_odds_ratios(ratios)]
        return pd.concat(frames).set_index(pd.Index(ratios, name="odds_ratio"))

    def _at_odds_ratios(self, ratios: FloatArray) -> list[IntervalEstimate]:
        models = [replace(self._base, odds_ratio_bound=float(ratio), divergence_bound=None) for ratio in ratios]
        arms = self._contrast.arms
        found = self._cross_fitted([(model, self._functional, arm) for model in models for arm in arms])
        everyone = [np.arange(len(self._sample))]
        return [
            self._interval(dict(zip(arms, found[i : i + len(arms)], strict=True)), [self.estimand], everyone)
            for i in range(0, len(found), len(arms))
        ]

    def breakdown_value(self, null: float = 0.0, confidence_level: float = 0.95) -> BreakdownValue:
        """Return how strong confounding must be, as an odds ratio, for the null to be inside the bounds.

        To within 0.1%, by the marginal sensitivity model: for the estimated bounds, and for their confidence limits.

        Parameters
        ----------
        null : float
        confidence_level : float
        """

        def frontier(ratios: FloatArray) -> Any:
            return self.sensitivity_frontier(ratios, confidence_level)

        bounds = least_odds_ratio(frontier, null, ("lower", "upper"))
        limits = least_odds_ratio(frontier, null, ("limit_lower", "limit_upper"))
        return BreakdownValue(float(null), bounds, limits, float(confidence_level))

    def benchmark(self, columns: Sequence[Hashable] | None = None) -> Any:
        """Return by how much observed covariates change the odds of treatment: a scale for odds ratios of confounding.

        For each covariate the propensity is fitted anew without it, across the same folds. A confounder as strong as
        that covariate changes the odds by such factors.

        Parameters
        ----------
        columns : sequence of names or positions, optional
            By default all.

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
            raise InputError(f"columns must be covariates of fit; {unknown[0]!r} is not.")
        rows, folds = self._sample, [(self._train_rows(test), test) for test, _ in self._folds]
        records = []
        for column in chosen:
            others = [j for j, name in enumerate(names) if name != column]
            X = rows.X[:, others] if others else np.zeros((len(rows), 1))

            def without(train: IntArray, test: IntArray, X: FloatArray = X) -> FloatArray:
                weights = None if rows.weights is None else rows.weights[train]
                model = fit_propensity(self.propensity_estimator, X[train], rows.arm[train], weights)
                return np.asarray(model.predict_proba(X[test]))

            records.append(odds_factors(self.propensity_, cross_fit(folds, without)))
        return pd.DataFrame(
            records, index=pd.Index(chosen, name="covariate"), columns=["50%", "90%", "99%", "greatest"]
        )

    def _train_rows(self, test: IntArray) -> IntArray:
        return np.setdiff1d(np.arange(len(self._sample)), test)

    def overlap(self) -> Any:
        """Return a pandas dataframe of how well treatments overlap: a row a treatment.

        Columns: rows; least, 1%, 50% and 99% cross-fitted propensity and the greatest; rows with less than .05;
        effective rows of inverse weighting, (sum 1/e)^2 / sum 1/e^2 in the arm; and the calibration slope, that of the
        log-odds in a logistic regression of the treatment on them: below 1 the propensity is too extreme, above 1
        shrunk.
        """
        check_is_fitted(self, "levels_")
        return overlap_table(self.propensity_, self._sample.arm, self.levels_)

    def summary(self, confidence_level: float = 0.95) -> SummaryTable:
        """Return the table of average bounds with limits for the parameter and what was assumed."""
        return self.average_bounds().summary(confidence_level)
