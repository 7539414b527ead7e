"""Bins of one feature for a target of numbers or counts, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kullback._table import SummaryTable
from kullback._typing import FloatArray
from kullback.binning._bins import FeatureBins
from kullback.binning._rule import BinRule
from kullback.binning._sums import BinSums

__all__ = ["NumberTable"]

TABLE_NOTE = "On the rows that chose the bins, which make it too optimistic; explained_ of the binner is cross-fitted."


@dataclass(frozen=True, eq=False, repr=False)
class NumberTable(FeatureBins):
    """Bins of one feature with the mean of a target of numbers, or the rate of one of counts, in each.

    Attributes
    ----------
    rule : BinRule
        Gives a value its bin.
    sums : BinSums
        Of weights, of the target less `centre` and of its square.
    centre : float
        Taken off the target, so that sums of squares keep their digits.
    trend : str
        Of the mean over the regular bins.
    target_type : {"continuous", "count"}
    violations : tuple of str
        Constraints that the bins break.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.binning import OptimalBinner
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(2000, 1))
    >>> binner = OptimalBinner(max_bins=3).fit(X, X[:, 0] + rng.normal(size=2000))
    >>> binner.tables_["x0"].mean.round(2), binner.explained_.value.round(2)
    (array([-1.52, -0.3 ,  1.03]), array([0.39]))
    """

    rule: BinRule
    sums: BinSums
    centre: float
    trend: str
    target_type: str
    violations: tuple[str, ...] = ()

    @property
    def count(self) -> FloatArray:
        """(bins,) weights of the rows; exposures of counts."""
        return self.sums.counts[:, 0]

    @property
    def mean(self) -> FloatArray:
        """(bins,) means of the target; NaN for a bin without rows."""
        return self.centre + self.relative

    @property
    def relative(self) -> FloatArray:
        """(bins,) means of the target less `centre`."""
        count = self.count
        return np.divide(self.sums.counts[:, 1], count, out=np.full(count.size, np.nan), where=count > 0)

    @property
    def standard_error(self) -> FloatArray:
        """(bins,) standard errors of the means, whatever the spread in each bin; NaN below two rows."""
        w2, w2y, w2yy = self.sums.squares.T
        mean = self.relative
        rows = np.divide(np.square(self.count), w2, out=np.zeros_like(w2), where=w2 > 0)
        several = rows > 1
        spread = np.maximum(w2yy - 2 * mean * w2y + np.square(mean) * w2, 0.0)
        error = np.full(rows.size, np.nan)
        error[several] = np.sqrt(spread[several] * rows[several] / (rows[several] - 1)) / self.count[several]
        return error

    @property
    def overall(self) -> float:
        """Mean of the target over all rows."""
        weight, total, _ = self.sums.totals
        return float(self.centre + total / weight)

    @property
    def contribution(self) -> FloatArray:
        """(bins,) what each bin adds to the share of variance, or to the divergence of events from exposures."""
        parts = np.zeros(self.count.size)
        filled = self.count > 0
        weight, total, squares = self.sums.totals
        if self.target_type == "continuous":
            within = squares - np.square(total) / weight
            steps = np.square(self.relative[filled] - total / weight)
            parts[filled] = self.count[filled] * steps / within if within > 0 else 0.0
            return parts
        events = self.sums.counts[filled, 1]
        ratio = events / total / (self.count[filled] / weight)
        parts[filled] = np.where(events > 0, events / total * np.log(np.where(events > 0, ratio, 1.0)), 0.0)
        return parts

    @property
    def explained(self) -> float:
        """Share of the variance between bins; of counts the divergence of events from exposures, in nats an event."""
        return float(self.contribution.sum())

    def encoding(self, encode: str) -> FloatArray:
        """Return the (bins + 1, 1) code of each bin in a binner's output, last that of unknown values."""
        assert encode in ("mean", "piecewise")
        return np.append(np.where(self.count > 0, np.nan_to_num(self.mean), self.overall), self.overall)[:, None]

    def to_frame(self) -> Any:
        """Return a pandas dataframe, a row a bin."""
        import pandas as pd

        return pd.DataFrame(
            {
                "bin": self.labels,
                "role": self.roles,
                "count": self.count,
                "share": self.count / self.count.sum(),
                "mean": self.mean,
                "mean_se": self.standard_error,
                "explained": self.contribution,
            }
        )

    def summary(self) -> SummaryTable:
        """Return the table with what the bins explain below it."""
        what = "Share of variance" if self.target_type == "continuous" else "Divergence of events from exposure (nats)"
        notes = (f"Trend of the mean: {self.trend}. {what}: {self.explained:.4f}.", TABLE_NOTE, *self._remarks)
        return SummaryTable(self.to_frame(), title=f"Bins of {self.feature}", notes=notes)
