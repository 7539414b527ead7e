"""Choice of features by what is shown of their information, and by what they say twice."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from numbers import Integral, Real
from typing import Any, ClassVar

import narwhals.stable.v2 as nw
import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.feature_selection import SelectorMixin
from sklearn.utils import get_tags
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from kullback._checks import check_weights
from kullback._frames import is_frame, n_rows, take_columns, take_rows
from kullback._sklearn import fit_context, output_library, validate_data
from kullback._table import SummaryTable
from kullback._typing import BoolArray, FloatArray, IntArray
from kullback.binning._binner import OptimalBinner
from kullback.binning._fit import warn_user
from kullback.binning._redundancy import (
    CORRECTIONS,
    adjusted_pvalues,
    correlation,
    variance_inflation,
    without_twins,
)

__all__ = ["InformationSelector"]

FEWEST_PERMUTATIONS = 999


class InformationSelector(SelectorMixin, BaseEstimator):
    """Select the features whose information is shown, and of those that say the same the most informative.

    A :class:`OptimalBinner` is fitted, and its figures that the choice of bins does not flatter decide: the
    cross-fitted information value and the permutation test. Rules apply in the order of the parameters, each to the
    features that are left; a rule that is None does not apply. A feature in one bin never stays: its weight of evidence
    is 0. "More informative" means a greater lower limit of the information value; ties go to the greater value, then to
    the earlier column. The features that stay come out as they are, not encoded.

    Parameters
    ----------
    binner : OptimalBinner, optional
        Unfitted; the default one where None. Its `cv` and `encode` play no part.
    min_information : float, optional
        The lower limit of the cross-fitted information value must be above this.
    confidence_level : float
        Of the two-sided limits.
    max_pvalue : float, optional
        Greatest p-value of the permutation test of no information, adjusted for the number of all features.
    correction : {"fdr_bh", "holm", None}
        Adjustment: Benjamini and Hochberg's holds the expected share of noise among the features that pass, Holm's the
        chance that any noise passes.
    n_permutations : int, optional
        Of each feature's test; by default 999, or as many as it takes for one feature alone to pass after adjustment:
        with hundreds of features the cost grows with the square of their number. Then give a number, or let
        `min_information` decide with ``max_pvalue=None``.
    max_correlation : float, optional
        Of two features whose weights of evidence correlate by more than this (in absolute value) the more informative
        stays.
    max_vif : float, optional
        While weights of evidence have variance inflation factors above this, the least informative of their features
        goes, one at a time.
    max_features : int, optional
        At most so many features stay, the most informative.

    Attributes
    ----------
    binner_ : OptimalBinner
        Fitted on all features.
    selection_ : pandas.DataFrame
        A row a feature: whether it is `selected`, the `reason` in words, the feature it was `displaced_by`, and the
        figures: information value with limits, p-value with and without adjustment, and `vif`, the variance inflation
        among the features that were left when the rule applied (NaN where a figure was not asked for).
    n_features_in_, feature_names_in_

    Raises
    ------
    InputError
        As :class:`OptimalBinner` does.

    Warns
    -----
    BinningWarning
        If no feature stays.

    Notes
    -----
    The rules look at the target: fit the selector on training rows, in a pipeline, and judge what follows on other
    rows. Information values and p-values are of each feature alone; what a feature adds to others is the subject of
    :func:`conditional_information`.

    Examples
    --------
    >>> from kullback.binning import InformationSelector
    >>> from kullback.datasets import make_credit
    >>> credit = make_credit(2000, event_rate=0.2, random_state=0)
    >>> X = credit.data[["income", "utilization", "noise_0"]]
    >>> selector = InformationSelector(max_correlation=0.9).fit(X.assign(double=2 * X["income"]), credit.target)
    >>> selector.get_feature_names_out()
    array(['utilization', 'double'], dtype=object)
    >>> selector.selection_["displaced_by"].dropna().to_dict()
    {'income': 'double'}
    >>> selector.selection_.loc["noise_0", "reason"]
    'adjusted p-value 0.68 is above max_pvalue=0.05'
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "binner": [OptimalBinner, None],
        "min_information": [None, Interval(Real, 0, None, closed="left")],
        "confidence_level": [Interval(Real, 0, 1, closed="neither")],
        "max_pvalue": [None, Interval(Real, 0, 1, closed="both")],
        "correction": [StrOptions({name for name in CORRECTIONS if name}), None],
        "n_permutations": [None, Interval(Integral, 1, None, closed="left")],
        "max_correlation": [None, Interval(Real, 0, 1, closed="both")],
        "max_vif": [None, Interval(Real, 1, None, closed="left")],
        "max_features": [None, Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        *,
        binner: OptimalBinner | None = None,
        min_information: float | None = None,
        confidence_level: float = 0.95,
        max_pvalue: float | None = 0.05,
        correction: str | None = "fdr_bh",
        n_permutations: int | None = None,
        max_correlation: float | None = None,
        max_vif: float | None = None,
        max_features: int | None = None,
    ) -> None:
        self.binner = binner
        self.min_information = min_information
        self.confidence_level = confidence_level
        self.max_pvalue = max_pvalue
        self.correction = correction
        self.n_permutations = n_permutations
        self.max_correlation = max_correlation
        self.max_vif = max_vif
        self.max_features = max_features

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> InformationSelector:
        """Bin the features and choose among them.

        Parameters
        ----------
        X : (rows, features) array or dataframe (pandas, polars, pyarrow)
        y : (rows,) array-like of two labels
        sample_weight : (rows,) array-like, optional
            For the bins, their information and the correlations. A row of weight 0 is not in the sample.

        Returns
        -------
        InformationSelector
        """
        X = self._validated(X, reset=True)
        self.binner_ = clone(self._template()).set_params(cv=None, encode="woe").set_output(transform="default")
        self.binner_.fit(X, y, sample_weight=sample_weight)
        choice = _Choice(self._figures())
        choice.require_bins([table.rule.n_bins for table in self.binner_.tables_.values()])
        choice.require_information(self.min_information, self.confidence_level)
        choice.require_small_pvalues(self.max_pvalue, self.correction)
        if self.max_correlation is not None or self.max_vif is not None:
            found = self._correlation(X, sample_weight)
            choice.leave_out_twins(found, self.max_correlation)
            choice.leave_out_combinations(found, self.max_vif)
        choice.keep_the_first(self.max_features)
        self.selection_ = choice.frame
        if not self.selection_["selected"].any():
            warn_user("No feature stays: selection_ tells why each went. Loosen a rule, or find other features.")
        return self

    def _validated(self, X: Any, *, reset: bool) -> Any:
        if is_frame(X):
            validate_data(self, X, reset=reset, skip_check_array=True)
            return X
        return validate_data(self, X, reset=reset, dtype=None, ensure_all_finite=False)

    def _template(self) -> OptimalBinner:
        return OptimalBinner() if self.binner is None else self.binner

    def _figures(self) -> Any:
        """Return the table of features with what is known of each alone."""
        import pandas as pd

        iv = self.binner_.information_value_
        lower, upper = iv.conf_int(self.confidence_level).T
        frame = pd.DataFrame({"selected": True, "reason": "no rule applied", "displaced_by": None}, index=self._names())
        pvalue = np.full(len(frame), np.nan)
        if self.max_pvalue is not None:
            pvalue = self.binner_.permutation_test(self._number_of_permutations()).pvalue
        adjusted = pvalue if self.max_pvalue is None else adjusted_pvalues(pvalue, self.correction)
        figures = {"iv": iv.value, "iv_lower": lower, "iv_upper": upper, "pvalue": pvalue, "adjusted_pvalue": adjusted}
        return frame.astype({"displaced_by": object}).assign(**figures, vif=np.nan)

    def _names(self) -> Any:
        import pandas as pd

        return pd.Index(list(self.binner_.tables_), name="feature", tupleize_cols=False, dtype=object)

    def _number_of_permutations(self) -> int:
        if self.n_permutations is not None:
            return int(self.n_permutations)
        factor = 1 if self.correction is None else self.n_features_in_
        enough = int(np.ceil(factor / self.max_pvalue)) - 1 if self.max_pvalue else 0
        return max(FEWEST_PERMUTATIONS, enough)

    def _correlation(self, X: Any, sample_weight: Any) -> FloatArray:
        """Return the correlation of the weights of evidence over the rows that are in the sample."""
        weights = check_weights(sample_weight, n_rows(X))
        if weights is not None and (weights == 0).any():
            used = np.flatnonzero(weights)
            X, weights = take_rows(X, used), weights[used]
        return correlation(self.binner_.transform(X), weights)

    def _get_support_mask(self) -> BoolArray:
        check_is_fitted(self)
        return self.selection_["selected"].to_numpy(dtype=bool)

    def transform(self, X: Any) -> Any:
        """Return the features that stay.

        Parameters
        ----------
        X : (rows, features) array or dataframe

        Returns
        -------
        (rows, selected) array, or a dataframe of the library of `X`, or of :meth:`set_output`
            The columns as they are, each of its own type.
        """
        chosen = self.get_support(indices=True)
        found = take_columns(self._validated(X, reset=False), chosen)
        return _in_library(found, output_library(self)) if is_frame(found) else found

    def summary(self) -> SummaryTable:
        """Return the features, those that stay first, with the reason and the figures of each."""
        check_is_fitted(self)
        frame = self.selection_.sort_values(["selected", "iv_lower", "iv"], ascending=False, kind="stable")
        frame = frame.drop(columns="displaced_by").dropna(axis=1, how="all")
        notes = (
            f"iv: cross-fitted information value in nats with {self.confidence_level:.0%} limits.",
            "Figures of each feature alone, but for vif: among the features left when its rule applied.",
        )
        title = f"{int(frame['selected'].sum())} of {len(frame)} features selected"
        return SummaryTable(frame[[*frame.columns.drop("reason"), "reason"]], title=title, notes=notes)

    def __sklearn_tags__(self) -> Any:
        tags, of_binner = super().__sklearn_tags__(), get_tags(self._template())
        tags.target_tags, tags.input_tags, tags.classifier_tags = (
            of_binner.target_tags,
            of_binner.input_tags,
            of_binner.classifier_tags,
        )
        return tags


class _Choice:
    """The table of features while rules apply to those that are left."""

    def __init__(self, frame: Any) -> None:
        self.frame = frame
        best_first = np.lexsort((np.arange(len(frame)), -frame["iv"].to_numpy(), -frame["iv_lower"].to_numpy()))
        self._order: list[int] = best_first.tolist()
        self._passed: dict[int, list[str]] = {position: [] for position in self._order}

    @property
    def _left(self) -> list[int]:
        """Positions of the features that are left, the most informative first."""
        selected = self.frame["selected"].to_numpy()
        return [position for position in self._order if selected[position]]

    def _tell(self, position: int, reason: str, *, stays: bool, displaced_by: Hashable = None) -> None:
        row = self.frame.index[position]
        self.frame.at[row, "selected"] = stays
        self.frame.at[row, "reason"] = reason
        self.frame.at[row, "displaced_by"] = displaced_by

    def _require(self, passes: BoolArray, reason: Callable[[int], str], otherwise: Callable[[int], str]) -> None:
        for position in self._left:
            if passes[position]:
                self._passed[position].append(reason(position))
                self._tell(position, "; ".join(self._passed[position]), stays=True)
            else:
                self._tell(position, otherwise(position), stays=False)

    def require_bins(self, n_bins: list[int]) -> None:
        for position in self._left:
            if n_bins[position] < 2:
                self._tell(position, "it has one bin: its weight of evidence is 0", stays=False)

    def require_information(self, least: float | None, level: float) -> None:
        if least is None:
            return
        lower = self.frame["iv_lower"].to_numpy()
        said = [f"the lower {level:.0%} limit {limit:.4g} of its information value" for limit in lower]
        self._require(
            lower > least,
            lambda i: f"{said[i]} is above {least:g}",
            lambda i: f"{said[i]} is not above min_information={least:g}",
        )

    def require_small_pvalues(self, greatest: float | None, correction: str | None) -> None:
        if greatest is None:
            return
        pvalue = self.frame["adjusted_pvalue"].to_numpy()
        kind = "p-value" if correction is None else "adjusted p-value"
        self._require(
            pvalue <= greatest,
            lambda i: f"{kind} {pvalue[i]:.2g} is at most {greatest:g}",
            lambda i: f"{kind} {pvalue[i]:.2g} is above max_pvalue={greatest:g}",
        )

    def leave_out_twins(self, correlation: FloatArray, greatest: float | None) -> None:
        if greatest is None:
            return
        for position, twin in without_twins(np.abs(correlation) > greatest, self._left).items():
            name = self.frame.index[twin]
            reason = (
                f"correlation {correlation[position, twin]:.3g} with {name!r} is above max_correlation={greatest:g} in "
                "size, and that feature is more informative"
            )
            self._tell(position, reason, stays=False, displaced_by=name)

    def leave_out_combinations(self, correlation: FloatArray, greatest: float | None) -> None:
        if greatest is None:
            return
        while True:
            left: IntArray = np.array(self._left, dtype=np.int64)
            factor = variance_inflation(correlation[np.ix_(left, left)])
            self.frame.loc[self.frame.index[left], "vif"] = factor
            above = np.flatnonzero(factor > greatest)
            if above.size == 0:
                return
            worst = left[above[-1]]
            others = left[left != worst]
            nearest = others[np.argmax(np.abs(correlation[worst, others]))]
            name = self.frame.index[nearest]
            reason = (
                f"variance inflation {factor[above[-1]]:.3g} is above max_vif={greatest:g}, least informative of "
                f"{above.size} such features; correlation {correlation[worst, nearest]:.3g} with {name!r}"
            )
            self._tell(int(worst), reason, stays=False, displaced_by=name)

    def keep_the_first(self, most: int | None) -> None:
        left = self._left
        for rank, position in enumerate(left, start=1):
            if most is not None and rank > most:
                reason = f"{rank} of {len(left)} by the lower limit of its information value; max_features={most}"
                self._tell(position, reason, stays=False, displaced_by=self.frame.index[left[most - 1]])


def _in_library(frame: Any, library: str) -> Any:
    """Return a dataframe in the library asked for, or as it is."""
    known = nw.from_native(frame, eager_only=True)
    if library in ("default", known.implementation.name.lower()):
        return frame
    return known.to_pandas() if library == "pandas" else known.to_polars()
