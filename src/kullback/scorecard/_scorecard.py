"""Scorecards: optimal bins, a logistic regression on their weights of evidence, and points."""

from __future__ import annotations

import warnings
from collections.abc import Hashable
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from scipy import special
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import ClassifierTags
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from kullback._checks import check_labels, check_weights, encode_events
from kullback._sklearn import fit_context
from kullback._table import SummaryTable
from kullback._typing import FloatArray, IntArray, ObjectArray
from kullback.binning import OptimalBinner
from kullback.exceptions import InputError, KullbackWarning
from kullback.inference import Estimate, covariance_root
from kullback.scorecard._errors import TwoStepErrors, two_step_errors
from kullback.scorecard._logistic import LogisticFit, fit_logistic
from kullback.scorecard._points import PointScale

__all__ = ["Scorecard"]


class Scorecard(ClassifierMixin, BaseEstimator):
    """Score by points: bins, their weights of evidence, and a logistic regression on them.

    Points rise with the weight of evidence, so that more points are a lower risk; odds are good to bad. The points
    of a row are the sum of the points of its bins.

    Parameters
    ----------
    binner : OptimalBinner, optional
        Its defaults where None. With ``cv`` set, the regression is fitted on cross-fitted weights of evidence.
    pdo : float
        Points to double the odds.
    base_points : float
        Points at odds of `base_odds`. Points are on the scale of the last ``fit``.
    base_odds : float
        Good to bad.
    penalty : float, optional
        Ridge penalty: ``penalty / 2 * sum of squared coefficients`` is added to the negative log-likelihood.
        Intervals are then for the shrunk coefficients.
    round_points : bool
        Whether the points of a bin are whole numbers. Probabilities are not rounded.
    pos_label : label, optional
        The event (the bad outcome); the binner's where None, and the greater label where that is None too.

    Attributes
    ----------
    binner_ : OptimalBinner
    coefficients_ : Estimate
        "intercept" and a coefficient a feature, on the log-odds of the event: below zero where the risk
        falls as the weight of evidence rises. Its limits are for the coefficients that the same regression has on
        the population's weights of evidence in these bins.
    table_ : pandas.DataFrame
        A row a bin: feature, bin, count, event_rate, woe, coefficient, points, points_se.
    scale_ : PointScale
        From log-odds to points.
    classes_ : (2,) array
        Sorted labels; the columns of ``predict_proba``.
    event_label_ : label
    penalty_ : float or None
        The ridge penalty used: `penalty`, or 1 with a warning where the features separate the classes without
        error, since there is no finite estimate then.
    features_ : list
        Features in the model: those with two bins or more.
    n_features_in_, feature_names_in_

    Raises
    ------
    InputError
        As :class:`~kullback.binning.OptimalBinner`.

    Notes
    -----
    points_j = -F (b_f WoE_fj + b_0 / m) + O / m, with F = pdo / ln 2 and O = base_points - F ln(base_odds), for m
    features. Standard errors of coefficients and points are those of the two steps together: the rows that move a
    coefficient move the weights of evidence that it multiplies. The bins are taken as given. Where the binner has
    ``cv``, cross-fitting shrinks the coefficients, and their covariance is that of the regression alone (the inverse
    information, with weights the sandwich): it takes the weights of evidence as given and is too wide.

    A coefficient has no p-value: its bins know the target, so that one of noise too is far from zero. The test of a
    feature is :meth:`~kullback.binning.OptimalBinner.permutation_test` of the binner.

    Some functions of scikit-learn (``cross_val_predict`` with probabilities) hand labels encoded as 0 and 1 to
    ``fit``; name the event by these there.

    References
    ----------
    Siddiqi (2006), Credit Risk Scorecards, for the scale; Sudjianto and Burakov (2025), arXiv 2509.09855,
    Eq. (28).

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.scorecard import Scorecard
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(2000, 2))
    >>> y = rng.random(2000) < 1 / (1 + np.exp(2 - X[:, 0]))
    >>> card = Scorecard().fit(X, y)
    >>> card.points(X[:2]).round(1), card.predict_proba(X[:2])[:, 1].round(3)
    (array([540.4, 520.5]), array([0.136, 0.239]))
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "binner": [OptimalBinner, None],
        "pdo": [Interval(Real, 0, None, closed="neither")],
        "base_points": [Interval(Real, None, None, closed="neither")],
        "base_odds": [Interval(Real, 0, None, closed="neither")],
        "penalty": [None, Interval(Real, 0, None, closed="neither")],
        "round_points": ["boolean"],
        "pos_label": "no_validation",  # type: ignore[dict-item]
    }

    def __init__(
        self,
        *,
        binner: OptimalBinner | None = None,
        pdo: float = 20,
        base_points: float = 600,
        base_odds: float = 50,
        penalty: float | None = None,
        round_points: bool = False,
        pos_label: Any = None,
    ) -> None:
        self.binner = binner
        self.pdo = pdo
        self.base_points = base_points
        self.base_odds = base_odds
        self.penalty = penalty
        self.round_points = round_points
        self.pos_label = pos_label

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Scorecard:
        """Bin, regress, and share out the points.

        Parameters
        ----------
        X : (rows, features) array or dataframe (pandas, polars, pyarrow)
        y : (rows,) array-like of two labels
        sample_weight : (rows,) array-like, optional

        Returns
        -------
        Scorecard
        """
        y = check_labels(y)
        self.binner_ = self._new_binner()
        encoded = self.binner_.fit_transform(X, y, sample_weight=sample_weight)
        self._copy_names()
        events, labels = encode_events(y, self.binner_.pos_label)
        self.classes_, self.event_label_ = np.sort(labels), labels[1]
        weights = check_weights(sample_weight, events.size)
        self.features_ = [f for f, t in self.binner_.tables_.items() if t.rule.n_bins > 1]
        if not self.features_:
            warnings.warn("No feature has two bins: every row has the same score.", KullbackWarning, stacklevel=2)
        fitted = fit_logistic(encoded[:, self._positions()], events, weights, self.penalty)
        self.penalty_ = fitted.penalty
        errors = self._errors(X, encoded, events, weights, fitted)
        self.coefficients_ = self._coefficients(fitted, errors)
        self.log_likelihood_, self.null_log_likelihood_ = fitted.log_likelihood, fitted.null_log_likelihood
        self.scale_ = PointScale(float(self.pdo), float(self.base_points), float(self.base_odds))
        self._points = {feature: self._bin_points(feature) for feature in self._scored_features()}
        self.table_ = self._table(self._log_odds_errors(errors))
        return self

    def _new_binner(self) -> OptimalBinner:
        binner = OptimalBinner() if self.binner is None else clone(self.binner)
        if binner.encode not in ("auto", "woe"):
            raise InputError(f'The binner of a scorecard must have encode="woe"; it has {binner.encode!r}.')
        if binner.target_type not in ("auto", "binary"):
            raise InputError(
                "A scorecard is for a target of two classes, to whose log-odds its points add up; its binner has "
                f'target_type="{binner.target_type}". Use that binner alone, with a model of its output.'
            )
        binner.set_params(target_type="binary")
        if self.pos_label is not None:
            binner.set_params(pos_label=self.pos_label)
        return binner.set_output(transform="default")

    def _copy_names(self) -> None:
        self.n_features_in_ = self.binner_.n_features_in_
        if hasattr(self.binner_, "feature_names_in_"):
            self.feature_names_in_ = self.binner_.feature_names_in_

    def _positions(self) -> list[int]:
        names = list(self.binner_.tables_)
        return [names.index(feature) for feature in self.features_]

    def _errors(
        self, X: Any, encoded: FloatArray, events: IntArray, weights: FloatArray | None, fitted: LogisticFit
    ) -> TwoStepErrors:
        return two_step_errors(
            fitted,
            encoded[:, self._positions()],
            [self.binner_.tables_[feature] for feature in self.features_],
            (codes for feature, codes in self.binner_.bin_codes(X) if feature in self.features_),
            events,
            weights,
        )

    def _coefficients(self, fitted: LogisticFit, errors: TwoStepErrors) -> Estimate:
        # Cross-fitting shrinks coefficients by more than their two-step errors: these would miss the population's.
        covariance = errors.covariance if self.binner_.cv is None else fitted.covariance
        of = "log-odds coefficients of the population's weights of evidence in these bins"
        return Estimate(
            fitted.coefficients,
            covariance_root(covariance),
            names=["intercept", *map(str, self.features_)],
            target=of if self.penalty_ is None else f"shrunk {of}",
            null=None,
        )

    def _scored_features(self) -> list[Hashable]:
        """Features that share the points: those of the model, or all where it has none."""
        return self.features_ or list(self.binner_.tables_)

    def _feature_coefficient(self, feature: Hashable) -> float:
        if feature not in self.features_:
            return 0.0
        return float(self.coefficients_.value[1 + self.features_.index(feature)])

    def _log_odds_errors(self, errors: TwoStepErrors) -> dict[Hashable, FloatArray]:
        """Return the (bins,) standard errors of the log-odds of each scored feature."""
        if not self.features_:
            error, every = self.coefficients_.standard_error[0], self._scored_features()
            return {f: np.full(self.binner_.tables_[f].count.size, error / len(every)) for f in every}
        return dict(zip(self.features_, errors.log_odds, strict=True))

    def _bin_points(self, feature: Hashable) -> FloatArray:
        """Return the points of each bin of a feature, last those of a value that belongs to none (WoE 0)."""
        coefficient = self._feature_coefficient(feature)
        intercept = float(self.coefficients_.value[0])
        weights = np.append(self.binner_.tables_[feature].woe, 0.0)
        points = self.scale_.of_bin(weights, coefficient, intercept, len(self._scored_features()))
        return np.rint(points) if self.round_points else points

    def _table(self, errors: dict[Hashable, FloatArray]) -> Any:
        import pandas as pd

        parts = []
        for feature, points in self._points.items():
            frame = self.binner_.tables_[feature].to_frame()[["bin", "count", "event_rate", "woe"]]
            frame.insert(0, "feature", feature)
            frame["coefficient"] = self._feature_coefficient(feature)
            frame["points"] = points[:-1]
            frame["points_se"] = self.scale_.factor * errors[feature]
            parts.append(frame)
        return pd.concat(parts, ignore_index=True)

    def points(self, X: Any) -> FloatArray:
        """Return the (rows,) points: the sum over features of the points of each row's bin.

        A value that belongs to no bin counts as WoE 0, with a warning (``handle_unknown`` of the binner).
        """
        check_is_fitted(self)
        total: FloatArray | None = None
        for feature, codes in self.binner_.bin_codes(X):
            if feature in self._points:
                part = self._points[feature][codes]
                total = part if total is None else total + part
        return np.zeros(0) if total is None else total

    def _log_odds(self, X: Any) -> FloatArray:
        """Return the (rows,) log-odds of the event."""
        check_is_fitted(self)
        encoded = self.binner_.transform(X)[:, self._positions()]
        return encoded @ self.coefficients_.value[1:] + self.coefficients_.value[0]

    def decision_function(self, X: Any) -> FloatArray:
        """Return the (rows,) log-odds of ``classes_[1]``."""
        check_is_fitted(self)
        log_odds = self._log_odds(X)
        return log_odds if self.event_label_ == self.classes_[1] else -log_odds

    def predict_proba(self, X: Any) -> FloatArray:
        """Return the (rows, 2) probabilities of the labels in ``classes_``."""
        log_odds = self.decision_function(X)
        return special.expit(np.column_stack([-log_odds, log_odds]))

    def event_probability(self, X: Any) -> FloatArray:
        """Return the (rows,) probability of the event, whichever label it has."""
        return special.expit(self._log_odds(X))

    def predict(self, X: Any) -> ObjectArray:
        """Return the (rows,) more probable label."""
        check_is_fitted(self)
        return self.classes_[(self.decision_function(X) > 0).astype(int)]

    def conf_int(self, confidence_level: float = 0.95) -> FloatArray:
        """Return (1 + features, 2) Wald limits of the coefficients."""
        check_is_fitted(self)
        return self.coefficients_.conf_int(confidence_level)

    def summary(self, confidence_level: float = 0.95) -> SummaryTable:
        """Return the coefficients with standard errors and limits, and any sign that conflicts."""
        check_is_fitted(self)
        frame = self.coefficients_.to_frame(confidence_level)
        scale = self.scale_
        event = self.event_label_.item() if isinstance(self.event_label_, np.generic) else self.event_label_
        notes = [
            f"Log-odds of the event {event!r}; limits at {confidence_level:.0%}. {self._meaning_of_limits()}",
            "No p-values: the bins know the target. permutation_test() of binner_ tests each feature.",
            f"Log-likelihood {self.log_likelihood_:.2f}, without features {self.null_log_likelihood_:.2f}.",
            f"Points = {scale.offset:.2f} - {scale.factor:.2f} log-odds: {scale.base_points:g} points at odds of "
            f"{scale.base_odds:g} good to bad, {scale.pdo:g} to double them. Points rise with the WoE.",
        ]
        if self.penalty_ is not None:
            notes.append(f"Ridge penalty {self.penalty_:g}: limits are for the shrunk coefficients.")
        conflicts = [name for name, beta in frame["estimate"].items() if name != "intercept" and beta > 0]
        if conflicts:
            notes.append(
                f"Sign conflict (more risk with a higher WoE, given the others): {', '.join(map(str, conflicts))}."
            )
        return SummaryTable(frame, title="Scorecard", notes=tuple(notes))

    def _meaning_of_limits(self) -> str:
        if not self.features_:
            return "No feature has two bins: the intercept is the log-odds of all rows."
        if self.binner_.cv is not None:
            return "They take the cross-fitted weights of evidence as given and are too wide."
        if self.penalty_ is None and [self.binner_.tables_[f].smoothed for f in self.features_] == [False]:
            return "With one feature its coefficient is -1 whatever the rows are: it has no error but rounding."
        return "They hold the errors of the weights of evidence too, and take the bins as given."

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        # Categorical columns are welcome too. With their tag, scikit-learn's suite rounds its blobs to three values,
        # which the least number of events in a bin rightly merges, and then asks for their accuracy.
        tags.input_tags.string = True
        tags.classifier_tags = ClassifierTags(multi_class=False)
        return tags
