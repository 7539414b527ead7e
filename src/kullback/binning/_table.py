"""The binning of one feature as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kullback._frames import Column
from kullback._table import SummaryTable
from kullback._typing import FloatArray
from kullback.binning._bins import FeatureBins
from kullback.binning._partition import bin_weights
from kullback.binning._rule import BinRule
from kullback.exceptions import InputError
from kullback.inference import Estimate, InformationEstimate, Method, smoothed
from kullback.information import ContingencyTable
from kullback.metrics import exact_weight_limits, table_information, table_weights

__all__ = ["SIGN_NOTE", "TABLE_NOTE", "BinningTable"]

SIGN_NOTE = (
    "WoE = ln(share of non-events / share of events), in nats; the event is the bad outcome, so a higher WoE "
    "is a lower risk."
)
TABLE_NOTE = (
    "Table-based: the information value, its limits and its p-value take the bins as given. Bins chosen on the "
    "same rows make them too optimistic; information_value_ and permutation_test() of the binner are not."
)


@dataclass(frozen=True, eq=False, repr=False)
class BinningTable(FeatureBins):
    """Bins of one feature with their counts and weights of evidence.

    WoE = ln(share of non-events / share of events): the event is the bad outcome, so a higher WoE is a lower risk.

    Attributes
    ----------
    rule : BinRule
        Gives a value its bin.
    contingency : ContingencyTable
        (bins, 2) counts, first the non-events.
    trend : str
        Of the event rate over the regular bins: as asked for, or as chosen by ``monotonic="auto"``.
    violations : tuple of str
        Constraints that the bins break (cuts given by the user are always honoured).
    """

    rule: BinRule
    contingency: ContingencyTable
    trend: str
    violations: tuple[str, ...] = ()

    @property
    def non_events(self) -> FloatArray:
        """(bins,) weights of the non-events."""
        return self.contingency.counts[:, 0]

    @property
    def events(self) -> FloatArray:
        """(bins,) weights of the events."""
        return self.contingency.counts[:, 1]

    @property
    def count(self) -> FloatArray:
        """(bins,) weights of all rows."""
        return self.contingency.counts.sum(axis=1)

    @property
    def event_rate(self) -> FloatArray:
        """(bins,) share of events; NaN for a bin without rows, which only cuts given by hand can make."""
        count = self.count
        return np.divide(self.events, count, out=np.full(count.size, np.nan), where=count > 0)

    @property
    def smoothed(self) -> bool:
        """Whether a half was added to every cell because one was empty: a pure bin, or perfect separation."""
        return smoothed(self.contingency.counts[self.count > 0])[1]

    @property
    def woe(self) -> FloatArray:
        """(bins,) weights of evidence; 0 for a bin without rows."""
        return bin_weights(self.contingency.counts)

    def weight_of_evidence(self, kind: Literal["woe", "log_odds"] = "woe") -> Estimate:
        """Return the weights of evidence of the bins with rows as an :class:`~kullback.inference.Estimate`."""
        filled = self.count > 0
        table = ContingencyTable(self.contingency.counts[filled], self.contingency.squares[filled])
        return table_weights(table, kind=kind, names=[n for n, f in zip(self.labels, filled, strict=True) if f])

    def woe_se(self, kind: Literal["woe", "log_odds"] = "woe") -> FloatArray:
        """Return (bins,) standard errors of the weights of evidence, or of the bins' own log-odds.

        NaN for a bin without rows.
        """
        errors = np.full(self.count.size, np.nan)
        errors[self.count > 0] = self.weight_of_evidence(kind).standard_error
        return errors

    def woe_limits(
        self,
        confidence_level: float = 0.95,
        *,
        method: Literal["wald", "exact"] = "wald",
        kind: Literal["woe", "log_odds"] = "woe",
    ) -> FloatArray:
        """Return (bins, 2) limits of the weights of evidence, or of the bins' own log-odds; NaN without rows.

        ``method="exact"`` covers at least as often as asked for, whatever the counts, and is for rows without
        weights; see :func:`~kullback.metrics.exact_weight_limits`.
        """
        if method not in ("wald", "exact"):
            raise InputError(f'method must be "wald" or "exact"; {method!r} came.')
        limits = np.full((self.count.size, 2), np.nan)
        filled = self.count > 0
        if method == "wald":
            limits[filled] = self.weight_of_evidence(kind).conf_int(confidence_level)
        elif self.contingency.weighted:
            raise InputError('method="exact" is for rows without weights; use method="wald".')
        else:
            g, b = self.non_events[filled], self.events[filled]
            limits[filled] = exact_weight_limits(b, g, kind=kind, confidence_level=confidence_level)
        return limits

    def information_value(self, method: Method = "noncentral") -> InformationEstimate:
        """Return the table-based information value, which takes the bins as given."""
        return table_information(self.contingency, method=method, names=[str(self.feature)])

    @property
    def contribution(self) -> FloatArray:
        """(bins,) part of the information value that each bin adds."""
        filled = self.count > 0
        counts, _ = smoothed(self.contingency.counts[filled])
        shares = counts / counts.sum(axis=0)
        parts = np.zeros(filled.size)
        parts[filled] = (shares[:, 0] - shares[:, 1]) * self.woe[filled]
        return parts

    def __add__(self, other: BinningTable) -> BinningTable:
        """Return the table over the rows of both, which must have the same bins."""
        if not isinstance(other, BinningTable):
            return NotImplemented
        if (self.labels, self.groups) != (other.labels, other.groups) or not np.array_equal(self.cuts, other.cuts):
            raise InputError(f"Tables of {self.feature!r} must have the same bins to be added.")
        return BinningTable(self.rule, self.contingency + other.contingency, self.trend, self.violations)

    def count_column(
        self, column: Column, events: Any, weights: FloatArray | None = None
    ) -> tuple[BinningTable, float]:
        """Return the table of other rows under the same bins, and the weight of rows that belong to none."""
        table = ContingencyTable.from_codes(self.rule.codes(column), events, weights, n_bins=self.rule.n_bins + 1)
        known = ContingencyTable(table.counts[:-1], table.squares[:-1])
        return BinningTable(self.rule, known, self.trend), float(table.counts[-1].sum())

    @property
    def explained(self) -> float:
        """Information value, in nats, on these rows."""
        return float(self.contribution.sum())

    def encoding(self, encode: str) -> FloatArray:
        """Return the (bins + 1, 1) code of each bin in a binner's output, last that of unknown values."""
        if encode in ("woe", "piecewise"):
            return np.append(self.woe, 0.0)[:, None]
        overall = self.events.sum() / self.count.sum()
        return np.append(np.where(self.count > 0, np.nan_to_num(self.event_rate), overall), overall)[:, None]

    def to_frame(self) -> Any:
        """Return a pandas dataframe, a row a bin."""
        import pandas as pd

        return pd.DataFrame(
            {
                "bin": self.labels,
                "role": self.roles,
                "count": self.count,
                "share": self.count / self.count.sum(),
                "non_events": self.non_events,
                "events": self.events,
                "event_rate": self.event_rate,
                "woe": self.woe,
                "woe_se": self.woe_se(),
                "iv": self.contribution,
            }
        )

    def summary(self) -> SummaryTable:
        """Return the table with the sign of the weights, the table-based IV and any violation below it."""
        iv = self.information_value()
        (low, high), pvalue = iv.conf_int()[0], iv.pvalue[0]
        notes = [
            SIGN_NOTE,
            f"Trend of the event rate: {self.trend}. IV {float(iv):.4f}, 95% [{low:.4f}, {high:.4f}], p {pvalue:.2g}.",
            TABLE_NOTE,
        ]
        if self.smoothed:
            notes.append("A bin holds one class only: a half was added to every cell for its WoE and the IV.")
        frame = self.to_frame()
        whole = all(float(x).is_integer() for x in self.contingency.counts.ravel())
        if whole:
            frame = frame.astype({"count": int, "non_events": int, "events": int})
        return SummaryTable(frame, title=f"Bins of {self.feature}", notes=(*notes, *self._remarks))
