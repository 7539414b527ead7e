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
    measure: str = "iv",
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
    measure : str
        Short name of the values.
    """
    import pandas as pd

    names = pd.Index(cross_fitted.names, name="feature")
    if permuted is not None:
        columns: dict[str, Any] = {measure: permuted.statistic}
        test = permuted
    else:
        parts = [cross_fitted] if inference == "crossfit" else [table.information_value() for table in tables]
        limits = np.vstack([part.conf_int(confidence_level) for part in parts])
        pvalue = np.concatenate([part.pvalue for part in parts])
        columns = {
            measure: np.concatenate([part.value for part in parts]),
            f"{measure}_lower": limits[:, 0],
            f"{measure}_upper": limits[:, 1],
        }
        test = TestResult(columns[measure], pvalue, None, np.zeros(len(names)), "greater", inference)
    columns |= {"pvalue": test.pvalue, f"pvalue_{adjustment}": test.adjusted(adjustment)}
    frame = pd.DataFrame(columns, index=names).sort_values(measure, ascending=False, kind="stable")
    notes = (NOTES[inference], f"pvalue_{adjustment}: adjusted for {len(names)} features.")
    return SummaryTable(frame, title="Information values" if measure == "iv" else "What features explain", notes=notes)


def check_inference(inference: str, target_type: str) -> None:
    """Raise unless this is a kind of inference for the target."""
    if inference not in NOTES:
        raise InputError(f'inference must be "crossfit", "permutation" or "table"; {inference!r} came.')
    if inference == "table" and target_type != "binary":
        raise InputError(
            f'inference="table" is for a target of two classes; this one is {target_type}. Take "crossfit" or '
            '"permutation".'
        )
