"""Information values of all features under one kind of inference, with p-values adjusted for their number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np

from kullback._table import SummaryTable
from kullback.binning._table import BinningTable
from kullback.exceptions import InputError
from kullback.inference import Adjustment, InformationEstimate, TestResult

__all__ = ["Inference", "check_inference", "information_summary"]

Inference = Literal["crossfit", "permutation", "table"]

NOTES = {
    "crossfit": "Cross-fitted: values, limits and p-values from rows that did not choose the bins.",
    "permutation": "Values on the rows that chose the bins, too optimistic; not so the p-values: labels permuted and "
    "bins chosen anew each time.",
    "table": "Bins taken as given: values, limits and p-values are too optimistic where these rows chose them.",
}


def information_summary(
    inference: Inference,
    cross_fitted: InformationEstimate,
    tables: Iterable[BinningTable],
    permuted: TestResult | None,
    *,
    adjustment: Adjustment,
    confidence_level: float,
) -> SummaryTable:
    """Return a table with a row a feature: value, limits where the kind of inference has any, and p-values.

    Parameters
    ----------
    inference : {"crossfit", "permutation", "table"}
    cross_fitted : InformationEstimate
    tables : iterable of BinningTable
    permuted : TestResult or None
        For "permutation".
    adjustment : {"holm", "fdr_bh", "fdr_by"}
    confidence_level : float
    """
    import pandas as pd

    names = pd.Index(cross_fitted.names, name="feature")
    if permuted is not None:
        columns: dict[str, Any] = {"iv": permuted.statistic}
        test = permuted
    else:
        parts = [cross_fitted] if inference == "crossfit" else [table.information_value() for table in tables]
        limits = np.vstack([part.conf_int(confidence_level) for part in parts])
        pvalue = np.concatenate([part.pvalue for part in parts])
        columns = {
            "iv": np.concatenate([part.value for part in parts]),
            "iv_lower": limits[:, 0],
            "iv_upper": limits[:, 1],
        }
        test = TestResult(columns["iv"], pvalue, None, np.zeros(len(names)), "greater", inference)
    columns |= {"pvalue": test.pvalue, f"pvalue_{adjustment}": test.adjusted(adjustment)}
    frame = pd.DataFrame(columns, index=names).sort_values("iv", ascending=False, kind="stable")
    notes = (NOTES[inference], f"pvalue_{adjustment}: adjusted for {len(names)} features.")
    return SummaryTable(frame, title="Information values", notes=notes)


def check_inference(inference: str) -> None:
    """Raise unless this is a kind of inference."""
    if inference not in NOTES:
        raise InputError(f'inference must be "crossfit", "permutation" or "table"; {inference!r} came.')
