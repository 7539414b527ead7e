"""Optimal binning of two features together."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import ClassifierTags
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from kullback._checks import check_lengths, check_weights, encode_events
from kullback._frames import Column, column_names, is_frame, iterate_columns, n_rows, take_columns, take_rows
from kullback._sklearn import fit_context, validate_data
from kullback._table import SummaryTable
from kullback._typing import FloatArray, IntArray, ObjectArray
from kullback.binning._constraints import BinConstraints
from kullback.binning._criterion import CRITERIA, get_criterion
from kullback.binning._fit import FeatureFit, item_rule, warn_user
from kullback.binning._grid_partition import GridGrouping
from kullback.binning._grid_rule import GridRule, TwoWayTable
from kullback.binning._information import cross_fitted_information
from kullback.binning._parameters import seed_sequence
from kullback.binning._partition import Coarsen, Constraints
from kullback.binning._prebins import merge_levels
from kullback.binning._rule import BinRule
from kullback.binning._selection import RowCells, WeightClasses, cross_fit, permutation_pvalue
from kullback.binning._settings import FeatureSettings
from kullback.binning._specials import special_codes
from kullback.binning._target import Target
from kullback.exceptions import InputError, UnknownValueWarning
from kullback.inference import TestResult
from kullback.information import ContingencyTable

__all__ = ["TwoWayBinner"]


class TwoWayBinner(TransformerMixin, BaseEstimator):
    """Bin two features together, in rectangles, so that they say most about a binary target.

    Each feature is cut into at most `max_prebins` pre-bins. Among all partitions of their grid that straight cuts can
    make, each through the whole of a rectangle that earlier cuts have left, none with at most `max_bins` rectangles
    that obey the constraints has a higher information value (exact, by dynamic programming; time of the order n^5 k^2
    for n pre-bins of each feature and k rectangles: 12 and 8 take some 10 ms, 30 and 8 about a second). Unlike a tree
    it finds features that say something together only, such as an exclusive or.

    A missing value or a special code is never merged with regular values: its row of the grid is cut along the other
    feature, by the same program, and the cell of two such values is a bin.

    Parameters
    ----------
    features : pair of names or positions, optional
        The two features; the only two of `X` where None.
    max_bins : int
        Most rectangles of regular values, and most parts of the row of a special or missing value.
    min_bin_fraction : float
        Least share of the (weighted) rows in a rectangle.
    min_bin_events : float
        Least (weighted) number of events, and of non-events, in a rectangle, found or expected in it.
    criterion : {"iv", "js", "hellinger"}
        Divergence to be maximised.
    max_prebins : int
        Most pre-bins of each feature: of about equal weight if it is numeric. Levels of a categorical are ordered by
        their event rate and merged to as many.
    special_values : list or dict, optional
        Codes that are kept apart, for both features or as {feature: codes}.
    handle_unknown : {"neutral", "error"}
        Pairs in ``transform`` without a rectangle, or whose rectangle held no row: "neutral" gives WoE 0 and the
        overall event rate, with a warning that counts them.
    encode : {"woe", "event_rate", "ordinal"}
        Output of ``transform``, one column.
    pos_label : label, optional
        The event; the greater of the two labels where None.
    random_state : int, Generator or RandomState, optional
        Deals rows to folds. None is a fixed seed.

    Attributes
    ----------
    table_ : TwoWayTable
    information_value_ : InformationEstimate
        Cross-fitted information value of the rectangles.
    classes_ : (2,) array
        Labels of the non-event and of the event.
    n_features_in_, feature_names_in_

    Raises
    ------
    InputError
        If `X` has more than two features and `features` does not name a pair, or for a target without two labels.

    See Also
    --------
    kullback.metrics.conditional_information : What a feature says beyond another.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.binning import TwoWayBinner
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(4000, 2))
    >>> y = rng.random(4000) < np.where(X[:, 0] * X[:, 1] > 0, 0.4, 0.1)
    >>> binner = TwoWayBinner(max_bins=4).fit(X, y)
    >>> print(binner.table_.to_frame()[["x0", "x1", "count", "event_rate"]].round(3).to_string(index=False))
                  x0              x1  count  event_rate
    [-inf, 0.113822) [-inf, 0.10928) 1184.0       0.352
    [-inf, 0.113822)  [0.10928, inf]  998.0       0.128
     [0.113822, inf] [-inf, 0.10928)  998.0       0.108
     [0.113822, inf]  [0.10928, inf]  820.0       0.388
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "features": [None, list, tuple, np.ndarray],
        "max_bins": [Interval(Integral, 1, None, closed="left")],
        "min_bin_fraction": [Interval(Real, 0, 0.5, closed="both")],
        "min_bin_events": [Interval(Real, 0, None, closed="left")],
        "criterion": [StrOptions(set(CRITERIA["binary"]))],
        "max_prebins": [Interval(Integral, 1, None, closed="left")],
        "special_values": [None, list, tuple, dict, np.ndarray],
        "handle_unknown": [StrOptions({"neutral", "error"})],
        "encode": [StrOptions({"woe", "event_rate", "ordinal"})],
        "pos_label": "no_validation",  # type: ignore[dict-item]
        "random_state": ["random_state", np.random.Generator],
    }

    def __init__(
        self,
        *,
        features: Any = None,
        max_bins: int = 8,
        min_bin_fraction: float = 0.05,
        min_bin_events: float = 5,
        criterion: str = "iv",
        max_prebins: int = 12,
        special_values: Any = None,
        handle_unknown: str = "neutral",
        encode: str = "woe",
        pos_label: Any = None,
        random_state: Any = None,
    ) -> None:
        self.features = features
        self.max_bins = max_bins
        self.min_bin_fraction = min_bin_fraction
        self.min_bin_events = min_bin_events
        self.criterion = criterion
        self.max_prebins = max_prebins
        self.special_values = special_values
        self.handle_unknown = handle_unknown
        self.encode = encode
        self.pos_label = pos_label
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> TwoWayBinner:
        """Choose the rectangles.

        Parameters
        ----------
        X : (rows, features) array or dataframe (pandas, polars, pyarrow)
        y : (rows,) array-like of two labels
        sample_weight : (rows,) array-like, optional
            Not negative. A row of weight 0 is not in the sample.

        Returns
        -------
        TwoWayBinner
        """
        X = self._validated(X, reset=True)
        events, self.classes_ = encode_events(y, self.pos_label)
        check_lengths(X=range(n_rows(X)), y=events)
        weights = check_weights(sample_weight, events.size)
        self._positions = _pair(self.features, column_names(X))
        X = take_columns(X, self._positions)
        if weights is not None and (weights == 0).any():
            used = np.flatnonzero(weights)
            X, weights, events = take_rows(X, used), weights[used], events[used]
            if events.min() == events.max():
                raise InputError("y must hold both classes among the rows with a positive weight.")
        pair = tuple(iterate_columns(X))
        rules = [item_rule(column, weights, self._settings(column)) for column in pair]
        first, second = (rule.codes(column) for rule, column in zip(rules, pair, strict=True))
        self._grouping = self._grid(rules)
        self._fit_cells(rules, first * rules[1].n_bins + second, events, weights)
        return self

    def _fit_cells(self, rules: list[BinRule], cell: IntArray, events: IntArray, weights: FloatArray | None) -> None:
        """Choose rectangles of cells, and measure what they say."""
        grouping, n_cells = self._grouping, rules[0].n_bins * rules[1].n_bins
        counts = ContingencyTable.from_codes(cell, events, weights, n_bins=n_cells)
        self._cells = RowCells.of_counts(counts.counts)
        if weights is not None:
            self._cells = RowCells.of_rows(cell, events, WeightClasses.of(weights, events), n_cells)
        rng = np.random.default_rng(seed_sequence(self.random_state))
        fitted = cross_fit(self._cells, n_cells, grouping, rng)  # type: ignore[arg-type]
        place, _ = grouping.choose(counts.counts, counts.totals)
        positions = grouping.positions(counts.counts)
        rows, columns = (
            rule.merge(at[: rule.n_regular]) if rule.kind == "categorical" else rule
            for rule, at in zip(rules, positions, strict=True)
        )
        rule = GridRule(rows, columns, place)
        bins = place[np.ix_(*positions)].ravel()
        self.table_ = TwoWayTable(rule, counts.merge(bins, rule.n_bins), "none")
        if rule.n_bins == 1 and self.max_bins > 1:
            warn_user(f"{rule.feature!r} stays in one bin: no two rectangles satisfy the constraints. Loosen them.")
        target = Target("binary", events, np.zeros(events.size), self.classes_)
        fit = FeatureFit(self.table_, self._cells, n_cells, grouping, fitted)  # type: ignore[arg-type]
        self.information_value_ = cross_fitted_information([fit], [bins[cell]], target, weights)

    def _grid(self, rules: list[BinRule]) -> GridGrouping:
        constraints = Constraints(
            get_criterion(self.criterion),
            int(self.max_bins),
            float(self.min_bin_fraction),
            float(self.min_bin_events),
        )
        order: Coarsen = partial(merge_levels, max_items=int(self.max_prebins))
        return GridGrouping(
            constraints,
            (rules[0].n_bins, rules[1].n_bins),
            (rules[0].n_regular, rules[1].n_regular),
            (order if rules[0].kind == "categorical" else None, order if rules[1].kind == "categorical" else None),
        )

    def _settings(self, column: Column) -> FeatureSettings:
        """Return what says how one of the features is cut into pre-bins."""
        given = self.special_values
        if isinstance(given, dict):
            given = given.get(column.name)
        return FeatureSettings(
            criterion=get_criterion(self.criterion),
            max_bins=int(self.max_bins),
            min_bin_fraction=0.0,  # a strip of the grid may be thin, a rectangle may not
            min_bin_events=float(self.min_bin_events),
            constraints=BinConstraints(),
            trend="none",
            prebinning="quantile",
            max_prebins=int(self.max_prebins),
            cuts=None,
            specials=special_codes(() if given is None else given, column.name),
            missing_allowed=True,
        )

    def _validated(self, X: Any, *, reset: bool) -> Any:
        if is_frame(X):
            validate_data(self, X, reset=reset, skip_check_array=True)
            if reset and n_rows(X) == 0:
                raise InputError("X must have rows to make bins from; it has none.")
            return X
        return validate_data(self, X, reset=reset, dtype=None, ensure_all_finite=False)

    def bin_codes(self, X: Any) -> IntArray:
        """Return the (rows,) number of the rectangle of each row; the number of rectangles for a pair without one.

        Parameters
        ----------
        X : (rows, features) array or dataframe
        """
        check_is_fitted(self)
        first, second = iterate_columns(take_columns(self._validated(X, reset=False), self._positions))
        return self.table_.rule.codes((first, second))

    def transform(self, X: Any) -> FloatArray:
        """Encode each pair of values by its rectangle.

        Parameters
        ----------
        X : (rows, features) array or dataframe

        Returns
        -------
        (rows, 1) array; a dataframe after ``set_output``
        """
        codes, table = self.bin_codes(X), self.table_
        unknown = ~np.append(table.count > 0, False)[codes]
        if unknown.any():
            told = f"{int(unknown.sum())} pairs of {table.feature!r} are in no rectangle with rows of fit"
            if self.handle_unknown == "error":
                raise InputError(
                    f'{told}, the first in row {int(np.argmax(unknown))}. handle_unknown="neutral" takes it.'
                )
            warn_user(
                f'{told}: they have the neutral encoding. handle_unknown="error" refuses them.', UnknownValueWarning
            )
        return self._encoding()[codes][:, None]

    def _encoding(self) -> FloatArray:
        table = self.table_
        if self.encode == "woe":
            return np.append(table.woe, 0.0)
        if self.encode == "event_rate":
            overall = table.events.sum() / table.count.sum()
            return np.append(np.where(table.count > 0, table.event_rate, overall), overall)
        return np.append(np.arange(table.rule.n_bins, dtype=np.float64), -1.0)

    def permutation_test(self, n_permutations: int = 999, *, random_state: Any = None) -> TestResult:
        """Test the pair against no information, the choice of rectangles included.

        The labels are permuted and the rectangles chosen anew each time, on the counts of cells: the cost, some 10 ms a
        permutation with 12 pre-bins of each feature, does not depend on the number of rows.

        Parameters
        ----------
        n_permutations : int
        random_state : int, Generator or RandomState, optional
            The estimator's where None.

        Returns
        -------
        TestResult
            ``statistic`` is the in-sample information value; ``pvalue`` is at least 1 / (n_permutations + 1).
        """
        check_is_fitted(self)
        if not isinstance(n_permutations, Integral) or isinstance(n_permutations, bool) or n_permutations < 1:
            raise InputError(f"n_permutations must be a whole number from 1; {n_permutations!r} came.")
        seed = seed_sequence(self.random_state if random_state is None else random_state).spawn(1)[0]
        grouping: Any = self._grouping
        pvalue = permutation_pvalue(
            self._cells, self._cells.n_items, grouping, int(n_permutations), np.random.default_rng(seed)
        )
        statistic = np.array([float(self.table_.information_value())])
        return TestResult(statistic, np.array([pvalue]), None, np.zeros(1), "greater", "permutation of labels")

    def summary(self) -> SummaryTable:
        """Return the table of rectangles, with the cross-fitted information value below it."""
        check_is_fitted(self)
        summary, (low, high) = self.table_.summary(), self.information_value_.conf_int()[0]
        told = f"Cross-fitted IV {float(self.information_value_):.4f}, 95% [{low:.4f}, {high:.4f}]."
        return SummaryTable(summary.frame, title=summary.title, notes=(told, *summary.notes))

    def get_feature_names_out(self, input_features: Any = None) -> ObjectArray:
        """Return the name of the output column, made of the names of both features."""
        check_is_fitted(self)
        known = getattr(self, "feature_names_in_", None)
        if input_features is not None and known is not None and list(input_features) != list(known):
            raise ValueError(f"input_features is not equal to the features seen in fit: {', '.join(known)}.")
        return np.array([self.table_.feature], dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.classifier_tags = ClassifierTags(multi_class=False)
        return tags


def _pair(features: Any, names: list[Hashable]) -> list[int]:
    """Return the positions of the two features."""
    if features is None:
        if len(names) != 2:
            raise InputError(
                f"TwoWayBinner bins two features; X has {len(names)} (n_features = {len(names)}). Name a pair: "
                "features=[...]."
            )
        return [0, 1]
    wanted = list(features)
    positions = [_position(entry, names) for entry in wanted]
    if len(positions) != 2 or positions[0] == positions[1]:
        raise InputError(f"features must be two different features; {wanted!r} came.")
    return positions


def _position(entry: Hashable, names: list[Hashable]) -> int:
    if entry in names:
        return names.index(entry)
    if isinstance(entry, int | np.integer) and 0 <= entry < len(names):
        return int(entry)
    raise InputError(
        f"features names {entry!r}, which is not a feature of X (n_features = {len(names)}); there are: "
        f"{', '.join(map(str, names[:10]))}."
    )
