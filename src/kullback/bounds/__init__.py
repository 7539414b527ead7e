"""Causal effects under unmeasured confounding: what the data alone allow, and what one more assumption buys."""

from kullback.bounds._average_display import DivergenceDisplay, FrontierDisplay
from kullback.bounds._causal import CausalBounds
from kullback.bounds._display import BoundsDisplay, OverlapDisplay
from kullback.bounds._reuse import under_assumptions, with_laws_kept
from kullback.bounds._search import BreakdownValue

__all__ = [
    "BoundsDisplay",
    "BreakdownValue",
    "CausalBounds",
    "DivergenceDisplay",
    "FrontierDisplay",
    "OverlapDisplay",
    "under_assumptions",
    "with_laws_kept",
]
