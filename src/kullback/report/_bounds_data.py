"""What a report of bounds says of the rows: outcome and arms as they are."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from kullback._typing import BoolArray, FloatArray
from kullback.inference import Estimate
from kullback.report._bounds_rows import Study
from kullback.report._sections import number

__all__ = ["digits_of", "outcome_record", "raw_means"]


def raw_means(study: Study) -> list[dict[str, Any]]:
    """Return rows, share and mean outcome of each treatment."""
    records = []
    for code, label in enumerate(study.labels):
        inside = study.arm == code
        weights = None if study.weights is None else study.weights[inside]
        mean = float(np.average(study.y[inside], weights=weights))
        records.append(
            {
                "label": label,
                "rows": int(inside.sum()),
                "share": float(np.average(inside, weights=study.weights)),
                "mean_outcome": mean,
                "mean_outcome_se": _mean_error(study, inside, mean),
            }
        )
    return records


def _mean_error(study: Study, inside: BoolArray, mean: float) -> float:
    """Return the standard error of an arm's mean outcome, with weights and clusters."""
    weights = inside.astype(np.float64) if study.weights is None else inside * study.weights
    estimate = Estimate([mean], (weights * (study.y - mean) / weights.sum())[:, None])
    return float((estimate if study.clusters is None else estimate.cluster(study.clusters)).standard_error[0])


def outcome_record(study: Study, name: Hashable) -> dict[str, Any]:
    """Return what the outcome is: range, mean, support."""
    y, weights = study.y, study.weights
    return {
        "name": str(name),
        "least": float(y.min()),
        "mean": float(np.average(y, weights=weights)),
        "sd": float(y.std()),
        "greatest": float(y.max()),
        "distinct": int(np.unique(y).size),
        "binary": bool(np.isin(y, (0.0, 1.0)).all()),
        "support": None if study.support is None else [number(end) for end in study.support],
        "support_source": study.support_source,
        "digits": digits_of(y),
    }


def digits_of(y: FloatArray) -> int:
    """Return the decimals that show three figures of the outcome's spread."""
    return int(np.clip(2 - np.floor(np.log10(y.std())), 0, 9))
