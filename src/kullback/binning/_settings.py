"""The binner's parameters as they apply to one feature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kullback.binning._constraints import BinConstraints
from kullback.binning._criterion import Criterion

__all__ = ["SHAPES", "FeatureSettings"]

SHAPES = {"ascending": 0, "descending": 0, "peak": 1, "valley": 1, "concave": 1, "convex": 1, "none": 2}
"""Trends and how much they leave open: the simpler comes first where noise cannot tell them apart."""


@dataclass(frozen=True)
class FeatureSettings:
    """The binner's parameters as they apply to one feature."""

    criterion: Criterion
    max_bins: int
    min_bin_fraction: float
    min_bin_events: float
    constraints: BinConstraints
    trend: str
    prebinning: str
    max_prebins: int
    cuts: Any
    specials: tuple[Any, ...]
    missing_allowed: bool
