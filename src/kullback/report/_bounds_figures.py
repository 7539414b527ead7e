"""The pictures of a report of bounds, as SVG text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kullback._plotting import svg
from kullback.bounds import BreakdownValue, DivergenceDisplay, FrontierDisplay, OverlapDisplay
from kullback.report._figures import own_ids

__all__ = ["bounds_figures"]

ENDS = ("lower", "upper", "limit_lower", "limit_upper")


def bounds_figures(numbers: dict[str, Any]) -> dict[str, str]:
    """Return the SVG of each picture by name, drawn from the numbers of the report."""
    known = [record for record in numbers["assumptions"] if "not_run" not in record]
    displays: dict[str, Any] = {
        "overlap": _overlap(numbers["overlap"]),
        "assumptions": _beside([record["title"] for record in known], known, numbers),
    }
    limited = [record for record in known if record["kind"] == "odds"]
    if len(limited) < len(known):  # beside the widest bounds the others cannot be told apart
        displays["assumptions_odds"] = _beside([record["title"] for record in limited], limited, numbers)
    displays["frontier"] = _frontier(numbers)
    for name, key in (("groups", "odds_1"), ("groups_odds", "odds_1.5")) if "groups" in numbers else ():
        groups = numbers["groups"]
        records = [group["bounds"][key] for group in groups]
        displays[name] = _beside([group["group"] for group in groups], records, numbers)
    if "divergences" in numbers:
        records = numbers["divergences"]
        displays["divergences"] = _beside([r["divergence"] for r in records], records, numbers)
    return own_ids({name: svg(display.plot().figure_) for name, display in displays.items()})


def _overlap(record: dict[str, Any]) -> OverlapDisplay:
    return OverlapDisplay(
        arm=record["propensity_of"],
        levels=[entry["treatment"] for entry in record["shares"]],
        edges=np.array(record["edges"]),
        shares=np.array([entry["shares"] for entry in record["shares"]]),
    )


def _beside(names: list[str], records: list[dict[str, Any]], numbers: dict[str, Any]) -> DivergenceDisplay:
    found = np.array([[record[end] for end in ENDS] for record in records], dtype=float)
    return DivergenceDisplay(
        names=names,
        bounds=found[:, :2],
        limits=found[:, 2:],
        target="",
        null=numbers["estimand"]["null"],
        confidence_level=numbers["run"]["confidence_level"],
        outcome=numbers["data"]["outcome"]["name"],
    )


def _frontier(numbers: dict[str, Any]) -> FrontierDisplay:
    record, level = numbers["frontier"], numbers["run"]["confidence_level"]
    frame = pd.DataFrame(record["points"]).set_index("odds_ratio").astype(float)
    told = record["breakdown"]
    breakdown = None
    if told is not None:
        first, second = (np.inf if told[key] is None else told[key] for key in ("bounds", "limits"))
        breakdown = BreakdownValue(null=told["null"], bounds=first, limits=second, confidence_level=level)
    name = numbers["data"]["outcome"]["name"]
    return FrontierDisplay(frame=frame, breakdown=breakdown, target="", confidence_level=level, outcome=name)
