"""The estimate of an information value: an interval and tests that hold near zero too."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence
from typing import Any, Literal

import numpy as np
from scipy import special

from kullback._checks import check_confidence_level
from kullback._typing import ArrayLike, FloatArray
from kullback.exceptions import InputError, SmallCountWarning
from kullback.inference._estimate import Alternative, Estimate, TestResult
from kullback.inference._interval import noncentral_cdf, noncentrality_interval

__all__ = ["InformationEstimate", "Method"]

Method = Literal["noncentral", "wald", "paper"]
"""Laws that a user may ask for; "crossfit" is for values whose bias is removed already."""

FEWEST = 15
"""With 10 effective rows a test that a PSI is below a bound rejects a true null in 14% at 5%, with 20 in 3 to 6%."""


class InformationEstimate(Estimate):
    """Information values (IV, PSI: Jeffreys divergences) of tables with fixed bins.

    A divergence is zero at its least, where its influence vanishes and the normal law fails. The interval
    here is the non-central chi-square's with the estimate's own scale c = SE^2 / (4 IV): it turns into the
    exact limit law at zero and into Wald's far away. It assumes bins that were not chosen on these rows.

    Parameters
    ----------
    value, influence, names, sample_id, target, multiplicity
        As in :class:`Estimate`.
    null_scale : (k,) array-like
        c at a value of zero: 1/G + 1/B.
    bias : (k,) array-like
        Second-order bias.
    df : (k,) array-like, optional
        Non-empty bins less one of a table. By default bias / c, which gives the law the mean of the estimate: for sums
        of values.
    null_pvalue : (k,) array-like, optional
        p-value of a value of zero where a better test than the estimate's own is known (Pearson's).
    smoothed : (k,) array-like of bool
        Whether a half was added to every cell because one was empty.
    method : {"noncentral", "wald", "paper", "crossfit"}
        "crossfit" is for values measured on other rows than those that chose the bins: they have no bias, may
        be negative, and enter the law as value / c + df, with c the `null_scale` and `df` half of the value's
        variance over c^2 where the truth is zero (it need not be whole).

    References
    ----------
    Sudjianto and Burakov (2025), arXiv 2509.09855, Eq. (17) to (22), for ``method="paper"``; Rojas et al.,
    arXiv 2309.13183, for the test of zero; Yurdakul and Naranjo (2020) for the PSI's law at zero.
    """

    def __init__(
        self,
        value: ArrayLike,
        influence: ArrayLike,
        *,
        null_scale: ArrayLike,
        bias: ArrayLike,
        df: ArrayLike | None = None,
        null_pvalue: ArrayLike | None = None,
        smoothed: ArrayLike = False,
        method: Method | Literal["crossfit"] = "noncentral",
        names: Sequence[str] | None = None,
        sample_id: Hashable = None,
        target: str = "",
        multiplicity: ArrayLike | None = None,
    ) -> None:
        super().__init__(value, influence, names=names, sample_id=sample_id, target=target, multiplicity=multiplicity)
        if method not in ("noncentral", "wald", "paper", "crossfit"):
            raise InputError(f'method must be "noncentral", "wald" or "paper"; {method!r} came.')
        self._method: Method | Literal["crossfit"] = method
        self._null_scale = self._spread(null_scale)
        self._bias = self._spread(bias)
        self._df = self._spread(self._bias / self.scale if df is None else df)
        self._null_pvalue = None if null_pvalue is None else self._spread(null_pvalue)
        self._smoothed = np.array(np.broadcast_to(np.asarray(smoothed, dtype=bool), self.value.shape))
        self._smoothed.flags.writeable = False

    def _spread(self, entry: ArrayLike) -> FloatArray:
        array = np.array(np.broadcast_to(np.asarray(entry, dtype=np.float64), self.value.shape))
        array.flags.writeable = False
        return array

    @property
    def method(self) -> str:
        """Law of the interval."""
        return self._method

    @property
    def df(self) -> FloatArray:
        """(k,) degrees of freedom: non-empty bins less one, or what gives the law the mean of the estimate."""
        return self._df

    @property
    def bias(self) -> FloatArray:
        """(k,) second-order bias of the values."""
        return self._bias

    @property
    def bias_corrected(self) -> FloatArray:
        """(k,) values less their bias, at least 0."""
        return np.maximum(self.value - self._bias, 0.0)

    @property
    def smoothed(self) -> Any:
        """(k,) whether a half was added to every cell because one was empty."""
        return self._smoothed

    @property
    def scale(self) -> FloatArray:
        """(k,) scale c of the non-central law: SE^2 / (4 value), and 1/G + 1/B at zero."""
        if self._method == "crossfit":
            return self._null_scale
        positive = self.value > 0
        own = np.divide(np.square(self.standard_error), 4 * self.value, out=np.zeros(len(self)), where=positive)
        return np.where(positive & (own > 0), own, self._null_scale)

    @property
    def statistic(self) -> FloatArray:
        """(k,) values over their scale: chi-square with `df` degrees of freedom where the truth is zero."""
        offset = self._df if self._method == "crossfit" else 0.0
        return np.maximum(self.value / self.scale + offset, 0.0)

    @property
    def pvalue(self) -> FloatArray:
        """(k,) p-values of the hypothesis that the value is zero.

        Pearson's chi-square where the estimate came from a table, with weights corrected by Rao and Scott; (2 IV/SE)^2
        against the chi-square law with clusters. It can disagree with the interval near the edge, since the two are
        not the same statistic. ``method="paper"`` gives the paper's one-sided normal test.

        References
        ----------
        Rao and Scott (1984), Annals of Statistics 12, 46-60.
        """
        if self._method == "paper":
            return super().test(0.0, "greater").pvalue
        if self._null_pvalue is not None:
            return self._null_pvalue
        return self._beyond(np.zeros(len(self)))

    def _beyond(self, null: FloatArray) -> FloatArray:
        """P(a statistic at least as large | the value is `null`); 1 where a single bin leaves no test."""
        df = np.maximum(self._df, 1.0)
        pvalue = 1.0 - noncentral_cdf(self.statistic, df, null / self.scale)
        central = special.chdtrc(df, self.statistic)
        return np.where(self._df > 0, np.where(null == 0, central, pvalue), 1.0)

    def conf_int(self, confidence_level: float = 0.95) -> FloatArray:
        """Return (k, 2) limits at `confidence_level`, a number in (0, 1).

        "noncentral": the self-calibrated non-central chi-square, never below zero; a statistic below its median at
        zero takes its upper limit from that median, so that a lucky draw does not make the limit sharp. "wald":
        normal with the full-gradient standard error, cut at zero. "paper": normal with Eq. (18), as printed in
        Eq. (22).
        A table with a single bin has the limits 0 and 0.

        References
        ----------
        Cowan, Cranmer, Gross and Vitells (2011), arXiv 1105.3166, for power-constrained limits.
        """
        level = check_confidence_level(confidence_level)
        if self._method == "paper":
            return super().conf_int(level)
        if self._method == "wald":
            return np.maximum(super().conf_int(level), 0.0)
        c, df, tail = self.scale, np.where(self._df > 0, self._df, 1.0), (1 - level) / 2
        lower, _ = noncentrality_interval(self.statistic, df, tail)
        _, upper = noncentrality_interval(np.maximum(self.statistic, special.chdtri(df, 0.5)), df, tail)
        return np.where(self._df[:, None] > 0, np.column_stack([c * lower, c * upper]), 0.0)

    def test(self, null: ArrayLike = 0.0, alternative: Alternative = "greater") -> TestResult:
        """Test the value against `null`.

        Parameters
        ----------
        null : float or (k,) array-like
            Not negative.
        alternative : {"greater", "less", "two-sided"}
            "greater" tests H0: value <= null (minimum effect), "less" tests H0: value >= null (equivalence:
            what a monitor of stability wants to reject). At a null of zero "greater" and "two-sided" are
            one test, and "less" has p-value 1.

        Returns
        -------
        TestResult

        Warns
        -----
        SmallCountWarning
            If "less" is asked of so few rows that the law does not hold.
        """
        at = self._spread(null)
        if not (at >= 0).all():
            raise InputError("null must be a number and must not be negative: a divergence never is.")
        if alternative not in ("greater", "less", "two-sided"):
            raise InputError(f'alternative must be "greater", "less" or "two-sided"; {alternative!r} came.')
        if self._method in ("wald", "paper"):
            return super().test(at, alternative)
        above = np.where(at == 0, self.pvalue, self._beyond(at))
        if alternative == "less":
            self._warn_few_rows()
        below = np.where(at == 0, 1.0, 1.0 - self._beyond(at))
        below = np.where(self._df > 0, below, np.where(at > 0, 0.0, 1.0))
        both = np.where(at == 0, above, np.minimum(1.0, 2 * np.minimum(above, below)))
        pvalue = {"greater": above, "less": below, "two-sided": both}[alternative]
        law = "non-central chi-square" if (at > 0).any() else "chi-square"
        return TestResult(self.statistic, pvalue, self._df, at, alternative, law)

    def _warn_few_rows(self) -> None:
        if (self.rows < FEWEST).any():
            warnings.warn(
                f"The smaller sample holds some {self.rows.min():.0f} rows: the law of the test does not hold below "
                f"{FEWEST}, and a small p-value shows nothing. Wait for more rows.",
                SmallCountWarning,
                stacklevel=3,
            )

    @property
    def rows(self) -> FloatArray:
        """(k,) effective rows GB / (G + B), at most those of the smaller sample."""
        return 1.0 / self._null_scale

    def condense(self, sample_id: Hashable = None) -> InformationEstimate:
        """Keep the covariance only, as :meth:`Estimate.condense` does, with the law and its p-value of zero."""
        short = super().condense(sample_id)
        index = list(range(len(self)))
        return self._with(short.influence, short.sample_id, index, None, self._null_pvalue)

    def _rebuild(self, influence: FloatArray, sample_id: Hashable) -> Estimate:
        return self._with(influence, sample_id, list(range(len(self))), None, None)

    def __getitem__(self, key: int | str | slice | Sequence[int] | Sequence[str]) -> InformationEstimate:
        index = self._positions(key)
        return self._with(self.influence[:, index], self.sample_id, index, self.multiplicity, self._null_pvalue)

    def _with(
        self,
        influence: FloatArray,
        sample_id: Hashable,
        index: list[int],
        multiplicity: FloatArray | None,
        null_pvalue: FloatArray | None,
    ) -> InformationEstimate:
        """Return these entries over the given units."""
        return InformationEstimate(
            self.value[index],
            influence,
            df=self._df[index],
            null_scale=self._null_scale[index],
            bias=self._bias[index],
            null_pvalue=None if null_pvalue is None else null_pvalue[index],
            smoothed=self._smoothed[index],
            method=self._method,
            names=[self.names[i] for i in index],
            sample_id=sample_id,
            target=self.target,
            multiplicity=multiplicity,
        )

    def to_frame(self, confidence_level: float = 0.95) -> Any:
        """Return a pandas dataframe: value, bias-corrected value, standard error, limits, p-value and df."""
        frame = super().to_frame(confidence_level)
        frame["pvalue"] = self.pvalue
        frame.insert(1, "bias_corrected", self.bias_corrected)
        if self._method != "crossfit":
            frame["df"] = self._df.astype(int) if (self._df % 1 == 0).all() else self._df
        if self._smoothed.any():
            frame["smoothed"] = self._smoothed
        return frame
