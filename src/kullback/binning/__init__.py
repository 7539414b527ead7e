"""Optimal binning and weight-of-evidence encoding."""

from kullback.binning._binner import OptimalBinner
from kullback.binning._constraints import BinConstraints
from kullback.binning._display import IVDisplay, WOEDisplay
from kullback.binning._table import BinningTable

__all__ = ["BinConstraints", "BinningTable", "IVDisplay", "OptimalBinner", "WOEDisplay"]
