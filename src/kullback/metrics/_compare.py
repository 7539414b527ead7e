"""Differences, ratios and sums of information values, also where they are near zero."""

from __future__ import annotations

import uuid
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kullback._checks import check_confidence_level, check_lengths, check_weights, encode_events
from kullback._table import SummaryTable
from kullback._typing import ArrayLike, FloatArray
from kullback.exceptions import InputError
from kullback.inference import (
    Alternative,
    InformationEstimate,
    JointGaps,
    TableRows,
    TestResult,
    normal_pvalue,
    weighted_chi_square_sf,
)
from kullback.metrics._counts import code_columns
from kullback.metrics._information import information_value

__all__ = ["InformationComparison", "compare_information", "total_information"]


@dataclass(frozen=True, eq=False, repr=False)
class InformationComparison:
    """Two information values side by side: their difference and their ratio.

    Attributes
    ----------
    first, second : InformationEstimate
        Paired where the rows are the same.
    gaps : JointGaps
        Differences of shares of both tables with their covariance, for the law where both values are zero.
    """

    first: InformationEstimate
    second: InformationEstimate
    gaps: JointGaps

    @property
    def covariance(self) -> FloatArray:
        """(2, 2) covariance of both values, to first order."""
        one, two = self.first.covariance[0, 0], self.second.covariance[0, 0]
        both = (one + two - (self.first - self.second).covariance[0, 0]) / 2
        return np.array([[one, both], [both, two]])

    @property
    def difference(self) -> float:
        """First value less second, each without its bias."""
        return float((self.first.value - self.first.bias - self.second.value + self.second.bias)[0])

    @property
    def ratio(self) -> float:
        """First value over second, each without its bias and inside its limits; infinite where the second is zero."""
        (one, _, _), (two, _, _) = _parts(self.first, 0.95), _parts(self.second, 0.95)
        return one / two if two > 0 else float("inf")

    @property
    def pvalue(self) -> float:
        """Two-sided p-value of equality; see :meth:`test`."""
        return float(self.test().pvalue)

    def test(self, null: float = 0.0, alternative: Alternative = "two-sided", *, ratio: float = 1.0) -> TestResult:
        """Test ``first - ratio * second == null``.

        Values that are equal are both zero, where their difference has the law of a weighted sum of chi-squares of
        both signs, or both above it, where it is about normal. The p-value is the greater of those of both laws, which
        holds its size in either case. A null other than zero is tested by the normal law. Its variance is that of the
        influence values less what these overstate near zero.

        Parameters
        ----------
        null : float
        alternative : {"two-sided", "less", "greater"}
        ratio : float
            Positive.

        Returns
        -------
        TestResult
        """
        if not ratio > 0:
            raise InputError(f"ratio must be positive; {ratio!r} came.")
        sides = np.array([1.0, -ratio])
        near = sides @ self.gaps.between() @ sides
        variance = max(sides @ self.covariance @ sides - near, near)
        value = self.first.value[0] - ratio * self.second.value[0]
        bias = self.first.bias[0] - ratio * self.second.bias[0]
        gap = value - bias - null
        z = gap / np.sqrt(variance) if variance > 0 else 0.0 if gap == 0 else np.copysign(np.inf, gap)
        pvalue = float(normal_pvalue(np.asarray(z), alternative))
        if null == 0:
            pvalue = max(pvalue, _pvalue_at_zero(value, self.gaps.eigenvalues(sides), alternative))
        law = "normal and weighted chi-square" if null == 0 else "normal"
        return TestResult(np.asarray(z), np.asarray(pvalue), None, np.asarray(null), alternative, law)

    def conf_int(self, confidence_level: float = 0.95) -> FloatArray:
        """Return (2,) limits of the difference at `confidence_level`, a number in (0, 1).

        The distances of both values to their own limits, which are not symmetric near zero, take the place of normal
        half-widths, with the correlation of the values (method of variance estimates recovery).

        References
        ----------
        Zou and Donner (2008), Statistics in Medicine 27, 1693-1702; Zou (2007), Psychological Methods 12, 399-413,
        for correlated values.
        """
        (one, one_low, one_high), (two, two_low, two_high) = self._both(confidence_level)
        return np.array(
            [
                one - two - self._apart(one - one_low, two_high - two),
                one - two + self._apart(one_high - one, two - two_low),
            ]
        )

    def ratio_conf_int(self, confidence_level: float = 0.95) -> FloatArray:
        """Return (2,) limits of the ratio at `confidence_level`, a number in (0, 1): Fieller's, with uneven distances.

        A ratio r lies inside where the limits of ``first - r * second`` hold zero. The upper limit is infinite where
        the second value is not shown to be above zero.

        References
        ----------
        Fieller (1954), JRSS B 16, 175-185; Donner and Zou (2012), Statistical Methods in Medical Research 21, 347-359.
        """
        (one, one_low, one_high), (two, two_low, two_high) = self._both(confidence_level)
        below, above = _square_gap(one, one_low), _square_gap(one, one_high)
        product = one * two - self._correlation * (one - one_low) * (two_high - two)
        low = _smaller_root(_square_gap(two, two_high), product, below)
        product = one * two - self._correlation * (one_high - one) * (two - two_low)
        least = _square_gap(two, two_low)
        high = _greater_root(least, product, above) if two_low > 0 else float("inf")
        return np.array([low, high])

    def _both(self, confidence_level: float) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        level = check_confidence_level(confidence_level)
        return _parts(self.first, level), _parts(self.second, level)

    def _apart(self, one: float, two: float) -> float:
        return float(np.sqrt(max(one**2 + two**2 - 2 * self._correlation * one * two, 0.0)))

    @property
    def _correlation(self) -> float:
        (one, both), (_, two) = self.covariance
        return float(np.clip(both / np.sqrt(one * two), -1.0, 1.0)) if one * two > 0 else 0.0

    def to_frame(self, confidence_level: float = 0.95) -> Any:
        """Return a pandas dataframe: both values, difference and ratio with limits and p-values."""
        import pandas as pd

        pvalue = self.pvalue
        rows = [
            (float(value.bias_corrected[0]), *value.conf_int(confidence_level)[0], float(value.pvalue[0]))
            for value in (self.first, self.second)
        ]
        rows.append((self.difference, *self.conf_int(confidence_level), pvalue))
        rows.append((self.ratio, *self.ratio_conf_int(confidence_level), pvalue))
        names = [self.first.names[0], self.second.names[0], "difference", "ratio"]
        return pd.DataFrame(rows, columns=["estimate", "lower", "upper", "pvalue"], index=pd.Index(names, name="name"))

    def summary(self, confidence_level: float = 0.95) -> SummaryTable:
        """Return the table of both values, their difference and their ratio."""
        notes = (
            f"Estimates without bias, in nats; limits at {confidence_level:.0%}.",
            "p-values: no information; equality of both for difference and ratio.",
            "Bins are taken as given.",
        )
        return SummaryTable(self.to_frame(confidence_level), title="Comparison of information values", notes=notes)

    def __repr__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()


def compare_information(
    codes: ArrayLike,
    y: ArrayLike,
    other_codes: ArrayLike | None = None,
    other_y: ArrayLike | None = None,
    *,
    paired: bool = True,
    sample_weight: ArrayLike | None = None,
    other_sample_weight: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    other_clusters: ArrayLike | None = None,
    pos_label: Any = None,
    other_pos_label: Any = None,
    names: Sequence[str] = ("first", "second"),
) -> InformationComparison:
    """Compare two information values: of two features, of one feature for two targets, or of one feature over time.

    Parameters
    ----------
    codes : (rows,) array-like
        Bin of each row: whole numbers or labels.
    y : (rows,) array-like
        Two labels; the event is `pos_label`, or the greater.
    other_codes : (other rows,) array-like, optional
        Bins of the second value; by default `codes`.
    other_y : (other rows,) array-like, optional
        Target of the second value, such as a protected attribute; by default `y`.
    paired : bool
        Whether row i is the same in both. Samples of other rows (a later month) are independent: ``paired=False``
        with `other_codes` and `other_y`.
    sample_weight, other_sample_weight : array-like, optional
        The second is for other rows.
    clusters, other_clusters : array-like, optional
        Rows of one cluster may depend on each other; the second is for other rows.
    pos_label, other_pos_label : label, optional
    names : sequence of 2 str

    Returns
    -------
    InformationComparison

    Raises
    ------
    InputError
        If lengths differ, nothing is left to compare, or other rows are given in part.

    See Also
    --------
    total_information : The sum of values.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> y = rng.random(4000) < 0.2
    >>> income = np.minimum(rng.integers(0, 5, 4000) + (y & (rng.random(4000) < 0.5)), 4)
    >>> savings = np.where(rng.random(4000) < 0.5, income, rng.integers(0, 5, 4000))
    >>> compared = compare_information(income, y, savings, names=["income", "savings"])
    >>> round(compared.difference, 3), compared.conf_int().round(3)
    (0.057, array([0.008, 0.113]))
    >>> round(compared.pvalue, 3)
    0.026
    >>> round(compared.ratio, 2), compared.ratio_conf_int().round(2)
    (1.97, array([1.1 , 3.74]))
    """
    for given in (codes, other_codes):
        if given is not None and np.ndim(given) != 1:
            raise InputError(f"codes must have shape (rows,), the bins of one feature; they have {np.shape(given)}.")
    _check_pairing(paired, (other_codes, other_y), (other_sample_weight, other_clusters))
    second_codes, second_y = codes if other_codes is None else other_codes, y if other_y is None else other_y
    own = (sample_weight, clusters) if paired else (other_sample_weight, other_clusters)
    if paired:
        check_lengths(codes=codes, y=y, other_codes=second_codes, other_y=second_y)
    sample = uuid.uuid4().hex
    sides = [
        (codes, y, sample_weight, clusters, pos_label),
        (second_codes, second_y, *own, pos_label if other_y is None else other_pos_label),
    ]
    ids = [sample, sample if paired else f"other than {sample}"]
    first, second = (
        _value(*side, name=name, sample_id=sample_id) for side, name, sample_id in zip(sides, names, ids, strict=True)
    )
    rows = [_table_rows(*side) for side in sides]
    if not paired:
        later = TableRows(rows[1].codes, rows[1].events, rows[1].units + rows[0].units.max() + 1, rows[1].weights)
        rows = [rows[0], later]
    return InformationComparison(first, second, JointGaps.from_rows(rows))


def total_information(
    codes: ArrayLike,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    pos_label: Any = None,
    name: str = "total",
    sample_id: Hashable = None,
) -> InformationEstimate:
    """Estimate the sum of the information values of features, which may depend on each other.

    The error of the sum holds the covariance between all values. Near zero the sum has the law of a weighted sum of
    chi-squares, whose weights follow from the covariance between all tables. With `y` that tells a later sample from
    a reference, the sum is that of the stability indices.

    Parameters
    ----------
    codes : (rows, k) array-like
        Bin of each row: whole numbers or labels, a column a feature.
    y : (rows,) array-like
        Two labels; the event is `pos_label`, or the greater.
    sample_weight, clusters : (rows,) array-like, optional
    pos_label : label, optional
    name : str
    sample_id : hashable, optional

    Returns
    -------
    InformationEstimate
        Of one value, with limits, tests and bias. The degrees of freedom need not be whole: they are fewer than the
        bins' where features say the same. The p-value of zero is Pearson's, summed over the tables.

    Notes
    -----
    Independent tables would have the sum of their degrees of freedom; correlated ones have fewer, and limits that
    ignore it miss the sum far too often.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> y = rng.random(4000) < 0.2
    >>> feature = np.minimum(rng.integers(0, 5, 4000) + (y & (rng.random(4000) < 0.5)), 4)
    >>> alone, twice = (total_information(np.column_stack([feature] * times), y) for times in (1, 2))
    >>> alone.conf_int().round(3), twice.conf_int().round(3)
    (array([[0.07 , 0.177]]), array([[0.14 , 0.354]]))
    >>> alone.df.round(1), twice.df.round(1)
    (array([4.2]), array([4.2]))
    """
    parts = information_value(
        codes=codes, y=y, sample_weight=sample_weight, clusters=clusters, pos_label=pos_label, sample_id=sample_id
    )
    columns = code_columns(codes)
    rows = [_table_rows(column, y, sample_weight, clusters, pos_label) for column in columns]
    return InformationEstimate(
        [parts.value.sum()],
        parts.influence.sum(axis=1, keepdims=True),
        null_scale=1.0 / parts.rows.min(),
        bias=parts.bias.sum(),
        null_pvalue=JointGaps.from_rows(rows).pvalue(),
        smoothed=parts.smoothed.any(),
        names=[name],
        sample_id=parts.sample_id,
        target=f"sum of the information values of {len(columns)} features in the population; {parts.target}",
        multiplicity=parts.multiplicity,
    )


def _check_pairing(paired: bool, of_rows: tuple[Any, Any], of_other_rows: tuple[Any, Any]) -> None:
    n_given = sum(x is not None for x in of_rows)
    if paired and n_given == 0:
        raise InputError("Give other_codes (a second feature) or other_y (a second target) to compare with.")
    if paired and any(x is not None for x in of_other_rows):
        raise InputError("other_sample_weight and other_clusters are for other rows: paired=False.")
    if not paired and n_given < 2:
        raise InputError("paired=False compares other rows: give both other_codes and other_y.")


def _value(
    codes: ArrayLike, y: ArrayLike, weight: Any, clusters: Any, pos_label: Any, *, name: str, sample_id: Hashable
) -> InformationEstimate:
    return information_value(
        codes=codes,
        y=y,
        sample_weight=weight,
        clusters=clusters,
        pos_label=pos_label,
        names=[name],
        sample_id=sample_id,
    )


def _table_rows(codes: ArrayLike, y: ArrayLike, weight: Any, clusters: Any, pos_label: Any) -> TableRows:
    events, _ = encode_events(y, pos_label)
    return TableRows.of(code_columns(codes)[0], events, check_weights(weight, events.size), clusters)


def _pvalue_at_zero(value: float, weights: FloatArray, alternative: str) -> float:
    """Return the p-value of a combination of values where all are zero."""
    if weights.size == 0:  # the same table twice, or single bins
        return 1.0
    above = weighted_chi_square_sf(value, weights)
    return {"greater": above, "less": 1 - above, "two-sided": 2 * min(above, 1 - above)}[alternative]


def _parts(estimate: InformationEstimate, level: float) -> tuple[float, float, float]:
    """Return the value without its bias, inside its limits, and the limits."""
    lower, upper = estimate.conf_int(level)[0]
    return float(np.clip(estimate.value[0] - estimate.bias[0], lower, upper)), float(lower), float(upper)


def _square_gap(value: float, limit: float) -> float:
    """Return value^2 - (value - limit)^2 without cancellation."""
    return limit * (2 * value - limit)


def _smaller_root(square: float, product: float, constant: float) -> float:
    """Return the smaller positive root of square r^2 - 2 product r + constant, written so that square may be zero."""
    root = np.sqrt(max(product**2 - square * constant, 0.0))
    return float(constant / (product + root)) if product + root > 0 else 0.0


def _greater_root(square: float, product: float, constant: float) -> float:
    return float((product + np.sqrt(max(product**2 - square * constant, 0.0))) / square)
