"""The pictures of a report of bounds, as SVG text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kullback.bounds import BreakdownValue, DivergenceDisplay, FrontierDisplay, OverlapDisplay
from kullback.report._figures import draw, own_ids

__all__ = ["bounds_figures"]

ENDS = ("lower", "upper", "limit_lower", "limit_upper")


def bounds_figures(numbers: dict[str, Any]) -> dict[str, str]:
    """Return the SVG of each picture by name, drawn from the numbers of the report."""
    level, null = numbers["run"]["confidence_level"], numbers["estimand"]["null"]
    figures = {"overlap": draw(_overlap(numbers["overlap"]), 6.4, 4.0)}
    known = [record for record in numbers["assumptions"] if "not_run" not in record]
    shown = _beside([record["title"] for record in known], known, null, level)
    figures["assumptions"] = draw(shown, 7.2, 1.6 + 0.35 * len(known))
    figures["frontier"] = draw(_frontier(numbers, level), 6.4, 4.4)
    if "divergences" in numbers:
        records = numbers["divergences"]
        figures["divergences"] = draw(_beside([r["divergence"] for r in records], records, null, level), 6.4, 3.6)
    return own_ids(figures)


def _overlap(record: dict[str, Any]) -> OverlapDisplay:
    return OverlapDisplay(
        arm=record["propensity_of"],
        levels=[entry["treatment"] for entry in record["shares"]],
        edges=np.array(record["edges"]),
        shares=np.array([entry["shares"] for entry in record["shares"]]),
    )


def _beside(names: list[str], records: list[dict[str, Any]], null: float | None, level: float) -> DivergenceDisplay:
    found = np.array([[record[end] for end in ENDS] for record in records], dtype=float)
    return DivergenceDisplay(
        names=names, bounds=found[:, :2], limits=found[:, 2:], target="", null=null, confidence_level=level
    )


def _frontier(numbers: dict[str, Any], level: float) -> FrontierDisplay:
    record = numbers["frontier"]
    frame = pd.DataFrame(record["points"]).set_index("odds_ratio").astype(float)
    told = record["breakdown"]
    breakdown = None
    if told is not None:
        first, second = (np.inf if told[key] is None else told[key] for key in ("bounds", "limits"))
        breakdown = BreakdownValue(null=told["null"], bounds=first, limits=second, confidence_level=level)
    return FrontierDisplay(frame=frame, breakdown=breakdown, target="", confidence_level=level)
