"""Optimal binning as a transformer."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Iterator
from numbers import Integral, Real
from os import PathLike
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.model_selection import KFold, StratifiedKFold, check_cv
from sklearn.utils import ClassifierTags
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from kullback._checks import check_lengths, check_weights
from kullback._frames import Column, column_names, is_frame, iterate_columns, n_rows, take_rows
from kullback._sklearn import fit_context, validate_data
from kullback._table import SummaryTable
from kullback._typing import FloatArray, IntArray, ObjectArray
from kullback.binning._constraints import BinConstraints
from kullback.binning._encoding import bins_of, code_table, column_names_of, put_on_lines
from kullback.binning._fit import FeatureFit, fit_feature, warn_user
from kullback.binning._inference import Inference, check_inference, information_summary
from kullback.binning._information import cross_fitted_information
from kullback.binning._parameters import CRITERION_NAMES, TRENDS, encoding_of, feature_settings, seed_sequence
from kullback.binning._remarks import NEEDED
from kullback.binning._rule import is_missing
from kullback.binning._rules import from_json, require_prebins, to_json
from kullback.binning._selection import permutation_pvalue
from kullback.binning._settings import FeatureSettings
from kullback.binning._specials import unfit_codes
from kullback.binning._table import SIGN_NOTE
from kullback.binning._target import TARGET_TYPES, Target, read_target
from kullback.exceptions import BinningWarning, InputError, UnknownValueWarning
from kullback.inference import Adjustment, TestResult

__all__ = ["OptimalBinner"]

MEASURES = {
    "binary": ("iv", "information value in nats"),
    "multiclass": ("iv", "information value in nats, summed over each class against all others,"),
    "continuous": ("explained", "share of the target's variance between bins"),
    "count": ("explained", "divergence of the shares of events from those of exposure, in nats an event,"),
}
"""What features say of the target, by its kind."""


class OptimalBinner(TransformerMixin, BaseEstimator):
    """Bin features so that they say most about a target, and encode them by it.

    For each feature the partition is optimal over its pre-bins: among all ways to merge neighbouring pre-bins
    into at most `max_bins` bins that obey the constraints, none has a higher information value (exact, by
    dynamic programming). Missing values and special codes are bins of their own.

    WoE = ln(share of non-events / share of events): the event is the bad outcome, so a higher WoE is a lower
    risk. Trend words refer to the event rate; for a target of numbers read its mean, for counts their rate.

    Parameters
    ----------
    max_bins : int or dict
        Most regular bins of a feature; special and missing bins come on top. A dict {feature: entry} is for some
        features, here and below; the others have the default.
    min_bin_fraction : float or dict
        Least share of the (weighted) rows in a regular bin.
    min_bin_events : float or dict
        Least (weighted) number of events, and of non-events, in a regular bin, found or expected in it at the overall
        rate; of each of several classes, of counts events, of numbers nothing. Few events, or none, where many would be
        expected are evidence: such a bin is not merged away. The table of a bin without any is flagged (``smoothed``).
    monotonic : {"auto", "best", "ascending", "descending", "peak", "valley", "concave", "convex", "none"} or dict
        Trend of the event rate over the regular bins of a numeric feature. "auto" is the better of ascending and
        descending by cross-fitted information value, by the value in the sample where they differ by less than noise, a
        trend that leaves one bin only coming last. "best" is the best of all so, the simpler one where they differ by
        less than noise: one direction, then one turn (concave and convex: the rate's steps from bin to bin fall, or
        rise), then none.
    criterion : {"auto", "iv", "js", "hellinger", "chi2", "gini", "log_likelihood", "mutual_information", ...}
        Quantity to be maximised, of classes the Jeffreys divergence ("iv", the default; of several classes the sum over
        each against all others), Jensen-Shannon or squared Hellinger (two classes only), Pearson's statistic, what
        bins take off the Gini impurity, or add to the log-likelihood, or that a row. Of numbers "variance" between
        bins, of counts the Poisson "deviance".
    constraints : BinConstraints or dict, optional
        Fixed and forbidden cuts, fewest bins, gaps and tests between neighbours, a penalty a bin.
    prebinning : {"quantile", "stumps", "uniform"}, dict or sequence
        Where the candidate cuts come from. "stumps" is the paper's: the split points of a depth-1 XGBoost model
        (needs an extra: ``boost-cpu`` or ``boost``). A dict {feature: cuts}, or a sequence with an entry a
        feature, gives cuts by hand (for a categorical: lists of levels); these are the bins, always honoured, and a
        constraint that they break is reported. Features without an entry, or with None, use quantiles.
    max_prebins : int
        Most pre-bins of a feature. Levels of a categorical, ordered by event rate, are merged to as many first.
    special_values : list or dict, optional
        Codes that are bins of their own, for all features or as {feature: codes}; of the type of the column that
        holds them (-999 in a column of numbers, "-999" in one of texts).
    handle_missing : {"separate", "error"}
        "separate": NaN and None are a bin with its own empirical weight.
    handle_unknown : {"neutral", "error"}
        Values in ``transform`` without a bin, or whose bin held no row in ``fit`` (levels, special codes or missing
        values that it did not see): "neutral" gives WoE 0, the overall event rate or mean, with a warning that counts
        them.
    encode : {"auto", "woe", "event_rate", "mean", "piecewise", "ordinal", "onehot"}
        Output of ``transform``: "auto" is "woe" for classes and "mean" for numbers and counts. "piecewise" is that on
        lines: a number between the mean values of two bins has a code between theirs, and that of the first or last bin
        beyond them; all but regular bins of numeric features keep their steps. Of several classes there is a column a
        class. Unknown values are -1 for "ordinal" and all zero for "onehot".
    target_type : {"auto", "binary", "multiclass", "continuous", "count"}
        "auto" tells by the target: two labels are classes, and so are texts and up to 20 whole numbers; other numbers
        are continuous. Counts must be named; with exposures give rates, and the exposures as `sample_weight`.
    pos_label : label, optional
        The event; the greater of the two labels where None (``pos_label=0`` for an ``approve`` column).
    cv : int, splitter or iterable, optional
        Folds of ``fit_transform``: each row is then encoded by bins fitted on the other folds, as
        :class:`sklearn.preprocessing.TargetEncoder` does. Each row must be tested in one fold.
        ``fit(X, y).transform(X)`` is then *not* what ``fit_transform(X, y)`` returns.
    random_state : int, Generator or RandomState, optional
        Deals rows to folds. None is a fixed seed: the same data give the same bins.

    Attributes
    ----------
    tables_ : dict of feature to BinningTable, or to ClassTable or NumberTable where the target is not of two classes
    information_value_ : InformationEstimate
        Cross-fitted information value of each feature with the covariance between them: measured on rows that
        did not choose the bins, so that a feature without information has expectation zero. Of a target of several
        classes the sum over each class against all others. Numbers and counts have ``explained_`` in its place: the
        share of variance between bins, or the divergence of the shares of events from those of exposure, in nats an
        event.
    target_type_ : str
    classes_ : (classes,) array
        Labels of the classes: of two the non-event's and the event's.
    n_features_in_, feature_names_in_

    Raises
    ------
    InputError
        For a target that is not what `target_type` says, or that nobody can tell; duplicate column names, mixed types
        in a column, negative weights, or parameters that name unknown features or are not for the kind of target.

    Notes
    -----
    A weight counts as repetition of the row in every estimate; standard errors take weights as sampling weights.

    References
    ----------
    Sudjianto and Burakov (2025), arXiv 2509.09855, for weights of evidence and "stumps". The dynamic
    program and the selection-safe figures are described in the user guide (evidence).

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.binning import OptimalBinner
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(2000, 1))
    >>> y = rng.random(2000) < 1 / (1 + np.exp(2 - X[:, 0]))
    >>> binner = OptimalBinner(max_bins=3).fit(X, y)
    >>> table = binner.tables_["x0"]
    >>> table.trend, table.event_rate.round(2)
    ('ascending', array([0.03, 0.11, 0.3 ]))
    >>> binner.transform([[-1.0], [2.0]]).round(2)
    array([[ 1.88],
           [-0.91]])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "max_bins": [Interval(Integral, 1, None, closed="left"), dict],
        "min_bin_fraction": [Interval(Real, 0, 0.5, closed="both"), dict],
        "min_bin_events": [Interval(Real, 0, None, closed="left"), dict],
        "monotonic": [StrOptions(set(TRENDS)), dict],
        "criterion": [StrOptions(set(CRITERION_NAMES))],
        "constraints": [None, BinConstraints, dict],
        "prebinning": [StrOptions({"quantile", "stumps", "uniform"}), dict, list, tuple, np.ndarray],
        "max_prebins": [Interval(Integral, 2, None, closed="left")],
        "special_values": [None, list, tuple, dict, np.ndarray],
        "handle_missing": [StrOptions({"separate", "error"})],
        "handle_unknown": [StrOptions({"neutral", "error"})],
        "encode": [StrOptions({"auto", "woe", "event_rate", "mean", "piecewise", "ordinal", "onehot"})],
        "target_type": [StrOptions({"auto", *TARGET_TYPES})],
        "pos_label": "no_validation",  # type: ignore[dict-item]
        "cv": ["cv_object", None],
        "random_state": ["random_state", np.random.Generator],
    }

    def __init__(
        self,
        *,
        max_bins: int | dict[Hashable, int] = 8,
        min_bin_fraction: float | dict[Hashable, float] = 0.05,
        min_bin_events: float | dict[Hashable, float] = 5,
        monotonic: str | dict[Hashable, str] = "auto",
        criterion: str = "auto",
        constraints: BinConstraints | dict[Hashable, BinConstraints] | None = None,
        prebinning: Any = "quantile",
        max_prebins: int = 50,
        special_values: Any = None,
        handle_missing: str = "separate",
        handle_unknown: str = "neutral",
        encode: str = "auto",
        target_type: str = "auto",
        pos_label: Any = None,
        cv: Any = None,
        random_state: Any = None,
    ) -> None:
        self.max_bins = max_bins
        self.min_bin_fraction = min_bin_fraction
        self.min_bin_events = min_bin_events
        self.monotonic = monotonic
        self.criterion = criterion
        self.constraints = constraints
        self.prebinning = prebinning
        self.max_prebins = max_prebins
        self.special_values = special_values
        self.handle_missing = handle_missing
        self.handle_unknown = handle_unknown
        self.encode = encode
        self.target_type = target_type
        self.pos_label = pos_label
        self.cv = cv
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> OptimalBinner:
        """Choose the bins.

        Parameters
        ----------
        X : (rows, features) array or dataframe (pandas, polars, pyarrow)
        y : (rows,) array-like
            Labels, numbers or counts.
        sample_weight : (rows,) array-like, optional
            Not negative. A row of weight 0 is not in the sample.

        Returns
        -------
        OptimalBinner
        """
        X = self._validated(X, reset=True)
        target = read_target(y, self.target_type, self.pos_label)
        check_lengths(X=range(n_rows(X)), y=target)
        weights = check_weights(sample_weight, len(target))
        if weights is not None and (weights == 0).any():  # such rows are not in the sample
            used = np.flatnonzero(weights)
            X, weights, target = take_rows(X, used), weights[used], target.take(used)
        names = column_names(X)
        settings = feature_settings(self, names, target.kind)
        encoding_of(self.encode, target.kind)
        classes = target.weight_classes(weights)
        seeds = seed_sequence(self.random_state).spawn(len(names))
        self._fits: dict[Hashable, FeatureFit] = {}
        codes: list[IntArray] = []
        for column, seed in zip(iterate_columns(X), seeds, strict=True):
            self._fits[column.name], code = fit_feature(column, target, weights, classes, settings[column.name], seed)
            codes.append(code)
        self.tables_: dict[Hashable, Any] = {name: f.table for name, f in self._fits.items()}
        self._check_special_types(settings)
        self._found = cross_fitted_information(list(self._fits.values()), codes, target, weights)
        self.target_type_ = target.kind
        if target.has_classes:
            self.classes_, self.information_value_ = target.classes, self._found
        else:
            self.explained_ = self._found
        return self

    def _check_special_types(self, settings: dict[Hashable, FeatureSettings]) -> None:
        """Raise where a feature's own special value is of another type than it; warn where all features' are."""
        rules = {name: table.rule for name, table in self.tables_.items()}
        if isinstance(self.special_values, dict):
            for name, rule in rules.items():
                if unfit := unfit_codes(settings[name].specials, [rule]):
                    raise InputError(
                        f"special_values holds {unfit[0]!r} for {name!r}, whose values are "
                        f"{'text' if rule.kind == 'categorical' else 'numbers'}. Give it as it is in the column."
                    )
        elif unfit := unfit_codes(next(iter(settings.values())).specials, rules.values()):
            warn_user(f"special_values holds {unfit[0]!r}, a value of a type that no feature has: it has no bin.")

    def _validated(self, X: Any, *, reset: bool) -> Any:
        if is_frame(X):
            if not column_names(X):  # which tells of duplicates
                raise InputError("X must have at least one column; it has none.")
            if reset and n_rows(X) == 0:
                raise InputError("X must have rows to make bins from; it has none.")
            validate_data(self, X, reset=reset, skip_check_array=True)
            return X
        return validate_data(self, X, reset=reset, dtype=None, ensure_all_finite=False)

    def transform(self, X: Any) -> FloatArray:
        """Encode each value by its bin.

        Parameters
        ----------
        X : (rows, features) array or dataframe

        Returns
        -------
        (rows, features) array, or one column a bin with ``encode="onehot"``; a dataframe after ``set_output``
        """
        check_is_fitted(self)
        X = self._validated(X, reset=False)
        codes = [code_table(table, self._encoding) for table in self.tables_.values()]
        ends = np.cumsum([code.shape[1] for code in codes])
        # Column by column in memory: filling rows would touch the whole output once a feature.
        encoded = np.empty((n_rows(X), int(ends[-1])), order="F")
        tables = self.tables_.values()
        for table, code, end, (column, bins) in zip(tables, codes, ends, self._coded(X), strict=True):
            for out, entries in zip(encoded.T[end - code.shape[1] : end], code.T, strict=True):
                np.take(np.ascontiguousarray(entries), bins, out=out)
                if self._encoding == "piecewise":
                    put_on_lines(table, column, bins, entries, out)
        return encoded

    @property
    def _encoding(self) -> str:
        return encoding_of(self.encode, self.target_type_)

    def _coded(self, X: Any) -> Iterator[tuple[Column, IntArray]]:
        """Yield each column with the codes of its values, once unknown ones are dealt with as asked."""
        unknown: dict[Hashable, int] = {}
        for name, column in zip(self.tables_, iterate_columns(X), strict=True):
            table = self.tables_[name]
            code = table.rule.codes(column)
            seen = table.count > 0
            new = code == table.rule.n_bins if seen.all() else ~np.append(seen, False)[code]
            if new.any():
                unknown[name] = int(new.sum())
                if self.handle_unknown == "error":
                    raise InputError(_unknown_message(column, new))
            yield column, code
        if unknown:
            told = ", ".join(f"{n} in {name!r}" for name, n in unknown.items())
            warn_user(
                f'Values that fit did not see have the neutral encoding: {told}. handle_unknown="error" refuses them.',
                UnknownValueWarning,
            )

    def bin_codes(self, X: Any) -> Iterator[tuple[Hashable, IntArray]]:
        """Yield each feature with the (rows,) number of the bin of each row.

        The number counts the rows of the feature's table; the number of bins stands for a value without a bin.
        """
        check_is_fitted(self)
        coded = self._coded(self._validated(X, reset=False))
        return ((name, code) for name, (_, code) in zip(self.tables_, coded, strict=True))

    @fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X: Any, y: Any = None, sample_weight: Any = None) -> FloatArray:
        """Fit and encode; with `cv`, encode each row by bins fitted on the other folds.

        With `cv` the result is *not* ``fit(X, y).transform(X)``: the encoding of a row does not know its own
        target, so that a model fitted on it does not take the binning's optimism for information. A value that
        the other folds do not hold has the neutral encoding. The estimator itself is fitted on all rows.

        Parameters
        ----------
        X : (rows, features) array or dataframe
        y : (rows,) array-like
            Labels, numbers or counts.
        sample_weight : (rows,) array-like, optional

        Returns
        -------
        (rows, features) array; a dataframe after ``set_output``
        """
        if self.cv is None:
            return self.fit(X, y, sample_weight=sample_weight).transform(X)
        if self.encode in ("onehot", "ordinal"):
            raise InputError(
                f'encode="{self.encode}" cannot be cross-fitted: bins differ from fold to fold, and their numbers mean '
                'nothing across them. Use encode="auto" or "event_rate", or cv=None.'
            )
        self.fit(X, y, sample_weight=sample_weight)
        X = self._validated(X, reset=False)
        target = read_target(y, self.target_type, self.pos_label)
        weights = check_weights(sample_weight, len(target))
        encoded = np.empty((len(target), len(self.get_feature_names_out())))
        own = {"cv": None, "pos_label": None, "handle_unknown": "neutral", "target_type": target.kind}
        for train, test in self._folds(target, weights):
            fold = clone(self).set_params(**own)
            with warnings.catch_warnings():  # the fit on all rows has told them
                warnings.simplefilter("ignore", BinningWarning)
                warnings.simplefilter("ignore", UnknownValueWarning)
                fold.fit(take_rows(X, train), target.as_given[train], None if weights is None else weights[train])
                encoded[test] = fold.transform(take_rows(X, test))
        return encoded

    def _folds(self, target: Target, weights: FloatArray | None) -> list[tuple[IntArray, IntArray]]:
        """Return (train, test) rows of folds in which each row is tested once, by a fit that sees all classes."""
        folds = list(self._splitter(target).split(np.zeros(len(target)), target.as_given))
        tested = np.zeros(len(target), dtype=np.int64)
        for train, test in folds:
            np.add.at(tested, test, 1)
            used = target.codes[train] if weights is None else target.codes[train][weights[train] > 0]
            if np.unique(used).size < max(target.classes.size, 1):
                raise InputError(
                    f"The rows outside each fold must hold {NEEDED[target.kind]} (with a positive weight); outside one "
                    "fold they do not. Give cv fewer folds, or stratified ones."
                )
        if (tested != 1).any():
            raise InputError(
                f"cv must test each row in one fold, to encode it once; {int((tested == 0).sum())} rows are in no fold "
                f"and {int((tested > 1).sum())} in several. Use a partition, such as StratifiedKFold."
            )
        return folds

    def _splitter(self, target: Target) -> Any:
        if isinstance(self.cv, Integral):
            seed = int(seed_sequence(self.random_state).generate_state(1)[0])
            kind = StratifiedKFold if target.has_classes else KFold
            return kind(int(self.cv), shuffle=True, random_state=seed)
        return check_cv(self.cv, target.as_given, classifier=target.has_classes)

    def inverse_transform(self, X: Any) -> ObjectArray:
        """Return the names of the bins that encoded values come from.

        Parameters
        ----------
        X : (rows, outputs) array or dataframe
            As :meth:`transform` returns it.

        Returns
        -------
        (rows, features) object array
            Names of bins; several, joined by " | ", where bins share an encoding, and "unknown" where no bin has
            it.
        """
        check_is_fitted(self)
        return bins_of(np.asarray(X, dtype=np.float64), list(self.tables_.values()), self._encoding)

    def permutation_test(
        self, n_permutations: int = 999, *, random_state: Any = None, on_step: Any = None
    ) -> TestResult:
        """Test each feature against no information, the choice of its bins included.

        The labels are permuted and the bins chosen anew each time, on the stored counts of pre-bins: the cost does
        not depend on the number of rows. Numbers and counts are permuted row by row, at a cost that does, and among
        rows of like weight: rates from exposures of different length are not exchangeable. A row of a class keeps its
        sampling weight, relative to the mean of its class. Weights may depend on the feature or on the class, but where
        their spread differs by class the test rejects too often.

        Parameters
        ----------
        n_permutations : int
        random_state : int, Generator or RandomState, optional
            The estimator's where None.
        on_step : callable, optional
            Called with (feature, permutations done since the last call), for a progress bar.

        Returns
        -------
        TestResult
            ``statistic`` holds the in-sample information values; ``pvalue``, at least 1 / (n_permutations + 1),
            compares the criterion's divergence.
        """
        check_is_fitted(self)
        require_prebins(self)
        if not isinstance(n_permutations, Integral) or isinstance(n_permutations, bool) or n_permutations < 1:
            raise InputError(f"n_permutations must be a whole number from 1; {n_permutations!r} came.")
        seeds = seed_sequence(self.random_state if random_state is None else random_state).spawn(len(self._fits))
        pvalues = []
        for (name, fit), seed in zip(self._fits.items(), seeds, strict=True):
            step = None if on_step is None else (lambda done, name=name: on_step(name, done))
            pvalues.append(
                permutation_pvalue(
                    fit.items,
                    fit.n_items,
                    fit.grouping,
                    int(n_permutations),
                    np.random.default_rng(seed),
                    step,
                )
            )
        statistic = np.array([table.explained for table in self.tables_.values()])
        return TestResult(
            statistic, np.array(pvalues), None, np.zeros(len(pvalues)), "greater", "permutation of labels"
        )

    def information_table(
        self,
        inference: Inference = "crossfit",
        *,
        adjustment: Adjustment = "holm",
        n_permutations: int = 999,
        confidence_level: float = 0.95,
    ) -> SummaryTable:
        """Return the information values of all features under one kind of inference, greatest first.

        Parameters
        ----------
        inference : {"crossfit", "permutation", "table"}
            "crossfit" measures each value on rows that did not choose the bins. "permutation" tests the values on the
            rows that chose them, with the choice inside; it has no limits. "table" takes the bins as given.
        adjustment : {"holm", "fdr_bh", "fdr_by"}
            Of the p-values for the number of features; see :meth:`~kullback.inference.TestResult.adjusted`.
        n_permutations : int
        confidence_level : float
        """
        check_is_fitted(self)
        check_inference(inference, self.target_type_)
        return information_summary(
            inference,
            self._found,
            self.tables_.values(),
            self.permutation_test(n_permutations) if inference == "permutation" else None,
            adjustment=adjustment,
            confidence_level=confidence_level,
            measure=MEASURES[self.target_type_][0],
        )

    def summary(self, n_permutations: int = 999) -> SummaryTable:
        """Return the features in the order of their cross-fitted information value.

        Parameters
        ----------
        n_permutations : int
            Of the test of no information; see :meth:`permutation_test`. 0 leaves its p-values out.
        """
        check_is_fitted(self)
        short, words = MEASURES[self.target_type_]
        frame = self._found.to_frame()[["estimate", "standard_error", "lower", "upper"]]
        frame.columns = [short, f"{short}_se", f"{short}_lower", f"{short}_upper"]
        if n_permutations != 0:
            test = self.permutation_test(n_permutations)
            frame["pvalue"], frame["pvalue_holm"] = test.pvalue, test.adjusted("holm")
        tables = list(self.tables_.values())
        frame[f"{short}_table"] = [table.explained for table in tables]
        frame.insert(0, "kind", [table.kind for table in tables])
        frame.insert(1, "trend", [table.trend for table in tables])
        frame.insert(2, "bins", [table.rule.n_bins for table in tables])
        frame.index.name = "feature"
        tested = (
            f"; pvalue: permutation of labels ({n_permutations}), bins chosen anew each time; pvalue_holm: adjusted "
            "for the number of features"
        )
        notes = (
            f"{short}: cross-fitted {words} with 95% limits{tested if n_permutations != 0 else ''}.",
            f"{short}_table: table-based, on the rows that chose the bins; too optimistic.",
            *([SIGN_NOTE] if self.target_type_ == "binary" else []),
        )
        title = "Information values" if short == "iv" else "What features explain"
        return SummaryTable(frame.sort_values(short, ascending=False), title=title, notes=notes)

    to_json = to_json
    from_json: ClassVar[Callable[[str | PathLike[str]], OptimalBinner]] = classmethod(from_json)  # type: ignore[assignment]

    def get_feature_names_out(self, input_features: Any = None) -> ObjectArray:
        """Return the names of the output columns: the features', or ``feature_bin`` with ``encode="onehot"``."""
        check_is_fitted(self)
        names = list(map(str, self.tables_))
        if input_features is not None and list(map(str, input_features)) != names:
            raise ValueError(f"input_features is not equal to the features seen in fit: {', '.join(names)}.")
        classes = getattr(self, "classes_", ())
        tables = self.tables_.values()
        return np.array([name for t in tables for name in column_names_of(t, self._encoding, classes)], dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.classifier_tags = ClassifierTags()
        return tags


def _unknown_message(column: Column, new: Any) -> str:
    row = int(np.flatnonzero(new)[0])
    if column.kind == "categorical":
        code = int(np.asarray(column.codes)[row])
        value = None if code < 0 else (column.levels or ())[code]
    else:
        value = float(np.asarray(column.values)[row])
    return (
        f"{column.name!r} has {int(new.sum())} values that fit did not see, the first "
        f"{'missing' if is_missing(value) else repr(value)} in row {row}. "
        'handle_unknown="neutral" gives them WoE 0, or the overall mean.'
    )
