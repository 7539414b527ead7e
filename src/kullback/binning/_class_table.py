"""Bins of one feature for a target of several classes, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kullback._table import SummaryTable
from kullback._typing import FloatArray, ObjectArray
from kullback.binning._bins import FeatureBins
from kullback.binning._partition import bin_weights
from kullback.binning._rule import BinRule
from kullback.binning._sums import BinSums
from kullback.information import ContingencyTable

__all__ = ["ClassTable"]

NOTE = (
    "WoE of a class = ln(share of all other rows / share of the class), in nats; iv is the sum over classes of the "
    "divergence of a class from all others, on the rows that chose the bins, which make it too optimistic."
)


@dataclass(frozen=True, eq=False, repr=False)
class ClassTable(FeatureBins):
    """Bins of one feature with the weights of evidence of each of several classes against all others.

    Attributes
    ----------
    rule : BinRule
        Gives a value its bin.
    sums : BinSums
        (bins, classes) weights.
    classes : (classes,) array
    trend : str
        "none": several classes have no common trend.
    violations : tuple of str
        Constraints that the bins break.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.binning import OptimalBinner
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(2000, 1))
    >>> y = np.array(["low", "middle", "high"])[np.digitize(X[:, 0] + rng.normal(size=2000), [-1, 1])]
    >>> table = OptimalBinner(max_bins=3).fit(X, y).tables_["x0"]
    >>> table.classes.tolist(), table.event_rate.round(2).tolist()
    (['high', 'low', 'middle'], [[0.02, 0.55, 0.43], [0.21, 0.15, 0.64], [0.62, 0.01, 0.37]])
    """

    rule: BinRule
    sums: BinSums
    classes: ObjectArray
    trend: str
    violations: tuple[str, ...] = ()

    @property
    def count(self) -> FloatArray:
        """(bins,) weights of all rows."""
        return self.sums.counts.sum(axis=1)

    @property
    def event_rate(self) -> FloatArray:
        """(bins, classes) shares of the classes; NaN for a bin without rows."""
        count = self.count[:, None]
        rate = np.full(self.sums.counts.shape, np.nan)
        return np.divide(self.sums.counts, count, out=rate, where=count > 0)

    def against_rest(self, position: int) -> ContingencyTable:
        """Return the counts of one class, as events, and of all others."""
        counts, squares = (
            np.column_stack([x.sum(axis=1) - x[:, position], x[:, position]])
            for x in (self.sums.counts, self.sums.squares)
        )
        return ContingencyTable(np.maximum(counts, 0.0), np.maximum(squares, 0.0))

    @property
    def woe(self) -> FloatArray:
        """(bins, classes) weights of evidence against each class."""
        return np.column_stack([bin_weights(self.against_rest(c).counts) for c in range(self.classes.size)])

    @property
    def contribution(self) -> FloatArray:
        """(bins, classes) what each bin adds to the information value of each class against all others."""
        parts = np.zeros(self.sums.counts.shape)
        filled = self.count > 0
        for position in range(self.classes.size):
            counts = self.against_rest(position).counts[filled]
            counts = counts + 0.5 * (counts == 0).any()
            shares = counts / counts.sum(axis=0)
            parts[filled, position] = (shares[:, 0] - shares[:, 1]) * np.log(shares[:, 0] / shares[:, 1])
        return parts

    @property
    def explained(self) -> float:
        """Sum over classes of the information value of each against all others, in nats."""
        return float(self.contribution.sum())

    def encoding(self, encode: str) -> FloatArray:
        """Return the (bins + 1, classes) code of each bin in a binner's output, last that of unknown values."""
        if encode in ("woe", "piecewise"):
            return np.vstack([self.woe, np.zeros(self.classes.size)])
        overall = self.sums.totals / self.sums.totals.sum()
        return np.vstack([np.where(self.count[:, None] > 0, np.nan_to_num(self.event_rate), overall), overall])

    def to_frame(self) -> Any:
        """Return a pandas dataframe, a row a bin."""
        import pandas as pd

        columns: dict[str, Any] = {
            "bin": self.labels,
            "role": self.roles,
            "count": self.count,
            "share": self.count / self.count.sum(),
        }
        for name, table in (("rate", self.event_rate), ("woe", self.woe)):
            columns |= {f"{name}_{label}": column for label, column in zip(self.classes, table.T, strict=True)}
        return pd.DataFrame(columns | {"iv": self.contribution.sum(axis=1)})

    def summary(self) -> SummaryTable:
        """Return the table with the information value below it."""
        notes = [f"IV, summed over {self.classes.size} classes: {self.explained:.4f}.", NOTE]
        if (self.sums.counts[self.count > 0] == 0).any():
            notes.append("A bin holds none of a class: to the cells of that class a half was added for WoE and IV.")
        return SummaryTable(self.to_frame(), title=f"Bins of {self.feature}", notes=(*notes, *self._remarks))
